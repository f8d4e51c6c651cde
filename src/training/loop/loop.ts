/** The learning loop: the baseline is scored, then round follows round, each ending in a checkpoint, until something ends it. */

import type { Search } from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { decide } from "../acceptance/decision.ts";
import { optimismText } from "../acceptance/optimism.ts";
import type { AcceptancePlan } from "../acceptance/plan.ts";
import { verdictOf } from "../acceptance/verdict.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { UnjudgedError, unjudgedText, whyUnjudged } from "../evaluation/failures.ts";
import { recordScore } from "../evaluation/record-score.ts";
import type { RoundEvent } from "../events.ts";
import type { LoopSpec } from "../identity/spec.ts";
import type { TrainOptions } from "../options.ts";
import type { TrainResult } from "../result.ts";
import type { CandidatePool } from "../search/pool.ts";
import { RoundContext, type RoundParts } from "../search/round-context.ts";
import type { EndReason, EvaluationResult, RunCost, ScoredCandidate, Spent } from "../types.ts";
import { chooseBest } from "./choose-best.ts";
import { selectionScore } from "./progress.ts";
import type { RunLog } from "./run-log.ts";
import { currentOf } from "./stepping.ts";
import { type Used, whyStop } from "./stop.ts";

/** What a loop works with. */
export interface LoopParts {
  /** The validation examples among its data are those that steer. */
  readonly options: TrainOptions;
  /** How the validation examples are used, and what ships. */
  readonly plan: AcceptancePlan;
  readonly spec: LoopSpec;
  readonly runId: string;
  /** What people should know from the start. */
  readonly warnings: readonly string[];
  /** Whether earlier processes have begun the run. */
  readonly resumed: boolean;
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
  /** The algorithm of the rounds: a search, or plain steps. */
  readonly search: Search;
  readonly round: RoundParts;
  /** What the calls of models have spent, in all processes. */
  readonly callsSpent: () => Spent;
  /** What a round would use of the budgets that the loop itself watches. */
  readonly used: () => Used;
  /** Makes the values of a program live. */
  readonly goLive: (program: string) => void;
  /** The programs that were made live since this was asked last, by id. */
  readonly takeLive: () => readonly string[];
  /** What a evaluation has cost so far, where a part of the budgets is kept for the decision. */
  readonly costOfRun: () => RunCost | undefined;
  /** Keeps a part of the budgets for the decision at the end, or gives it free. */
  readonly reserve: (isOn: boolean) => void;
}

/** Runs the loop, from its start or from the last checkpoint of its folder to its end. The chosen program is live then. */
export async function runLoop(parts: LoopParts): Promise<TrainResult> {
  const { log, spec, runId, warnings } = parts;
  const isNew = log.progress.state === undefined;
  const resumedAt = parts.resumed ? log.progress.steps : undefined;
  const earlier = parts.resumed ? { earlier: log.progress } : {};
  await log.record({ type: "start", runId, resumedAt, spec, warnings, ...earlier });
  // A checkpoint makes the calls before it unneeded, so a resumed run makes none before it has used their answers.
  parts.reserve(true);
  let reason = isNew ? await attempt(parts, () => scoreBaseline(parts)) : undefined;
  while (reason === undefined) reason = whyEnd(parts) ?? (await attempt(parts, () => runRound(parts)));
  return conclude(parts, reason);
}

function whyEnd({ options, spec, log, used }: LoopParts): EndReason | undefined {
  return whyStop(options, log.progress, spec.selection, used()) ?? (log.progress.done ? "done" : undefined);
}

/** Does a piece of the loop. When the caller, a budget or a broken judge cuts it short, gives the reason to end with what there is. */
async function attempt({ options, log }: LoopParts, work: () => Promise<void>): Promise<EndReason | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (options.signal?.aborted) return "aborted";
    if (isBudget(error)) return outOfBudget(log, error);
    if (!(error instanceof UnjudgedError)) throw error;
    if (!log.progress.warnings.includes(error.message)) await log.record({ type: "warning", message: error.message });
    return "failures";
  }
}

/** A run that ends before its starting program has a score has learned nothing: it says which limit was too low. */
async function outOfBudget(log: RunLog, error: unknown): Promise<EndReason> {
  if (log.progress.state !== undefined) return "budget";
  const message = `The budget is too small to score the starting program, so nothing was learned. ${(error as Error).message}`;
  if (!log.progress.warnings.includes(message)) await log.record({ type: "warning", message });
  return "budget";
}

async function scoreBaseline(parts: LoopParts): Promise<void> {
  const { search, options, log, pool } = parts;
  const { candidate } = await pool.enter(valuesOf(options), { parents: [], origin: "start", step: 0 });
  if (options.data.validation.length > 0) await scoreOnValidation(parts, candidate.id, 0);
  const unjudged = whyUnjudged(pool.get(candidate.id));
  if (unjudged !== undefined) throw new UnjudgedError(unjudged);
  const state = search.init(pool.get(candidate.id));
  const nothing = { memories: {}, live: [], done: false };
  await log.endRound({
    type: "round",
    step: 0,
    counted: false,
    evaluated: true,
    state,
    ...judgedBy(parts),
    ...nothing,
  });
  parts.reserve(true);
}

function valuesOf({ optimizer }: TrainOptions): ScoredCandidate["values"] {
  return optimizer.state.values;
}

async function runRound(parts: LoopParts): Promise<void> {
  const { log, search, pool, spec, takeLive } = parts;
  const step = log.progress.steps + 1;
  const world = new RoundContext(parts.round, step);
  const {
    done = false,
    counted = true,
    evaluated = true,
    state,
  } = await search.round(log.progress.state as Json, world);
  await recordBest(parts, chooseBest(log.progress, spec.selection), step);
  await warnOfOptimism(parts);
  await log.record({ type: "spent", spent: spentBy(parts) });
  const kept = { state, done, memories: pool.takeMemories(), live: takeLive(), ...judgedBy(parts) };
  const { mastered } = world;
  const perfect = mastered === undefined ? {} : { perfect: mastered };
  await log.endRound({ type: "round", step, counted, evaluated, ...perfect, ...kept });
  parts.reserve(true);
}

async function recordBest({ log, spec }: Pick<LoopParts, "log" | "spec">, best: number, step: number): Promise<void> {
  const candidate = log.progress.candidates[best];
  if (best === log.progress.best || candidate === undefined) return;
  const score = selectionScore(candidate, spec.selection);
  await log.record({ type: "best", step, score, candidate: candidate.id });
}

/** Says once how much too high the best score is likely to be. Looks when the number of programs has doubled: long runs have many rounds. */
async function warnOfOptimism({ log, spec }: LoopParts): Promise<void> {
  const { progress } = log;
  const hasDoubled =
    Math.floor(Math.log2(progress.candidates.length)) > Math.floor(Math.log2(progress.round.candidates));
  const message = hasDoubled ? optimismText(progress, spec) : undefined;
  if (message !== undefined) await log.record({ type: "warning", message });
}

async function conclude(parts: LoopParts, reason: EndReason): Promise<TrainResult> {
  const { options, log, pool, goLive } = parts;
  await close(parts, reason);
  const { best } = pool;
  const start = pool.candidates[0] as ScoredCandidate;
  goLive(best.id);
  const words = [...unjudgedText(best), ...untrainedText(options)];
  for (const message of words) await log.record({ type: "warning", message });
  const test = options.test === true && reason !== "aborted" ? await scoreTest(parts, [start, best]) : undefined;
  const spent = spentBy(parts);
  await log.record({ type: "end", reason, spent });
  const { warnings } = log.progress;
  const { candidates } = pool;
  const verdict = verdictOf(log.progress);
  return { best, baseline: start, candidates, reason, spent, verdict, test, warnings };
}

/** Says which trainable parameters feedback has reached that the optimizer of the run does not train. */
function untrainedText({ optimizer }: TrainOptions): readonly string[] {
  const names = optimizer.others.map(({ name }) => `"${name}"`);
  if (names.length === 0) return [];
  return [
    `Feedback reached ${names.join(", ")}, which the optimizer of this run does not train. Give it to the optimizer beside ` +
      "its target ([agent, parameter]), or make it with `trainable: false`.",
  ];
}

/** Makes the most of what there is: the last step may have no score yet, and then the best candidate ships, or the start. */
async function close(parts: LoopParts, reason: EndReason): Promise<void> {
  const { options, log, spec } = parts;
  if (options.search === undefined && reason !== "aborted") await scoreLast(parts);
  const finalist = chooseBest(log.progress, spec.selection);
  parts.reserve(false);
  const ships = await shipsFinalist(parts, finalist, reason);
  await recordBest(parts, ships ? finalist : shippedBefore(parts), log.progress.steps);
}

/** What ships without the finalist: what an earlier end of the run has accepted by examples that did not choose it, else the start. */
function shippedBefore({ log, plan }: LoopParts): number {
  const isByOthers = plan.deciding.length > 0 || plan.rule.ship === "proven";
  const { decisions, candidates } = log.progress;
  const last = isByOthers ? decisions.findLast(({ accepted }) => accepted) : undefined;
  return Math.max(
    0,
    candidates.findIndex(({ id }) => id === last?.finalist),
  );
}

/** Whether the finalist ships. Where nothing could decide, what shipped before it stays. */
async function shipsFinalist(parts: LoopParts, index: number, reason: EndReason): Promise<boolean> {
  const { log, spec, pool, plan } = parts;
  const finalist = log.progress.candidates[index];
  const start = log.progress.candidates[0];
  if (finalist === undefined || start === undefined || index === 0) return true;
  const decision = log.progress.decisions.at(-1);
  if (decision?.finalist === finalist.id) return decision.accepted;
  if (reason === "aborted" && plan.deciding.length > 0) return undecided(parts, reason);
  let accepted = false;
  const stopped = await attempt(parts, async () => {
    accepted = await decide({ ...parts, selection: spec.selection }, pool.get(finalist.id));
  });
  if (stopped !== undefined) return undecided(parts, stopped);
  const step = log.progress.steps;
  const evaluations = parts.evaluator.judgedInRounds;
  await log.record({ type: "decision", step, finalist: finalist.id, baseline: start.id, accepted, evaluations });
  return accepted;
}

async function undecided(parts: LoopParts, reason: EndReason): Promise<false> {
  const { log } = parts;
  const step = log.progress.candidates[shippedBefore(parts)]?.step ?? 0;
  const shipped = step === 0 ? "the start" : `the program of step ${step}`;
  const message =
    `The run has not decided whether its best candidate ships, so ${shipped} does: ${whyCut(reason)} before the examples that ` +
    "decide were all judged. Run the same command again, with more budget where that ended, and the run decides.";
  await log.record({ type: "warning", message });
  return false;
}

function whyCut(reason: EndReason): string {
  if (reason === "aborted") return "the run was cancelled";
  return reason === "budget" ? "the budget ended" : "the judge gave no scores";
}

/** Scores the program of the last step when no evaluation was due there, as far as the budget reaches. */
async function scoreLast(parts: LoopParts): Promise<void> {
  const { options, log, pool } = parts;
  const current = currentOf(log.progress.state);
  if (current === undefined || options.data.validation.length === 0) return;
  if (pool.get(current).validation !== undefined) return;
  await attempt(parts, () => scoreOnValidation(parts, current, log.progress.steps));
}

async function scoreOnValidation(parts: LoopParts, program: string, step: number): Promise<void> {
  await recordScore(parts, program, { split: "validation", examples: parts.options.data.validation, step });
}

/**
 * The scores on the sealed data. None where there is no such data, and none, with a warning, when the run is cancelled or its
 * budget or its judge gives no more.
 */
async function scoreTest(
  parts: LoopParts,
  [start, best]: readonly [ScoredCandidate, ScoredCandidate],
): Promise<TrainResult["test"]> {
  const examples = parts.options.data.test.read();
  if (examples.length === 0) return undefined;
  const score = (candidate: ScoredCandidate): Promise<EvaluationResult> =>
    recordScore(parts, candidate.id, { split: "test", examples, step: candidate.step });
  try {
    return { baseline: await score(start), best: await score(best) };
  } catch (error) {
    const isCancelled = parts.options.signal?.aborted === true;
    if (!isCancelled && !isBudget(error) && !(error instanceof UnjudgedError)) throw error;
    const why = isCancelled ? "The run was cancelled." : (error as Error).message;
    await parts.log.record({ type: "warning", message: `The sealed test data were not scored: ${why}` });
    return undefined;
  }
}

/** Which outcomes of the journal are known: so many, without those that nobody has asked for; and what they have cost. */
function judgedBy({
  evaluator: { size, unused },
  costOfRun,
}: LoopParts): Pick<RoundEvent, "evaluations" | "unused" | "cost"> {
  const cost = costOfRun();
  return { evaluations: size, ...(unused.length === 0 ? {} : { unused }), ...(cost === undefined ? {} : { cost }) };
}

/** What the run has spent. */
function spentBy({ callsSpent, evaluator, log }: LoopParts): Spent {
  return { ...callsSpent(), steps: log.progress.steps, evaluations: evaluator.evaluations };
}

function isBudget(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === "budget";
}

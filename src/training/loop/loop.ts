/**
 * The learning loop: the baseline is evaluated, then rounds follow, each ending in a checkpoint, until the run ends.
 */

import type { Search } from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { observed } from "../../util/observe.ts";
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
import { type RoundParts, roundContext } from "../search/round-context.ts";
import type { EndReason, EvaluationResult, RunCost, ScoredCandidate, Spent } from "../types.ts";
import { chooseBest } from "./choose-best.ts";
import { chooseShipped } from "./choose-shipped.ts";
import { passPath } from "./episode-pass.ts";
import { currentOf, selectionScore } from "./progress.ts";
import type { RunLog } from "./run-log.ts";
import { openPassOf } from "./stepping.ts";
import { type BudgetUse, whyStop } from "./stop.ts";

/** What a loop works with. */
export interface LoopParts {
  /** Their validation examples are those that steer. */
  readonly options: TrainOptions;
  /** How the validation examples are used, and what ships. */
  readonly plan: AcceptancePlan;
  readonly spec: LoopSpec;
  readonly runId: string;
  /** What people should know from the beginning. */
  readonly warnings: readonly string[];
  /** Whether an earlier process began the run. */
  readonly resumed: boolean;
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
  /** The algorithm of the rounds: a search, or plain steps. */
  readonly search: Search;
  readonly round: RoundParts;
  /** What model calls have spent, in all processes. */
  readonly callsSpent: () => Spent;
  /** The use of the budgets that the loop itself enforces, including the next round. */
  readonly used: () => BudgetUse;
  /** Makes the values of a candidate live. */
  readonly goLive: (candidate: string) => void;
  /** Ids of the candidates that became live since the last call. */
  readonly takeLive: () => readonly string[];
  /** The cost of an evaluation so far; undefined unless part of the budgets is reserved for the decision. */
  readonly costOfRun: () => RunCost | undefined;
  /** Reserves part of the budgets for the decision at the end, or releases it. */
  readonly reserve: (isOn: boolean) => void;
}

/** Runs the loop to its end, from the beginning or the last checkpoint. The candidate that ships is live then. */
export async function runLoop(parts: LoopParts): Promise<TrainResult> {
  const { log, spec, runId, warnings } = parts;
  const isNew = log.progress.state === undefined;
  const resumedAt = parts.resumed ? log.progress.steps : undefined;
  const earlier = parts.resumed ? { earlier: log.progress } : {};
  await log.record({ type: "start", runId, resumedAt, spec, warnings, ...earlier });
  // A checkpoint drops the answers before it, so a resumed run must use them before it makes one.
  parts.reserve(true);
  let reason = isNew ? await attempt(parts, () => asRound(0, () => scoreBaseline(parts))) : undefined;
  while (reason === undefined) {
    const next = log.progress.steps + 1;
    reason = whyEnd(parts) ?? (await attempt(parts, () => asRound(next, () => runRound(parts))));
  }
  return conclude(parts, reason);
}

function asRound(round: number, work: () => Promise<void>): Promise<void> {
  return observed({ kind: "round", round }, work);
}

function whyEnd({ options, spec, log, used }: LoopParts): EndReason | undefined {
  return whyStop(options, log.progress, spec.selection, used()) ?? (log.progress.done ? "done" : undefined);
}

/** Does part of the loop. When cancelling, a budget or a failing judge interrupts it, gives the reason to end. */
async function attempt({ options, log }: LoopParts, work: () => Promise<void>): Promise<EndReason | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (options.signal?.aborted) return "aborted";
    if (isBudget(error)) return endByBudget(log, error);
    if (!(error instanceof UnjudgedError)) throw error;
    await log.warn(error.message);
    return "failures";
  }
}

/** A run that ends before the baseline has a score has learned nothing, so it says which limit was too low. */
async function endByBudget(log: RunLog, error: unknown): Promise<EndReason> {
  if (log.progress.state !== undefined) return "budget";
  const why = (error as Error).message;
  await log.warn(`The budget is too small to evaluate the baseline, so nothing was learned. ${why}`);
  return "budget";
}

async function scoreBaseline(parts: LoopParts): Promise<void> {
  const { search, options, log, pool } = parts;
  const { values } = options.optimizer.state;
  const { candidate } = await pool.enter(values, { parents: [], origin: "baseline", step: 0 });
  if (options.data.validation.length > 0) await scoreOnValidation(parts, candidate.id, 0);
  const unjudged = whyUnjudged(pool.get(candidate.id));
  if (unjudged !== undefined) throw new UnjudgedError(unjudged);
  const state = search.init(pool.get(candidate.id));
  const flags = { counted: false, evaluated: true, done: false };
  await log.endRound({ type: "round", step: 0, ...flags, state, memories: {}, live: [], ...evaluationState(parts) });
  parts.reserve(true);
}

async function runRound(parts: LoopParts): Promise<void> {
  const { log, search, pool, spec, takeLive } = parts;
  const step = log.progress.steps + 1;
  const context = roundContext(parts.round, step);
  const result = await search.round(log.progress.state as Json, context);
  const { done = false, counted = true, evaluated = true, state } = result;
  await recordBest(parts, chooseBest({ ...log.progress, state }, spec.selection), step);
  await warnOfOptimism(parts);
  await log.record({ type: "spent", spent: spentBy(parts) });
  const { mastered } = context;
  const perfect = mastered === undefined ? {} : { perfect: mastered };
  const flags = { counted, evaluated, done };
  const changes = { memories: pool.takeMemories(), live: takeLive() };
  const pass = parts.options.search === undefined ? openPassOf(state) : undefined;
  const open = pass === undefined ? {} : { open: passPath(pass) };
  await log.endRound({
    type: "round",
    step,
    ...flags,
    ...perfect,
    ...open,
    state,
    ...changes,
    ...evaluationState(parts),
  });
  parts.reserve(true);
}

async function recordBest({ log, spec }: Pick<LoopParts, "log" | "spec">, best: number, step: number): Promise<void> {
  const candidate = log.progress.candidates[best];
  if (best === log.progress.best || candidate === undefined) return;
  const score = selectionScore(candidate, spec.selection);
  await log.record({ type: "best", step, score, candidate: candidate.id });
}

/**
 * Warns once that the best score is likely to be too high. Checks only when the number of candidates has doubled, since
 * long runs have many rounds.
 */
async function warnOfOptimism({ log, spec }: LoopParts): Promise<void> {
  const { progress } = log;
  const doublings = (count: number): number => Math.floor(Math.log2(count));
  const hasDoubled = doublings(progress.candidates.length) > doublings(progress.round.candidates);
  const message = hasDoubled ? optimismText(progress, spec) : undefined;
  if (message !== undefined) await log.record({ type: "warning", message });
}

async function conclude(parts: LoopParts, reason: EndReason): Promise<TrainResult> {
  const { options, log, pool, goLive } = parts;
  if (options.search === undefined && reason !== "aborted") await scoreLast(parts);
  const shipped = await chooseShipped({ ...parts, attempt: (work) => attempt(parts, work) }, reason);
  await recordBest(parts, shipped, log.progress.steps);
  const { best } = pool;
  const baseline = pool.candidates[0] as ScoredCandidate;
  goLive(best.id);
  const texts = [...unjudgedText(best), ...untrainedText(options)];
  for (const message of texts) await log.record({ type: "warning", message });
  const test = options.test === true && reason !== "aborted" ? await scoreTest(parts, [baseline, best]) : undefined;
  const spent = spentBy(parts);
  await log.record({ type: "end", reason, spent });
  const { warnings } = log.progress;
  const { candidates } = pool;
  const verdict = verdictOf(log.progress);
  return { best, baseline, candidates, reason, spent, verdict, test, warnings };
}

/** Names the trainable parameters that feedback has reached and that the optimizer of the run does not train. */
function untrainedText({ optimizer }: TrainOptions): readonly string[] {
  const names = optimizer.others.map(({ name }) => `"${name}"`);
  if (names.length === 0) return [];
  return [
    `Feedback reached ${names.join(", ")}, which the optimizer of this run does not train. Add it to the target of ` +
      "the " +
      "optimizer ([agent, parameter]), or create it with `trainable: false`.",
  ];
}

/** Scores the candidate of the last step when no evaluation was due there, as far as the budget allows. */
async function scoreLast(parts: LoopParts): Promise<void> {
  const { options, log, pool } = parts;
  const current = currentOf(log.progress.state);
  if (current === undefined || options.data.validation.length === 0) return;
  if (pool.get(current).validation !== undefined) return;
  await attempt(parts, () => scoreOnValidation(parts, current, log.progress.steps));
}

async function scoreOnValidation(parts: LoopParts, candidate: string, step: number): Promise<void> {
  await recordScore(parts, candidate, { split: "validation", examples: parts.options.data.validation, step });
}

/**
 * The scores on the sealed data. Undefined without such data, and, with a warning, when the run is cancelled or its
 * budget or judge ends the evaluation.
 */
async function scoreTest(
  parts: LoopParts,
  [baseline, best]: readonly [ScoredCandidate, ScoredCandidate],
): Promise<TrainResult["test"]> {
  const examples = parts.options.data.test.read();
  if (examples.length === 0) return undefined;
  const score = (candidate: ScoredCandidate): Promise<EvaluationResult> =>
    recordScore(parts, candidate.id, { split: "test", examples, step: candidate.step });
  try {
    const start = await score(baseline);
    return { baseline: start, best: best.id === baseline.id ? start : await score(best) };
  } catch (error) {
    const isCancelled = parts.options.signal?.aborted === true;
    if (!isCancelled && !isBudget(error) && !(error instanceof UnjudgedError)) throw error;
    const why = isCancelled ? "The run was cancelled." : (error as Error).message;
    await parts.log.record({ type: "warning", message: `The sealed test data were not evaluated: ${why}` });
    return undefined;
  }
}

/** Which outcomes of the journal the rounds have used, and what an evaluation has cost. */
function evaluationState({
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

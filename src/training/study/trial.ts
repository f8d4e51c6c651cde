/** One trial: the options of the loop function, adapted to the study, trained, and reported. */

import { restore } from "../../nodes/commit.ts";
import { ParameterState } from "../../nodes/state.ts";
import type { Json } from "../../util/decode.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";
import { stableStringify } from "../../util/json.ts";
import { redactData, redactorOf } from "../../util/redact.ts";
import { inTurnScope } from "../../util/turns.ts";
import { rankedScores } from "../evaluation/outcomes.ts";
import type { TrainEvent } from "../events.ts";
import { type LoopSpec, loopSpec } from "../identity/spec.ts";
import { stepsOf } from "../loop/stop.ts";
import type { TrainOptions } from "../options.ts";
import type { TrainResult } from "../result.ts";
import { train } from "../train.ts";
import type { ScoredCandidate, Spent } from "../types.ts";
import type { Allowance } from "./shared-budget.ts";
import type { Choice, ExampleScores, StudyLoop, StudyTrial, TrialContext, TrialScores } from "./types.ts";

/** What a study adds to the options of a trial. */
export interface Fitting {
  readonly context: TrialContext;
  readonly folder: string | undefined;
  readonly signal: AbortSignal;
  readonly acceptChanges: boolean | undefined;
  readonly redact: TrainOptions["redact"];
  readonly choice: Choice;
  readonly executor: TrainOptions["executor"];
}

/** A trial of a study, for another process. */
interface TrialName extends TrialContext {
  readonly choice: Choice;
}

/** A trial that may begin. */
export interface ReadyTrial extends Fitting {
  readonly options: TrainOptions;
  readonly spec: LoopSpec;
  readonly allowance: Allowance;
  readonly listener: (event: TrainEvent) => void;
}

/** The options of a trial: as given, but in the folder of the study, with its signal, and tested at the end. */
export function fitTrial(
  given: TrainOptions,
  { context, folder, signal, acceptChanges, redact, choice, executor }: Fitting,
): TrainOptions {
  const { folder: _, ...rest } = given;
  return {
    ...rest,
    seed: given.seed ?? context.seed,
    executor: given.executor ?? executor,
    trial: { choice, ...context },
    test: true,
    acceptChanges: given.acceptChanges ?? acceptChanges,
    redact: given.redact ?? redact,
    signal: given.signal === undefined ? signal : AbortSignal.any([given.signal, signal]),
    ...(folder === undefined ? {} : { folder }),
  };
}

/** The options of a trial in a process that only makes its evaluations: as the study's own process has them. */
export async function trialOptions(
  loop: StudyLoop,
  { redact }: Partial<Pick<Fitting, "redact">>,
  trial: Json,
): Promise<TrainOptions> {
  const given = await loopOfTrial(loop, trial as unknown as TrialName);
  return { ...given, redact: given.redact ?? redact };
}

/** The options of a trial as given. Its limiters are those of the same trial in other processes. */
export async function loopOfTrial(loop: StudyLoop, trial: TrialName): Promise<TrainOptions> {
  const { choice, ...context } = trial;
  return inTurnScope(stableStringify(trial), async () => loop(choice, context));
}

/** The loop that a trial runs, as data. */
export function trialSpec(options: TrainOptions): LoopSpec {
  if (options.data.test.size > 0) return redactFor(options, loopSpec(options));
  throw new TracegradError(
    "no-test-data",
    "A study compares by sealed test data, but there are none. Give split fewer examples for training and validation.",
  );
}

/** Runs a trial and reports how it ended; never rejects. The parameters have their first values again afterwards. */
export async function runTrial(trial: ReadyTrial): Promise<StudyTrial> {
  const { options, allowance, listener } = trial;
  const first = ParameterState.of(options.optimizer.parameters);
  let spent: Spent | undefined;
  try {
    const run = train({ ...options, budget: allowance.budget });
    run.on((event) => {
      if ("spent" in event) spent = event.spent;
      listener(event);
    });
    return conclude(trial, await run.result);
  } catch (thrown) {
    return { ...blank(trial), ...stopOf(trial, thrown), spent };
  } finally {
    restore(first);
  }
}

/** Removes secrets: a study displays and stores its trials. */
function redactFor<T>({ redact }: TrainOptions, data: T): T {
  const text = redactorOf(redact);
  return text === undefined ? data : redactData(data, text);
}

type TrialEnd = Pick<StudyTrial, "status" | "error">;

function blank({ context, folder, spec }: ReadyTrial): StudyTrial {
  const nothing = { reason: undefined, scores: undefined, values: undefined, spent: undefined, error: undefined };
  return { ...context, status: "failed", reused: false, folder, spec, ...nothing };
}

function conclude(trial: ReadyTrial, result: TrainResult): StudyTrial {
  const { reason, spent, best } = result;
  const scores = scoresOf(result);
  const ending = endingOf(trial, result, scores);
  const values = redactFor(trial.options, best.values);
  const finished = ending.status === "finished" ? { scores, values } : {};
  return { ...blank(trial), ...ending, ...finished, reason, spent };
}

const outOfBudget: TrialEnd = { status: "unfinished", error: "The study's budget was spent before the trial ended." };
const stopped: TrialEnd = { status: "unfinished", error: "It was stopped before it ended." };

function endingOf({ options, allowance }: ReadyTrial, result: TrainResult, scores: TrialScores | undefined): TrialEnd {
  const { reason, spent, warnings } = result;
  if (reason === "aborted") return stopped;
  const short = spent.steps < stepsOf(options);
  if (reason === "budget" && allowance.capped && short) return outOfBudget;
  if (reason === "failures") {
    const error = ["Too many consecutive steps had no score: the judge or a model is failing.", ...warnings].join(" ");
    return { status: "failed", error };
  }
  if (scores === undefined) return { status: "failed", error: "No test example could be judged." };
  return { status: "finished", error: undefined };
}

function stopOf({ options, allowance }: ReadyTrial, thrown: unknown): TrialEnd {
  if (options.signal?.aborted === true) return stopped;
  if (allowance.capped && (thrown as { readonly code?: unknown } | null)?.code === "budget") return outOfBudget;
  return { status: "failed", error: messageOf(thrown) };
}

function scoresOf({ baseline, best, test }: TrainResult): TrialScores | undefined {
  const [before, after] = [test?.baseline.mean, test?.best.mean];
  if (!isScore(before) || !isScore(after)) return undefined;
  const [from, to] = [validationOf(baseline), validationOf(best)];
  const validation = isScore(from) && isScore(to) ? { baseline: from, best: to } : undefined;
  return { baseline: before, best: after, validation, examples: examplesOf(test as NonNullable<TrainResult["test"]>) };
}

/** The scores on the test examples, which both candidates were given in the same order. */
function examplesOf({ baseline, best }: NonNullable<TrainResult["test"]>): readonly ExampleScores[] {
  const [before, after] = [rankedScores(baseline.outcomes), rankedScores(best.outcomes)];
  return before.map((score, at) => ({ baseline: score ?? null, best: after[at] ?? null }));
}

function validationOf({ validation }: ScoredCandidate): number | undefined {
  return validation?.mean;
}

function isScore(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}

/**
 * Refuses unknown names among the options of `train`, `evaluate` and `study`: a misspelled limit would have no effect.
 */

import type { Outages } from "../util/fault.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import type { RedactOptions } from "../util/redact.ts";
import type { EvaluateOptions } from "./evaluate-types.ts";
import type { RollbackRules, StopRules, TrainOptions } from "./options.ts";
import type { StudyOptions } from "./study/types.ts";

const train: NamesOf<TrainOptions> = {
  ...{ agent: true, optimizer: true, guide: true, feedback: true, environment: true, data: true },
  ...{ template: true, search: true },
  ...{
    acceptance: true,
    maxScore: true,
    objectives: true,
    selection: true,
    budget: true,
    folder: true,
    acceptChanges: true,
  },
  ...{
    concurrency: true,
    executor: true,
    seed: true,
    order: true,
    evaluateEvery: true,
    countFailedSteps: true,
    stop: true,
  },
  ...{ rollback: true, failureScore: true, showTarget: true, outages: true, test: true, prices: true },
  ...{ signal: true, shared: true, trial: true, redact: true, approve: true },
};
const stop: NamesOf<StopRules> = { goal: true, patience: true, maxFailedSteps: true, maxIdleRounds: true };
const rollback: NamesOf<RollbackRules> = { onFailure: true, below: true, after: true };
const redact: NamesOf<RedactOptions> = { forms: true, also: true, common: true };
const outages: NamesOf<Outages> = { also: true, except: true };
const study: NamesOf<StudyOptions> = {
  ...{ trials: true, folder: true, budget: true, seed: true, concurrency: true, executor: true },
  ...{ shareEvaluations: true, acceptChanges: true, redact: true, signal: true, onEvent: true },
};

/** Throws TracegradError `bad-option` with the nearest known name. */
export function checkTrainNames(options: TrainOptions): void {
  requireKnown("train", options, train);
  requireKnown("`stop` of train", options.stop ?? {}, stop);
  requireKnown("`rollback` of train", options.rollback ?? {}, rollback);
  checkRedaction("train", options.redact);
  requireKnown("`outages` of train", options.outages ?? {}, outages);
}

const evaluate: NamesOf<EvaluateOptions<unknown>> = {
  ...{ agent: true, guide: true, environment: true, data: true, input: true, target: true, id: true, repeats: true },
  ...{
    budget: true,
    folder: true,
    acceptChanges: true,
    concurrency: true,
    executor: true,
    failureScore: true,
    showTarget: true,
  },
  ...{ outages: true, prices: true, redact: true, signal: true },
};

/** Throws TracegradError `bad-option` with the nearest known name. */
export function checkEvaluateNames(options: EvaluateOptions<unknown>): void {
  requireKnown("evaluate", options, evaluate);
  requireKnown("`outages` of evaluate", options.outages ?? {}, outages);
  checkRedaction("evaluate", options.redact);
}

/** Throws TracegradError `bad-option` with the nearest known name. */
export function checkStudyNames(options: StudyOptions): void {
  requireKnown("study", options, study);
  checkRedaction("study", options.redact);
}

function checkRedaction(owner: string, given: TrainOptions["redact"]): void {
  if (typeof given === "object") requireKnown(`\`redact\` of ${owner}`, given, redact);
}

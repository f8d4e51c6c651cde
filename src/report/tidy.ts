/** What a run told, made the same whether it came live or from a journal, where what JSON cannot hold is null or missing. */

import type { EvaluationResult, Outcome, StepRecord, TrainEvent } from "../training/types.ts";
import type { Entered } from "./candidates.ts";

/** Whether `value` is a finite number. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** JSON has no NaN and no undefined: null and nothing stand for them. */
function number(value: unknown): number | undefined {
  return isNumber(value) ? value : undefined;
}

/** @internal How an example went. */
export function tidyOutcome(outcome: Outcome): Outcome {
  const { exampleId, feedback, failure, objectives } = outcome;
  const tidy = { exampleId, feedback: feedback ?? "", score: number(outcome.score), failure: failure ?? undefined };
  return objectives == null ? tidy : { ...tidy, objectives: tidyMeasures(objectives) };
}

/** `fromEntries` defines fields, so one called __proto__ stays a field. */
function tidyMeasures(measures: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(measures).filter((entry): entry is [string, number] => isNumber(entry[1])));
}

/** @internal How a program scored. */
export function tidyResult(result: EvaluationResult): EvaluationResult {
  return {
    outcomes: (result.outcomes ?? []).map(tidyOutcome),
    mean: number(result.mean) ?? Number.NaN,
    standardError: number(result.standardError) ?? Number.NaN,
    failures: result.failures ?? 0,
  };
}

/** @internal What a step did. */
export function tidyStep(record: StepRecord): StepRecord {
  return {
    reasoning: record.reasoning ?? "",
    refused: (record.refused ?? []).map(({ name, reason }) => ({ name: name ?? undefined, reason })),
    exchanges: record.exchanges ?? [],
    changes: record.changes ?? [],
    trainScore: number(record.trainScore),
    feedback: record.feedback ?? "",
    dot: record.dot ?? "",
    ...(record.candidate == null ? {} : { candidate: record.candidate }),
    ...(record.parents == null ? {} : { parents: record.parents }),
    ...(record.origin == null ? {} : { origin: record.origin }),
  };
}

/** @internal A program that entered a search. */
export function tidyProgram({ id, step, parents, origin, values }: CandidateEvent["candidate"]): Entered {
  return { id, step, parents: parents ?? [], origin: origin ?? "", values: values ?? undefined };
}

type CandidateEvent = Extract<TrainEvent, { type: "candidate" }>;

/**
 * Events as the journal stores them: without graphs, and with a reference in place of each outcome that the journal
 * already has.
 */

import type { Json } from "../../util/decode.ts";
import { poolOutcomes, summarize } from "../evaluation/outcomes.ts";
import type { TrainEvent } from "../events.ts";
import type { EvaluationResult, Outcome, StepRecord } from "../types.ts";

/**
 * The outcome records of the journal that hold an outcome, by number from 0: one, or several when it is the mean of
 * repeats. Undefined when the journal does not have it.
 */
export type OutcomeRef = number | readonly number[];

/** An event as JSON. */
export function packEvent(event: TrainEvent, refOf: (outcome: Outcome) => OutcomeRef | undefined): Json {
  const packOutcome = (outcome: Outcome): Json => (refOf(outcome) ?? outcome) as unknown as Json;
  switch (event.type) {
    case "rollout":
      return { ...event, outcome: packOutcome(event.outcome) };
    case "evaluation":
      return { ...event, result: event.result.outcomes.map(packOutcome) };
    case "step": {
      const { graph: _, ...rest } = event;
      return rest as unknown as Json;
    }
    case "start": {
      const { earlier: _, ...rest } = event;
      return rest as unknown as Json;
    }
    default:
      return event as unknown as Json;
  }
}

/** The event that `packEvent` made JSON of. `outcomeAt` gives the outcome with a number. */
export function unpackEvent(json: Json, outcomeAt: (record: number) => Outcome | undefined): TrainEvent {
  const event = json as unknown as TrainEvent;
  switch (event.type) {
    case "start":
      return { ...event, resumedAt: event.resumedAt };
    case "rollout":
      return { ...event, outcome: unpackOutcome(event.outcome, outcomeAt) };
    case "evaluation":
      return { ...event, result: resultOf(event.result as unknown as readonly Json[], outcomeAt) };
    case "step":
      return { ...event, proposal: recordOf(event.proposal), graph: undefined };
    case "best":
      return { ...event, score: event.score };
    default:
      return event;
  }
}

function resultOf(packed: readonly unknown[], outcomeAt: (record: number) => Outcome | undefined): EvaluationResult {
  return summarize(packed.map((one) => unpackOutcome(one, outcomeAt)));
}

function unpackOutcome(packed: unknown, outcomeAt: (record: number) => Outcome | undefined): Outcome {
  const refs = typeof packed === "number" ? [packed] : packed;
  if (!Array.isArray(refs)) return plainOutcome(packed as Outcome);
  const outcomes = refs.map((ref: number) => outcomeAt(ref)).filter((outcome) => outcome !== undefined);
  return poolOutcomes(outcomes) ?? { exampleId: "?", score: undefined, feedback: "", failure: undefined };
}

/** An outcome with all its fields, always in the same order: JSON drops undefined fields. */
export function plainOutcome({ exampleId, score, feedback, failure, objectives }: Outcome): Outcome {
  return { exampleId, score, feedback, failure, ...(objectives === undefined ? {} : { objectives }) };
}

function recordOf(record: StepRecord): StepRecord {
  return { ...record, trainScore: record.trainScore };
}

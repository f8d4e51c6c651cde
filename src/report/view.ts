/** A run as people look at it: one plain record, folded from the run's events. */

import type { EvaluationResult, Outcome, Spent, Split, StepRecord, StopReason, TrainEvent } from "../training/types.ts";

/** One step of the optimizer. */
export interface StepView {
  /** From 1 up. */
  readonly step: number;
  readonly record: StepRecord;
}

/** One training run of the agent. */
export interface RolloutView {
  /** How many steps the program had behind it: 0 is the starting artifact. */
  readonly step: number;
  readonly outcome: Outcome;
}

/** Scores of one program on one part of the data. */
export interface EvaluationView {
  /** The step after which it was scored; 0 is the starting artifact. */
  readonly step: number;
  readonly split: Split;
  /** The program's name: a hash of its values. */
  readonly candidate: string;
  readonly result: EvaluationResult;
}

/** One line of the events log. */
export interface LogLine {
  readonly type: TrainEvent["type"];
  readonly text: string;
}

/**
 * A run as a plain record of JSON. Of an unfinished run it holds what has happened so far: then `ended` is undefined. Events
 * that a resumed run tells again are in it once.
 */
export interface RunView {
  /** Undefined before the run has started. */
  readonly runId: string | undefined;
  /** The loop's description, as the run recorded it. */
  readonly spec: unknown;
  /** The steps at which the run was taken up again. */
  readonly resumes: readonly number[];
  readonly warnings: readonly string[];
  readonly rollouts: readonly RolloutView[];
  readonly steps: readonly StepView[];
  readonly evaluations: readonly EvaluationView[];
  /** Each program that was the best when it was scored, in order; the starting artifact is not among them. */
  readonly bests: readonly { readonly step: number; readonly score: number }[];
  /** The accounts in order; the last one is of now. */
  readonly spent: readonly Spent[];
  readonly ended: StopReason | undefined;
  readonly log: readonly LogLine[];
}

/** Folds events into a view. Takes them live or from a journal, where what JSON cannot hold is null or missing. */
export function viewOf(events: Iterable<TrainEvent>): RunView {
  const fold = new Fold();
  for (const event of events) fold.add(event);
  return fold.view();
}

class Fold {
  #runId: string | undefined;
  #spec: unknown;
  #ended: StopReason | undefined;
  readonly #resumes: number[] = [];
  readonly #warnings = new Set<string>();
  readonly #rollouts: RolloutView[] = [];
  /** Indexes of the rollouts of earlier processes, which a resumed run may tell again. */
  #earlier = new Map<string, number>();
  readonly #steps = new Map<number, StepView>();
  readonly #evaluations = new Map<string, EvaluationView>();
  readonly #bests = new Map<number, { step: number; score: number }>();
  readonly #spent: Spent[] = [];
  readonly #log: LogLine[] = [];

  add(event: TrainEvent): void {
    this.#log.push({ type: event.type, text: describe(event) });
    switch (event.type) {
      case "start":
        return this.#start(event);
      case "rollout":
        return this.#rollout(event);
      case "step":
        this.#steps.set(event.step, { step: event.step, record: tidyStep(event.proposal) });
        return;
      case "evaluation": {
        const { step, split, candidate } = event;
        const result = tidyResult(event.result);
        const of = result.outcomes.map(({ exampleId }) => exampleId);
        this.#evaluations.set(JSON.stringify([step, split, candidate, of]), { step, split, candidate, result });
        return;
      }
      case "best":
        this.#bests.set(event.step, { step: event.step, score: event.score });
        return;
      case "spent":
        this.#spent.push(event.spent);
        return;
      case "warning":
        this.#warnings.add(event.message);
        return;
      case "end":
        this.#ended = event.reason;
        this.#spent.push(event.spent);
    }
  }

  #start(event: Extract<TrainEvent, { type: "start" }>): void {
    this.#runId = event.runId;
    this.#spec = event.spec;
    // Taken up again, the run is not at its end any more.
    this.#ended = undefined;
    if (isNumber(event.resumedAt)) this.#resumes.push(event.resumedAt);
    for (const warning of event.warnings ?? []) this.#warnings.add(warning);
    this.#earlier = new Map(this.#rollouts.map((rollout, index) => [keyOf(rollout), index]));
  }

  #rollout({ step, outcome }: RolloutView): void {
    const rollout = { step, outcome: tidyOutcome(outcome) };
    const key = keyOf(rollout);
    const earlier = this.#earlier.get(key);
    this.#earlier.delete(key);
    if (earlier === undefined) this.#rollouts.push(rollout);
    else this.#rollouts[earlier] = rollout;
  }

  view(): RunView {
    return {
      runId: this.#runId,
      spec: this.#spec,
      resumes: this.#resumes,
      warnings: [...this.#warnings],
      rollouts: this.#rollouts,
      steps: [...this.#steps.values()].sort((a, b) => a.step - b.step),
      evaluations: [...this.#evaluations.values()],
      bests: [...this.#bests.values()].sort((a, b) => a.step - b.step),
      spent: this.#spent,
      ended: this.#ended,
      log: this.#log,
    };
  }
}

function keyOf({ step, outcome }: RolloutView): string {
  return `${step} ${outcome.exampleId}`;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** JSON has no NaN and no undefined: null and nothing stand for them. */
function number(value: unknown): number | undefined {
  return isNumber(value) ? value : undefined;
}

function tidyOutcome(outcome: Outcome): Outcome {
  const { exampleId, feedback, failure } = outcome;
  return { exampleId, feedback: feedback ?? "", score: number(outcome.score), failure: failure ?? undefined };
}

function tidyResult(result: EvaluationResult): EvaluationResult {
  return {
    outcomes: (result.outcomes ?? []).map(tidyOutcome),
    mean: number(result.mean) ?? Number.NaN,
    standardError: number(result.standardError) ?? Number.NaN,
    failures: result.failures ?? 0,
  };
}

function tidyStep(record: StepRecord): StepRecord {
  return {
    reasoning: record.reasoning ?? "",
    refused: (record.refused ?? []).map(({ name, reason }) => ({ name: name ?? undefined, reason })),
    exchanges: record.exchanges ?? [],
    changes: record.changes ?? [],
    trainScore: number(record.trainScore),
    feedback: record.feedback ?? "",
    dot: record.dot ?? "",
  };
}

/** An event in one line. */
function describe(event: TrainEvent): string {
  switch (event.type) {
    case "start":
      return isNumber(event.resumedAt) ? `Resumed after step ${event.resumedAt}` : `Run ${event.runId}`;
    case "rollout": {
      const { exampleId, score, failure } = event.outcome;
      return `Example ${exampleId}: ${failure ? `${failure.of} failed, ${failure.message}` : `score ${score ?? "–"}`}`;
    }
    case "step": {
      const { changes = [], refused = [] } = event.proposal;
      const names = changes.map(({ name }) => name).join(", ");
      return `Step ${event.step}: ${names === "" ? "nothing changed" : `changed ${names}`}${refused.length > 0 ? `, ${refused.length} refused` : ""}`;
    }
    case "candidate":
      return `Program ${event.candidate.id} entered, by ${event.candidate.origin}`;
    case "evaluation":
      return `After step ${event.step}, ${event.split}: ${event.result.mean ?? "–"} over ${event.result.outcomes?.length ?? 0} examples`;
    case "best":
      return `Best so far: ${event.score}, after step ${event.step}`;
    case "spent":
      return `${event.spent.llmCalls} calls, ${event.spent.inputTokens + event.spent.outputTokens} tokens`;
    case "warning":
      return event.message;
    case "end":
      return `Ended: ${event.reason}`;
  }
}

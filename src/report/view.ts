/**
 * The events of a run as one record that people look at: the progress that follows from them, and what happened in
 * lists.
 */

import { verdictOf } from "../training/acceptance/verdict.ts";
import type { Progress, TrainEvent } from "../training/events.ts";
import { progressAfter, unstarted } from "../training/loop/progress.ts";
import type { Spent } from "../training/types.ts";
import { candidatesOf } from "./candidates.ts";
import { describe } from "./describe.ts";
import type { BestView, EvaluationView, LogLine, RolloutView, RunView, StepView } from "./run-view.ts";

export type {
  BestView,
  CandidateView,
  EvaluationView,
  LogLine,
  RolloutView,
  RunView,
  StepView,
} from "./run-view.ts";

/** Folds events into a view: live ones, or those that `readRun` gives. */
export function viewOf(events: Iterable<TrainEvent>): RunView {
  const view = new ViewFold();
  for (const event of events) view.add(event);
  return view.view();
}

class ViewFold {
  #progress: Progress = unstarted;
  readonly #rollouts: RolloutView[] = [];
  readonly #steps: StepView[] = [];
  readonly #evaluations = new Map<string, EvaluationView>();
  readonly #bests: BestView[] = [];
  readonly #spent: Spent[] = [];
  readonly #log: LogLine[] = [];

  add(event: TrainEvent): void {
    const before = this.#progress;
    this.#progress = progressAfter(before, event);
    const text = describe(event, before);
    if (text !== undefined) this.#log.push({ type: event.type, text });
    switch (event.type) {
      case "rollout":
        return this.#rollout(event);
      case "step":
        return this.#step(event);
      case "evaluation":
        return this.#evaluation(event);
      case "best":
        return this.#best(event, before.steps);
      case "spent":
      case "end":
        this.#spent.push(event.spent);
    }
  }

  #best({ step, score, candidate }: Extract<TrainEvent, { type: "best" }>, done: number): void {
    // A round names its leader before it has ended.
    this.#bests.push({ step, score, candidate, isAtEnd: step <= done });
  }

  #rollout({ step, outcome, candidate }: Extract<TrainEvent, { type: "rollout" }>): void {
    // Steps learn from runs of the program before them, so that is where such a run stands.
    this.#rollouts.push({ step: isSearch(this.#progress) ? step : step - 1, outcome, candidate });
  }

  #step({ step, proposal: record }: Extract<TrainEvent, { type: "step" }>): void {
    const last = this.#steps.at(-1);
    this.#steps.push({ step, place: last?.step === step ? last.place + 1 : 1, record });
  }

  #evaluation({ step, split, candidate, result }: EvaluationView): void {
    // Of several on the same examples at the same step the last counts.
    const examples = result.outcomes.map(({ exampleId }) => exampleId);
    this.#evaluations.set(JSON.stringify([step, split, candidate, examples]), { step, split, candidate, result });
  }

  view(): RunView {
    const { runId, spec, resumes, warnings, ended, crash } = this.#progress;
    const failures = Object.values(this.#progress.failures);
    const told = { rollouts: this.#rollouts, steps: this.#steps, evaluations: [...this.#evaluations.values()] };
    const bests = this.#bests;
    const candidates = isSearch(this.#progress) ? candidatesOf(this.#progress, bests) : [];
    const state = { runId, spec, resumes, warnings, failures, crash, ended };
    const verdict = verdictOf(this.#progress);
    return { ...state, ...told, candidates, bests, spent: this.#spent, verdict, log: this.#log };
  }
}

function isSearch({ spec }: Progress): boolean {
  return (spec as { readonly search?: unknown } | null | undefined)?.search != null;
}

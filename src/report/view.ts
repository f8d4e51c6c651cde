/** The events of a run as one record that people look at: the progress that follows from them, and lists of events. */

import { verdictOf } from "../training/acceptance/verdict.ts";
import type { EventOf, Progress, TrainEvent } from "../training/events.ts";
import { progressAfter, unstarted } from "../training/loop/progress.ts";
import type { Spent } from "../training/types.ts";
import { candidatesOf } from "./candidates.ts";
import { eventText } from "./event-text.ts";
import { isSearch } from "./recorded-spec.ts";
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
  const fold = new ViewFold();
  for (const event of events) fold.add(event);
  return fold.view();
}

/** `Progress` is the state of the run; the lists are what pages show of its history. */
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
    const text = eventText(event, before);
    if (text !== undefined) this.#log.push({ type: event.type, text });
    switch (event.type) {
      case "rollout":
        return this.#addRollout(event);
      case "step":
        return this.#addStep(event);
      case "evaluation":
        return this.#addEvaluation(event);
      case "best":
        return this.#addBest(event, before.steps);
      case "spent":
      case "end":
        this.#spent.push(event.spent);
    }
  }

  #addBest({ step, score, candidate }: EventOf<"best">, ended: number): void {
    // A round names its leader before it ends; a best of a round that has ended comes with the end of the run.
    this.#bests.push({ step, score, candidate, isAtEnd: step <= ended });
  }

  #addRollout({ step, outcome, candidate }: EventOf<"rollout">): void {
    // A step learns from rollouts of the candidate before it, and a rollout belongs to its candidate.
    this.#rollouts.push({ step: isSearch(this.#progress) ? step : step - 1, outcome, candidate });
  }

  #addStep({ step, proposal: record }: EventOf<"step">): void {
    const last = this.#steps.at(-1);
    this.#steps.push({ step, number: last?.step === step ? last.number + 1 : 1, record });
  }

  #addEvaluation({ step, split, candidate, result }: EvaluationView): void {
    // Of several on the same examples at the same step the last counts.
    const examples = result.outcomes.map(({ exampleId }) => exampleId);
    this.#evaluations.set(JSON.stringify([step, split, candidate, examples]), { step, split, candidate, result });
  }

  view(): RunView {
    const { runId, spec, resumes, steps: rounds, warnings, crash, ended } = this.#progress;
    return {
      ...{ runId, spec, resumes, rounds, warnings, crash, ended },
      failures: Object.values(this.#progress.failures),
      rollouts: this.#rollouts,
      steps: this.#steps,
      evaluations: [...this.#evaluations.values()],
      candidates: isSearch(this.#progress) ? candidatesOf(this.#progress, this.#bests) : [],
      bests: this.#bests,
      spent: this.#spent,
      verdict: verdictOf(this.#progress),
      log: this.#log,
    };
  }
}

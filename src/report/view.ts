/** The fold of a run's events into what people look at. */

import { createHash } from "node:crypto";
import type { Spent, StepRecord, StopReason, TrainEvent } from "../training/types.ts";
import { candidatesOf, type Entered, namedBests } from "./candidates.ts";
import { describe } from "./describe.ts";
import type { BestView, EvaluationView, LogLine, RolloutView, RunView, StepView } from "./run-view.ts";
import { isNumber, tidyOutcome, tidyProgram, tidyResult, tidyStep } from "./tidy.ts";

export type {
  BestView,
  CandidateView,
  EvaluationView,
  LogLine,
  RolloutView,
  RunView,
  StepView,
} from "./run-view.ts";

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
  readonly #rollouts = new Retold<RolloutView>();
  /** The runs of a search. */
  readonly #runs = new Set<string>();
  readonly #steps = new Retold<Omit<StepView, "place">>();
  readonly #entered = new Map<string, Entered>();
  readonly #evaluations = new Map<string, EvaluationView>();
  readonly #bests = new Map<number, BestView>();
  readonly #spent: Spent[] = [];
  readonly #log: LogLine[] = [];

  add(event: TrainEvent): void {
    this.#log.push({ type: event.type, text: describe(event) });
    switch (event.type) {
      case "start":
        return this.#start(event);
      case "rollout":
        return this.#rollout(event);
      case "step": {
        const { step, proposal } = event;
        const told = { step, record: tidyStep(proposal) };
        return this.#steps.add(isOfSearch(proposal) ? hashOf(told) : String(step), told);
      }
      case "candidate":
        return this.#enter(tidyProgram(event.candidate));
      case "evaluation":
        return this.#evaluation(event);
      case "best":
        this.#bests.set(event.step, bestOf(event));
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
    this.#rollouts.tellAgain();
    this.#steps.tellAgain();
  }

  #rollout({ step, outcome, candidate }: RolloutView): void {
    const tidy = tidyOutcome(outcome);
    if (candidate == null) return this.#rollouts.add(`${step} ${outcome.exampleId}`, { step, outcome: tidy });
    // A search may run a program on an example in several batches of a round: what went just the same is shown once.
    const key = hashOf({ step, outcome: tidy, candidate });
    if (this.#runs.has(key)) return;
    this.#runs.add(key);
    this.#rollouts.add(key, { step, outcome: tidy, candidate });
  }

  #enter(program: Entered): void {
    if (!this.#entered.has(program.id)) this.#entered.set(program.id, program);
  }

  #evaluation({ step, split, candidate, result: told }: EvaluationView): void {
    const result = tidyResult(told);
    const of = result.outcomes.map(({ exampleId }) => exampleId);
    this.#evaluations.set(JSON.stringify([step, split, candidate, of]), { step, split, candidate, result });
  }

  view(): RunView {
    const told = {
      spec: this.#spec,
      rollouts: this.#rollouts.items,
      steps: placed([...this.#steps.items].sort((a, b) => a.step - b.step)),
      evaluations: [...this.#evaluations.values()],
      entered: [...this.#entered.values()],
    };
    const bests = namedBests({ ...told, bests: [...this.#bests.values()].sort((a, b) => a.step - b.step) });
    const { entered: _, ...shown } = told;
    return {
      runId: this.#runId,
      resumes: this.#resumes,
      warnings: [...this.#warnings],
      ...shown,
      candidates: candidatesOf({ ...told, bests }),
      bests,
      spent: this.#spent,
      ended: this.#ended,
      log: this.#log,
    };
  }
}

/** A list in the order of telling. What a resumed run tells again takes the place of what was told before. */
class Retold<T> {
  readonly items: T[] = [];
  readonly #keys: string[] = [];
  /** Places of what earlier processes told, by key, the first one first. */
  #earlier = new Map<string, number[]>();

  /** From here on, things may be told again. */
  tellAgain(): void {
    this.#earlier = new Map();
    for (const [place, key] of this.#keys.entries()) {
      const places = this.#earlier.get(key);
      if (places === undefined) this.#earlier.set(key, [place]);
      else places.push(place);
    }
  }

  add(key: string, item: T): void {
    const place = this.#earlier.get(key)?.shift();
    if (place !== undefined) this.items[place] = item;
    else {
      this.#keys.push(key);
      this.items.push(item);
    }
  }
}

/** Steps with their places in their rounds. */
function placed(steps: readonly Omit<StepView, "place">[]): readonly StepView[] {
  const counts = new Map<number, number>();
  return steps.map(({ step, record }) => {
    const place = (counts.get(step) ?? 0) + 1;
    counts.set(step, place);
    return { step, place, record };
  });
}

/** Whether a step is a proposal of a search, of which a round may have several. */
/** Journals of older versions do not say which program it is. */
function bestOf({ step, score, candidate }: BestView): BestView {
  return typeof candidate === "string" ? { step, score, candidate } : { step, score };
}

function isOfSearch({ candidate, parents, origin }: StepRecord): boolean {
  return candidate != null || parents != null || origin != null;
}

/** Short for what may be a long text. */
function hashOf(told: unknown): string {
  return createHash("sha256").update(JSON.stringify(told)).digest("base64");
}

/** What the parts of a loop share: what it was told, how far it is, and what it has spent. */

import { restore } from "../nodes/commit.ts";
import type { OptimizerJson } from "../optimizers/optimizer.ts";
import type { LearningTemplate } from "../templates/template.ts";
import type { Json } from "../util/decode.ts";
import { OutsideError } from "../util/errors.ts";
import { Evaluator } from "./evaluation.ts";
import type { Calls } from "./journal/calls.ts";
import type { RunStore } from "./journal/folder.ts";
import type { Selection, TrainOptions } from "./options.ts";
import { type Player, playerOf } from "./player.ts";
import { choose, note, type Progress, selectionScore, stateOf } from "./progress.ts";
import type { Tell } from "./record.ts";
import type { LoopSpec } from "./spec.ts";
import type { Candidate, EvaluationResult, Example, Spent, Split } from "./types.ts";

/** What a loop works with: the options with their defaults, and what stands around it. */
export interface LoopParts {
  readonly options: TrainOptions;
  readonly template: LearningTemplate;
  readonly selection: Selection;
  readonly store: RunStore;
  readonly calls: Calls;
  readonly tell: Tell;
  readonly spec: LoopSpec;
  readonly runId: string;
  readonly warnings: readonly string[];
}

/** Runs under way at once when nothing is said. */
export const defaultConcurrency = 8;

/** The desk of one run. Its progress is what a checkpoint keeps. */
export class Desk {
  readonly parts: LoopParts;
  readonly player: Player;
  readonly evaluator: Evaluator;
  readonly concurrency: number;
  progress: Progress;
  readonly #startedAt = performance.now();
  readonly #secondsBefore: number;

  /** @param fresh Makes the progress of a run that begins. */
  constructor(parts: LoopParts, fresh: (desk: Desk) => Progress) {
    const { options, store } = parts;
    this.parts = parts;
    this.concurrency = options.concurrency ?? defaultConcurrency;
    this.player = playerOf(options);
    const kept = store.checkpoint as Progress | undefined;
    this.progress = kept === undefined ? fresh(this) : { ...kept, reason: undefined };
    if (kept !== undefined) options.optimizer.load(kept.optimizer);
    this.#secondsBefore = this.progress.seconds;
    const known = kept?.judged ?? 0;
    const { player, concurrency } = this;
    this.evaluator = new Evaluator({ player, store, concurrency, known, shared: options.shared });
  }

  /** Seconds in all processes of the run. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#startedAt) / 1000;
  }

  /** Judged runs: those of training, and those of evaluation without what the cache answered. */
  get metricCalls(): number {
    return this.progress.position + this.evaluator.judged;
  }

  /** The best program so far. */
  get best(): Candidate {
    return this.progress.candidates[this.progress.best] as Candidate;
  }

  /** What the run has spent. */
  get spent(): Spent {
    const calls = this.parts.calls.spent();
    return { ...calls, steps: this.progress.steps, metricCalls: this.metricCalls, seconds: this.seconds };
  }

  /** Throws OutsideError `budget` when so many judged runs more would be too many. */
  requireMetricCalls(needed: number): void {
    const most = this.parts.options.budget?.metricCalls;
    if (most === undefined || this.metricCalls + needed <= most) return;
    throw new OutsideError("budget", `Scoring needs ${needed} more judged runs than the budget of ${most} has left.`);
  }

  /** The scores of a program on a part of the data, each example once. */
  evaluate(candidate: Candidate, split: Split, examples: readonly Example[]): Promise<EvaluationResult> {
    const { id } = candidate;
    this.requireMetricCalls(this.evaluator.missing(examples.map((example) => ({ id, split, example, visit: 0 }))));
    const state = stateOf(candidate, this.parts.options.optimizer.parameters);
    return this.evaluator.evaluate({ id, state }, split, examples);
  }

  /** Scores the current program on the validation data, and chooses anew. */
  async evaluateCurrent(): Promise<void> {
    const { options, selection, tell } = this.parts;
    const { candidates, current, steps: step } = this.progress;
    const candidate = candidates[current] as Candidate;
    if (options.data.validation.length > 0) {
      const split = "validation";
      const result = await this.evaluate(candidate, split, options.data.validation);
      this.progress = note(this.progress, { validation: result });
      await tell(`evaluation/${step}`, { type: "evaluation", step, split, candidate: candidate.id, result });
    }
    const before = this.progress.best;
    this.progress = choose(this.progress, selection);
    await this.tellBest(before);
  }

  /** Tells of the best program when it is another than `before`. */
  async tellBest(before: number): Promise<void> {
    const { best, steps: step } = this.progress;
    const score = selectionScore(this.best, this.parts.selection);
    if (best !== before && score !== undefined) {
      await this.parts.tell(`best/${step}`, { type: "best", step, score, candidate: this.best.id });
    }
  }

  /** Makes the values of a program live. */
  restore(candidate: Candidate): void {
    restore(stateOf(candidate, this.parts.options.optimizer.parameters));
  }

  /** The optimizer as it is kept. */
  saved(): OptimizerJson {
    return toJson(this.parts.options.optimizer.toJSON()) as unknown as OptimizerJson;
  }

  /** Keeps the progress, to go on from here. */
  async save(): Promise<void> {
    this.progress = { ...this.progress, judged: this.evaluator.size, seconds: this.seconds };
    await this.parts.store.saveCheckpoint(toJson(this.progress));
  }
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

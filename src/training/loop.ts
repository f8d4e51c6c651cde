/** The learning loop: run, judge, learn, evaluate, choose; round after round, each ending in a checkpoint. */

import type { Graph } from "../graph/graph.ts";
import { restore } from "../nodes/commit.ts";
import { ParameterState } from "../nodes/state.ts";
import type { OptimizerJson } from "../optimizers/optimizer.ts";
import type { Experience, LearningTemplate, Lesson } from "../templates/template.ts";
import type { Json } from "../util/decode.ts";
import { OutsideError } from "../util/errors.ts";
import { mapLimited } from "../util/limit.ts";
import { atPath } from "../util/outside.ts";
import { Evaluator } from "./evaluation.ts";
import type { Calls } from "./journal/calls.ts";
import type { RunStore } from "./journal/folder.ts";
import type { Selection, TrainOptions } from "./options.ts";
import { examplesAt } from "./order.ts";
import { feedbackShown, summarize } from "./outcomes.ts";
import { type Player, playerOf, type Rollout } from "./player.ts";
import { candidateOf, choose, enter, note, type Progress, selectionScore, stateOf } from "./progress.ts";
import { recordOf, type Tell } from "./record.ts";

import type { LoopSpec } from "./spec.ts";
import { defaultSteps, whyBack, whyStop } from "./stop.ts";
import type { Candidate, EvaluationResult, Example, Outcome, Spent, Split, StopReason, TrainResult } from "./types.ts";

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

/** One run of the learning loop, from its start or from the last checkpoint of its folder to its end. */
export class LearningLoop {
  readonly #parts: LoopParts;
  readonly #player: Player;
  readonly #evaluator: Evaluator;
  readonly #concurrency: number;
  readonly #startedAt = performance.now();
  #progress: Progress;
  readonly #secondsBefore: number;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#concurrency = parts.options.concurrency ?? defaultConcurrency;
    this.#player = playerOf(parts.options);
    this.#evaluator = new Evaluator(this.#player, parts.store, this.#concurrency);
    const saved = parts.store.checkpoint as Progress | undefined;
    this.#progress = saved === undefined ? this.#fresh() : { ...saved, reason: undefined };
    if (saved !== undefined) parts.options.optimizer.load(saved.optimizer);
    this.#secondsBefore = this.#progress.seconds;
  }

  #fresh(): Progress {
    const { optimizer } = this.#parts.options;
    const start = candidateOf(ParameterState.of(optimizer.parameters).values, 0);
    return {
      steps: 0,
      countedSteps: 0,
      position: 0,
      optimizer: this.#saved(),
      candidates: [start],
      current: 0,
      best: 0,
      sinceBest: 0,
      emptySteps: 0,
      seconds: 0,
      reason: undefined,
    };
  }

  /** Runs to the end, and gives what the run led to. The chosen program is live then. */
  async run(): Promise<TrainResult> {
    const { tell, store, spec, runId, warnings } = this.#parts;
    const resumedAt = store.resumed ? this.#progress.steps : undefined;
    await tell(`start/${resumedAt ?? "new"}`, { type: "start", runId, resumedAt, spec, warnings });
    // A checkpoint closes the book on the calls before it, so a resumed run makes none before it has used their answers.
    const isNew = store.checkpoint === undefined;
    let reason = isNew ? await this.#attempt(() => this.#evaluateCurrent()) : undefined;
    while (reason === undefined) reason = this.#whyStop() ?? (await this.#attempt(() => this.#round()));
    this.#progress = { ...this.#progress, reason };
    return this.#conclude(reason);
  }

  /** Does a piece of the loop; when the caller or a budget cuts it short, gives the reason to end with what there is. */
  async #attempt(work: () => Promise<void>): Promise<StopReason | undefined> {
    const before = this.#progress;
    try {
      await work();
      this.#progress = { ...this.#progress, seconds: this.#seconds() };
      await this.#parts.store.saveCheckpoint(toJson(this.#progress));
      return undefined;
    } catch (error) {
      this.#progress = before;
      if (this.#parts.options.signal?.aborted) return "aborted";
      if ((error as { code?: unknown })?.code === "budget") return "budget";
      throw error;
    }
  }

  #whyStop(): StopReason | undefined {
    const { options, selection, template } = this.#parts;
    const metricCalls = this.#metricCalls() + template.wants;
    return whyStop(options, this.#progress, selection, { metricCalls, seconds: this.#seconds() });
  }

  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#startedAt) / 1000;
  }

  /** Judged runs: those of training, and those of evaluation without what the cache answered. */
  #metricCalls(): number {
    return this.#progress.position + this.#evaluator.judged;
  }

  /** One round: as many training runs as the template wants at once, the update from them, and what follows. */
  async #round(): Promise<void> {
    const { options, template, tell } = this.#parts;
    const { position } = this.#progress;
    const order = { order: options.order ?? "shuffled", seed: options.seed ?? 0 } as const;
    const examples = examplesAt(options.data.train, order, { from: position, count: template.wants });
    const rollouts = await this.#rollouts(examples);
    const outcomes = rollouts.map(({ outcome }) => outcome);
    const trainScore = summarize(outcomes).mean;
    this.#progress = note(this.#progress, { trainScore: Number.isNaN(trainScore) ? undefined : trainScore });
    const experiences = rollouts.flatMap((rollout) => rollout.experiences);
    if (experiences.length > 0) await this.#learn(await lessonsOf(template, experiences), outcomes);
    const failed = outcomes.every(({ failure }) => failure !== undefined);
    const free = failed && options.countFailedSteps === false;
    this.#progress = {
      ...this.#progress,
      position: position + examples.length,
      countedSteps: this.#progress.countedSteps + (free ? 0 : 1),
      emptySteps: experiences.length === 0 ? this.#progress.emptySteps + 1 : 0,
    };
    if (this.#progress.steps % (options.evaluateEvery ?? 1) === 0 || this.#isLastStep()) await this.#evaluateCurrent();
    await this.#rollback(failed);
    await tell(`spent/${position}`, { type: "spent", spent: this.#spent() });
  }

  #isLastStep(): boolean {
    return this.#progress.countedSteps >= (this.#parts.options.budget?.steps ?? defaultSteps);
  }

  async #rollouts(examples: readonly Example[]): Promise<readonly Rollout[]> {
    const { position, steps, candidates, current } = this.#progress;
    const path = ({ id }: Example, index: number) => `run ${position + index} ${id}`;
    const { validation } = candidates[current] as Candidate;
    const rollouts = await mapLimited(examples, this.#concurrency, (example, index) =>
      atPath(path(example, index), () => this.#player.rollout(example, validation)),
    );
    // Told in the order of the examples, so that a run tells the same whatever its concurrency.
    for (const [index, { outcome }] of rollouts.entries()) {
      await this.#parts.tell(path(examples[index] as Example, index), { type: "rollout", step: steps, outcome });
    }
    return rollouts;
  }

  /**
   * One update. The lessons of a round ran on the same values, so that they make one update together: after the first one
   * alone, the values that the others reasoned about would be gone.
   */
  async #learn(lessons: readonly Lesson[], outcomes: readonly Outcome[]): Promise<void> {
    const { options, tell } = this.#parts;
    const step = this.#progress.steps + 1;
    for (const { graph, feedback } of lessons) (graph as Graph & Judging).backward(feedback);
    const { signal } = options;
    const result = await atPath(`step ${step}`, () =>
      options.optimizer.step(undefined, signal === undefined ? {} : { signal }),
    );
    const graph = (lessons[0] as Lesson).graph;
    const trainScore = (this.#progress.candidates[this.#progress.current] as Candidate).trainScore;
    const told = { trainScore, feedback: feedbackShown(outcomes), dot: graph.toDot() };
    await tell(`step/${step}`, { type: "step", step, proposal: { ...recordOf(result), ...told }, graph });
    this.#progress = enter({ ...this.#progress, steps: step, optimizer: this.#saved() }, result.state.values);
  }

  /** Scores the current candidate on the validation data, and chooses anew. */
  async #evaluateCurrent(): Promise<void> {
    const { options, selection, tell } = this.#parts;
    const { candidates, current, steps } = this.#progress;
    const candidate = candidates[current] as Candidate;
    if (options.data.validation.length > 0) {
      const result = await this.#evaluate(candidate, "validation", options.data.validation);
      this.#progress = note(this.#progress, { validation: result });
      await tell(`evaluation/${steps}`, {
        type: "evaluation",
        step: steps,
        split: "validation",
        candidate: candidate.id,
        result,
      });
    }
    const before = this.#progress.best;
    this.#progress = choose(this.#progress, selection);
    const best = this.#progress.candidates[this.#progress.best] as Candidate;
    const score = selectionScore(best, selection);
    if (this.#progress.best !== before && score !== undefined)
      await tell(`best/${steps}`, { type: "best", step: steps, score });
  }

  #evaluate(candidate: Candidate, split: Split, examples: readonly Example[]): Promise<EvaluationResult> {
    const { optimizer, budget = {} } = this.#parts.options;
    const needed = this.#evaluator.missing(candidate.id, split, examples);
    if (budget.metricCalls !== undefined && this.#metricCalls() + needed > budget.metricCalls) {
      throw new OutsideError(
        "budget",
        `Scoring needs ${needed} more judged runs than the budget of ${budget.metricCalls} has left.`,
      );
    }
    const state = stateOf(candidate, optimizer.parameters);
    return this.#evaluator.evaluate({ id: candidate.id, state }, split, examples);
  }

  /** Puts the best program in the place of the current one, where the rules say so. */
  async #rollback(failed: boolean): Promise<void> {
    const { options, selection, tell } = this.#parts;
    const why = whyBack(options, this.#progress, selection, failed);
    if (why === undefined) return;
    const { candidates, best, steps } = this.#progress;
    const leader = candidates[best] as Candidate;
    restore(stateOf(leader, options.optimizer.parameters));
    this.#progress = { ...this.#progress, current: best, optimizer: this.#saved() };
    const message = `Step ${steps}: back to the program of step ${leader.step}, since ${why}.`;
    await tell(`rollback/${steps}`, { type: "warning", message });
  }

  #saved(): OptimizerJson {
    return toJson(this.#parts.options.optimizer.toJSON()) as unknown as OptimizerJson;
  }

  async #conclude(reason: StopReason): Promise<TrainResult> {
    const { options, tell, warnings } = this.#parts;
    const { candidates, best } = this.#progress;
    const [start, chosenOne] = [candidates[0], candidates[best]] as [Candidate, Candidate];
    restore(stateOf(chosenOne, options.optimizer.parameters));
    const test = options.test === true && reason !== "aborted" ? await this.#testWithin(start, chosenOne) : undefined;
    const spent = this.#spent();
    await tell(`end/${reason}`, { type: "end", reason, spent });
    return { best: chosenOne, start, candidates, reason, spent, test, warnings };
  }

  /** The scores on the sealed data; none, and a warning, when the budget does not reach that far. */
  async #testWithin(start: Candidate, best: Candidate): Promise<TrainResult["test"]> {
    try {
      return await this.#test(start, best);
    } catch (error) {
      if ((error as { code?: unknown })?.code !== "budget") throw error;
      const message = `The sealed test data were not scored: ${(error as Error).message}`;
      await this.#parts.tell("test/budget", { type: "warning", message });
      return undefined;
    }
  }

  async #test(start: Candidate, best: Candidate): Promise<TrainResult["test"]> {
    const { options, tell } = this.#parts;
    const examples = options.data.test.read();
    const scored = async (candidate: Candidate) => {
      const result = await this.#evaluate(candidate, "test", examples);
      const { step, id } = candidate;
      await tell(`test/${id}`, { type: "evaluation", step, split: "test", candidate: id, result });
      return result;
    };
    return { start: await scored(start), best: await scored(best) };
  }

  #spent(): Spent {
    const calls = this.#parts.calls.spent();
    return { ...calls, steps: this.#progress.steps, metricCalls: this.#metricCalls(), seconds: this.#seconds() };
  }
}

type Judging = { backward(feedback: Lesson["feedback"]): unknown };

async function lessonsOf(template: LearningTemplate, experiences: readonly Experience[]): Promise<readonly Lesson[]> {
  const lessons: Lesson[] = [];
  for await (const lesson of template.stream(experiences)) lessons.push(lesson);
  return lessons;
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

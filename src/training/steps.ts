/** The plain course of a loop: run, judge, learn, evaluate, choose; one program leads to the next. */

import type { Graph } from "../graph/graph.ts";
import type { Experience, LearningTemplate, Lesson } from "../templates/template.ts";
import { mapLimited } from "../util/limit.ts";
import { atPath, inSegment } from "../util/outside.ts";
import type { Course } from "./course.ts";
import type { Desk } from "./desk.ts";
import { examplesAt } from "./order.ts";
import { feedbackShown, summarize } from "./outcomes.ts";
import type { Rollout } from "./player.ts";
import { enter, note } from "./progress.ts";
import { recordOf } from "./record.ts";
import { stepsOf, whyBack } from "./stop.ts";
import type { Candidate, Example, Outcome } from "./types.ts";

/** Steps of an optimizer along one line of programs. */
export class StepCourse implements Course {
  readonly done = false;
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  first(): Promise<void> {
    return this.#desk.evaluateCurrent();
  }

  /** One round: as many training runs as the template wants at once, the update from them, and what follows. */
  async round(): Promise<void> {
    const { options, template, tell } = this.#desk.parts;
    const { position } = this.#desk.progress;
    const order = { order: options.order ?? "shuffled", seed: options.seed ?? 0 } as const;
    const examples = examplesAt(options.data.train, order, { from: position, count: template.wants });
    const rollouts = await this.#rollouts(examples);
    const outcomes = rollouts.map(({ outcome }) => outcome);
    const trainScore = summarize(outcomes).mean;
    this.#desk.progress = note(this.#desk.progress, { trainScore: Number.isNaN(trainScore) ? undefined : trainScore });
    const experiences = rollouts.flatMap((rollout) => rollout.experiences);
    if (experiences.length > 0) await this.#learn(await lessonsOf(template, experiences), outcomes);
    const failed = outcomes.every(({ failure }) => failure !== undefined);
    const free = failed && options.countFailedSteps === false;
    this.#desk.progress = {
      ...this.#desk.progress,
      position: position + examples.length,
      countedSteps: this.#desk.progress.countedSteps + (free ? 0 : 1),
      emptySteps: experiences.length === 0 ? this.#desk.progress.emptySteps + 1 : 0,
    };
    if (this.#desk.progress.steps % (options.evaluateEvery ?? 1) === 0 || this.#isLastStep())
      await this.#desk.evaluateCurrent();
    await this.#rollback(failed);
    await tell(`spent/${position}`, { type: "spent", spent: this.#desk.spent });
  }

  #isLastStep(): boolean {
    const { progress, parts } = this.#desk;
    return progress.countedSteps >= stepsOf(parts.options);
  }

  async #rollouts(examples: readonly Example[]): Promise<readonly Rollout[]> {
    const { position, steps, candidates, current } = this.#desk.progress;
    const path = ({ id }: Example, index: number) => `run ${position + index} ${inSegment(id)}`;
    const { validation } = candidates[current] as Candidate;
    const rollouts = await mapLimited(examples, this.#desk.concurrency, (example, index) =>
      atPath(path(example, index), () => this.#desk.player.rollout(example, validation)),
    );
    // Told in the order of the examples, so that a run tells the same whatever its concurrency.
    for (const [index, { outcome }] of rollouts.entries()) {
      await this.#desk.parts.tell(path(examples[index] as Example, index), { type: "rollout", step: steps, outcome });
    }
    return rollouts;
  }

  /**
   * One update. The lessons of a round ran on the same values, so that they make one update together: after the first one
   * alone, the values that the others reasoned about would be gone.
   */
  async #learn(lessons: readonly Lesson[], outcomes: readonly Outcome[]): Promise<void> {
    const { options, tell } = this.#desk.parts;
    const step = this.#desk.progress.steps + 1;
    for (const { graph, feedback } of lessons) (graph as Graph & Judging).backward(feedback);
    const { signal } = options;
    const result = await atPath(`step ${step}`, () =>
      options.optimizer.step(undefined, signal === undefined ? {} : { signal }),
    );
    const graph = (lessons[0] as Lesson).graph;
    const trainScore = (this.#desk.progress.candidates[this.#desk.progress.current] as Candidate).trainScore;
    const told = { trainScore, feedback: feedbackShown(outcomes), dot: graph.toDot() };
    await tell(`step/${step}`, { type: "step", step, proposal: { ...recordOf(result), ...told }, graph });
    this.#desk.progress = enter(
      { ...this.#desk.progress, steps: step, optimizer: this.#desk.saved() },
      result.state.values,
    );
  }

  /** Puts the best program in the place of the current one, where the rules say so. */
  async #rollback(failed: boolean): Promise<void> {
    const { options, selection, tell } = this.#desk.parts;
    const why = whyBack(options, this.#desk.progress, selection, failed);
    if (why === undefined) return;
    const { candidates, best, steps } = this.#desk.progress;
    const leader = candidates[best] as Candidate;
    this.#desk.restore(leader);
    this.#desk.progress = { ...this.#desk.progress, current: best, optimizer: this.#desk.saved() };
    const message = `Step ${steps}: back to the program of step ${leader.step}, since ${why}.`;
    await tell(`rollback/${steps}`, { type: "warning", message });
  }
}

type Judging = { backward(feedback: Lesson["feedback"]): unknown };

/** All lessons that a template makes of some experiences. */
export async function lessonsOf(
  template: LearningTemplate,
  experiences: readonly Experience[],
): Promise<readonly Lesson[]> {
  const lessons: Lesson[] = [];
  for await (const lesson of template.stream(experiences)) lessons.push(lesson);
  return lessons;
}

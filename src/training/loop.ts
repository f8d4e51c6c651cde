/** The learning loop: a course is followed round after round, each ending in a checkpoint, until something ends it. */

import { ParameterState } from "../nodes/state.ts";
import type { Course } from "./course.ts";
import { Desk, type LoopParts } from "./desk.ts";
import { candidateOf, type Progress } from "./progress.ts";
import { SearchCourse } from "./search/course.ts";
import { StepCourse } from "./steps.ts";
import { whyStop } from "./stop.ts";
import type { Candidate, StopReason, TrainResult } from "./types.ts";

/** One run of the learning loop, from its start or from the last checkpoint of its folder to its end. */
export class LearningLoop {
  readonly #desk: Desk;
  readonly #course: Course;

  constructor(parts: LoopParts) {
    const { search } = parts.options;
    this.#desk = new Desk(parts, fresh);
    this.#course = search === undefined ? new StepCourse(this.#desk) : new SearchCourse(this.#desk, search);
  }

  /** Runs to the end, and gives what the run led to. The chosen program is live then. */
  async run(): Promise<TrainResult> {
    const { tell, store, spec, runId, warnings } = this.#desk.parts;
    const resumedAt = store.resumed ? this.#desk.progress.steps : undefined;
    await tell(`start/${resumedAt ?? "new"}`, { type: "start", runId, resumedAt, spec, warnings });
    // A checkpoint closes the book on the calls before it, so a resumed run makes none before it has used their answers.
    const isNew = store.checkpoint === undefined;
    let reason = isNew ? await this.#attempt(() => this.#course.first()) : undefined;
    while (reason === undefined) reason = this.#whyStop() ?? (await this.#attempt(() => this.#course.round()));
    this.#desk.progress = { ...this.#desk.progress, reason };
    return this.#conclude(reason);
  }

  /** Does a piece of the loop; when the caller or a budget cuts it short, gives the reason to end with what there is. */
  async #attempt(work: () => Promise<void>): Promise<StopReason | undefined> {
    const before = this.#desk.progress;
    try {
      await work();
      await this.#desk.save();
      return undefined;
    } catch (error) {
      this.#desk.progress = before;
      await this.#course.salvage?.();
      if (this.#desk.parts.options.signal?.aborted) return "aborted";
      if ((error as { code?: unknown })?.code === "budget") return "budget";
      throw error;
    }
  }

  #whyStop(): StopReason | undefined {
    const { parts, progress, metricCalls, seconds } = this.#desk;
    const { options, selection, template } = parts;
    // A search asks for as many runs as it needs, and each batch of them is checked.
    const next = options.search === undefined ? template.wants : 0;
    const reason = whyStop(options, progress, selection, { metricCalls: metricCalls + next, seconds });
    return reason ?? (this.#course.done ? "done" : undefined);
  }

  async #conclude(reason: StopReason): Promise<TrainResult> {
    const { options, tell } = this.#desk.parts;
    const words = this.#course.closingWords?.() ?? [];
    for (const message of words) await tell(`closing/${message}`, { type: "warning", message });
    const warnings = [...this.#desk.parts.warnings, ...words];
    const { candidates, best } = this.#desk.progress;
    const [start, chosenOne] = [candidates[0], candidates[best]] as [Candidate, Candidate];
    this.#desk.restore(chosenOne);
    const test = options.test === true && reason !== "aborted" ? await this.#testWithin(start, chosenOne) : undefined;
    const { spent } = this.#desk;
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
      await this.#desk.parts.tell("test/budget", { type: "warning", message });
      return undefined;
    }
  }

  async #test(start: Candidate, best: Candidate): Promise<TrainResult["test"]> {
    const { options, tell } = this.#desk.parts;
    const examples = options.data.test.read();
    const scored = async (candidate: Candidate) => {
      const result = await this.#desk.evaluate(candidate, "test", examples);
      const { step, id } = candidate;
      await tell(`test/${id}`, { type: "evaluation", step, split: "test", candidate: id, result });
      return result;
    };
    return { start: await scored(start), best: await scored(best) };
  }
}

function fresh(desk: Desk): Progress {
  const { optimizer } = desk.parts.options;
  return {
    steps: 0,
    countedSteps: 0,
    position: 0,
    optimizer: desk.saved(),
    candidates: [candidateOf(ParameterState.of(optimizer.parameters).values, 0)],
    current: 0,
    best: 0,
    sinceBest: 0,
    emptySteps: 0,
    judged: 0,
    seconds: 0,
    reason: undefined,
  };
}

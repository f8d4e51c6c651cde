/** The steps of an episode as one graph, or as windows of a credit horizon: the episodic template. */

import type { Feedback } from "../graph/feedback.ts";
import type { LearningGraph } from "../graph/graph.ts";
import { getOrSet } from "../util/collections.ts";
import { TracegradError } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import { requireWholeNumber } from "../util/require.ts";
import { chain } from "./chain.ts";
import { feedbackOnEpisode, feedbackOnStep, feedbackOnWindow } from "./return.ts";
import { type Experience, type LearningItem, type LearningTemplate, placeOf } from "./template.ts";

/** Options of {@link episodic}. */
export interface EpisodicOptions {
  /** The credit horizon: how many steps each learning graph holds. Default: the whole episode. */
  readonly horizon?: number;
  /**
   * How many steps after one window the next begins: 1 up to the horizon, so that no step is left out. Default: the
   * horizon.
   */
  readonly stride?: number;
  /**
   * What a reward counts for each step that it lies after the first of its window, from 0 to 1: the factor of the return.
   * Default: 1.
   */
  readonly discount?: number;
}

/**
 * The episodic template, G = chain(g1 → … → gT), cut to windows of `horizon` steps as in truncated back-propagation
 * through time. A window begins every `stride` steps; what is left at the end of an episode makes a last, shorter one.
 * The state carried over a cut stays as an input. An episode ends with an experience that says `end: true`, or with the
 * stream; episodes that run side by side are told apart by the `episode` of their experiences. An episode of T steps
 * gives ceil(max(0, T - horizon) / stride) + 1 learning items, each as soon as its last step is there: `train` makes one
 * update of each, and the episode goes on with the new values.
 *
 * The feedback on a window says its steps, its return (the sum of its rewards, discounted by `discount`) and the total
 * so far, then what was said of its last step; its score is its return. With the horizon 1 it is what was said of the
 * step, with the reward as the score, as with `interactive()`. Without a horizon it is that on the last step, after the
 * discounted return if there is a `discount`. Steps without rewards have only the feedback on the last of them. Source:
 * the paper's appendices D.3 and D.5.
 * @throws TracegradError `bad-option` when the horizon is not a positive integer, the stride is not an integer from 1 to
 * the horizon, or the discount is not from 0 to 1.
 */
export function episodic(options: EpisodicOptions = {}): LearningTemplate {
  const { horizon, stride = horizon, discount } = options;
  if (horizon !== undefined) requireWholeNumber("horizon", horizon);
  if (stride !== undefined) requireStride(stride, horizon);
  if (discount !== undefined) requireDiscount(discount);
  const cut: WindowCut = { horizon, stride, discount: discount ?? 1 };
  return {
    spec: {
      kind: "episodic",
      ...(horizon === undefined ? {} : { horizon, stride }),
      ...(discount === undefined ? {} : { discount }),
    },
    wants: 1,
    episodes: true,
    async *stream(experiences) {
      const windows = new Map<string, Window>();
      for await (const experience of experiences) {
        const { episode = "" } = experience;
        const window = getOrSet(windows, episode, () => new Window(cut));
        const item = window.add(experience);
        if (item !== undefined) yield item;
        if (experience.end !== true) continue;
        windows.delete(episode);
        const rest = window.rest();
        if (rest !== undefined) yield rest;
      }
      for (const window of windows.values()) {
        const rest = window.rest();
        if (rest !== undefined) yield rest;
      }
    },
  };
}

function requireDiscount(discount: number): void {
  if (discount >= 0 && discount <= 1) return;
  throw new TracegradError("bad-option", `\`discount\` is a number from 0 to 1; got ${preview(discount)}.`);
}

function requireStride(stride: number, horizon: number | undefined): void {
  requireWholeNumber("stride", stride);
  if (horizon !== undefined && stride <= horizon) return;
  throw new TracegradError(
    "bad-option",
    horizon === undefined
      ? "`stride` is for windows, so it needs a `horizon`. Give both or none."
      : `With the stride ${stride} and the horizon ${horizon}, steps between the windows would be lost. Give a ` +
          `stride of at most ${horizon}.`,
  );
}

/** How episodes are cut to windows. */
interface WindowCut {
  readonly horizon: number | undefined;
  readonly stride: number | undefined;
  readonly discount: number;
}

/** The last steps of one episode: no more than a window, and the step before it. */
class Window {
  readonly #cut: WindowCut;
  #steps: Experience[] = [];
  /** The step before the window: tells the chain where the window begins. */
  #before: Experience | undefined;
  /** How many of the steps no item holds yet. */
  #fresh = 0;
  /** How many steps of the episode have come, and the sum of their rewards. */
  #count = 0;
  #total = 0;

  constructor(cut: WindowCut) {
    this.#cut = cut;
  }

  /** Takes the next step; gives the item when the window is whole. */
  add(step: Experience): LearningItem | undefined {
    this.#steps.push(step);
    this.#fresh += 1;
    this.#count += 1;
    this.#total += step.reward ?? 0;
    if (this.#steps.length !== this.#cut.horizon) return undefined;
    const item = this.#item();
    const over = this.#steps.splice(0, this.#cut.stride);
    this.#before = over.at(-1);
    this.#fresh = 0;
    return item;
  }

  /** The last, shorter window of the episode; undefined when all steps were in an item. */
  rest(): LearningItem | undefined {
    return this.#fresh === 0 ? undefined : this.#item();
  }

  #item(): LearningItem {
    const size = this.#steps.length;
    const steps = this.#before === undefined ? this.#steps : [this.#before, ...this.#steps];
    const graph: LearningGraph = chain(
      steps.map((step) => step.graph),
      { horizon: size },
    );
    return { graph, feedback: this.#feedback(), size, ...placeOf(this.#steps[size - 1] as Experience) };
  }

  #feedback(): Feedback {
    const { horizon, discount } = this.#cut;
    const steps = [...this.#steps] as [Experience, ...Experience[]];
    const stretch = { steps, last: this.#count, total: this.#total };
    if (horizon === undefined) return feedbackOnEpisode(stretch, discount);
    return horizon === 1 ? feedbackOnStep(steps[0]) : feedbackOnWindow(stretch, discount);
  }
}

/** The steps of an episode as one graph, or as windows of a credit horizon: the episodic template. */

import type { LearningGraph } from "../graph/graph.ts";
import { TracegradError } from "../util/errors.ts";
import { requireWholeNumber } from "../util/require.ts";
import { chain } from "./chain.ts";
import type { Experience, LearningItem, LearningTemplate } from "./template.ts";

/** Options of {@link episodic}. */
export interface EpisodicOptions {
  /** The credit horizon: how many steps each learning graph holds. Default: the whole episode. */
  readonly horizon?: number;
  /**
   * How many steps after one window the next begins: 1 up to the horizon, so that no step is left out. Default: the
   * horizon.
   */
  readonly stride?: number;
}

/**
 * The episodic template, G = chain(g1 → … → gT), cut to windows of `horizon` steps as in truncated back-propagation
 * through time. A window begins every `stride` steps; what is left at the end of an episode makes a last, shorter one.
 * The state carried over a cut stays as an input. The feedback on a window is that on its last step. An episode ends
 * with an experience that says `end: true`, or with the stream. An episode of T steps gives ceil(max(0, T - horizon) /
 * stride) + 1 learning items. Source: the paper's appendices D.3 and D.5.
 * @throws TracegradError `bad-option` when the horizon is not a positive integer, or the stride is not an integer from
 * 1 to the horizon.
 */
export function episodic(options: EpisodicOptions = {}): LearningTemplate {
  const { horizon, stride = horizon } = options;
  if (horizon !== undefined) requireWholeNumber("horizon", horizon);
  if (stride !== undefined) requireStride(stride, horizon);
  return {
    spec: { kind: "episodic", ...(horizon === undefined ? {} : { horizon, stride }) },
    wants: 1,
    episodes: true,
    async *stream(experiences) {
      let window = new Window(horizon, stride);
      for await (const experience of experiences) {
        const item = window.add(experience);
        if (item !== undefined) yield item;
        if (experience.end !== true) continue;
        const rest = window.rest();
        window = new Window(horizon, stride);
        if (rest !== undefined) yield rest;
      }
      const rest = window.rest();
      if (rest !== undefined) yield rest;
    },
  };
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

/** The last steps of one episode: no more than a window, and the step before it. */
class Window {
  readonly #horizon: number | undefined;
  readonly #stride: number | undefined;
  #steps: Experience[] = [];
  /** The step before the window: tells the chain where the window begins. */
  #before: Experience | undefined;
  /** How many of the steps no item holds yet. */
  #fresh = 0;

  constructor(horizon: number | undefined, stride: number | undefined) {
    this.#horizon = horizon;
    this.#stride = stride;
  }

  /** Takes the next step; gives the item when the window is whole. */
  add(step: Experience): LearningItem | undefined {
    this.#steps.push(step);
    this.#fresh += 1;
    if (this.#steps.length !== this.#horizon) return undefined;
    const item = this.#item();
    const over = this.#steps.splice(0, this.#stride);
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
    return { graph, feedback: (this.#steps[size - 1] as Experience).feedback, size };
  }
}

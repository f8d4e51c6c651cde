/** What a learning template is: it turns a stream of experiences into a stream of learning graphs. */

import type { Feedback } from "../graph/feedback.ts";
import type { Graph } from "../graph/graph.ts";

/** One run of the program, with what was said of it. */
export interface Experience<T = unknown> {
  readonly graph: Graph<T>;
  readonly feedback: Feedback;
  /** True for the last step of an episode: what follows is not linked to it. */
  readonly end?: boolean;
  /** The reward of the step, if it is one of an episode in an environment. */
  readonly reward?: number;
  /** Of the last step of an episode: the highest total reward that an episode can have, where that is known. */
  readonly maxTotal?: number;
  /** Which episode it is a step of, where several run side by side. Default: they come one after the other. */
  readonly episode?: string;
  /**
   * True for the last of several steps that were made side by side: the episodes go on only when the template asks for
   * the next experience.
   */
  readonly pause?: boolean;
}

/** A graph with feedback on its output: what one update is made from. */
export interface LearningItem {
  readonly graph: Graph;
  /** For a batch, one feedback for each member; otherwise one. */
  readonly feedback: Feedback | readonly Feedback[];
  /** How many experiences went into it. */
  readonly size: number;
  /** The episodes that it is about, by the `episode` of their experiences. Default: none. */
  readonly episodes?: readonly string[];
  /** True when its last experience has `pause`: what can go into the same update has come. */
  readonly pause?: boolean;
}

/** A template as data, for the record of a run: its kind and its options. */
export type TemplateSpec = { readonly kind: string; readonly [option: string]: unknown };

/** Turns experiences into learning graphs. Templates nest: `batch(3, episodic({ horizon: 25 }))`. */
export interface LearningTemplate {
  readonly spec: TemplateSpec;
  /**
   * How many experiences should be at hand for one update; they may be run at once. In an environment, how many episodes
   * run side by side.
   */
  readonly wants: number;
  /** True when it composes the steps of episodes, so that it needs an environment. */
  readonly episodes: boolean;
  /** Pulls experiences as it needs them, and yields each learning graph as soon as it is complete. */
  stream(experiences: AsyncIterable<Experience> | Iterable<Experience>): AsyncIterable<LearningItem>;
}

/** What an item says of its place in the stream, by the last of its experiences. */
export function placeOf({ episode, pause }: Experience): Pick<LearningItem, "episodes" | "pause"> {
  return { ...(episode === undefined ? {} : { episodes: [episode] }), ...(pause === true ? { pause } : {}) };
}

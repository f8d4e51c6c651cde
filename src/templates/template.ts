/** What a learning template is: it turns a stream of experiences into a stream of learning graphs. */

import type { Feedback } from "../graph/feedback.ts";
import type { Graph } from "../graph/graph.ts";

/** One run of the program, with what was said of it. */
export interface Experience<T = unknown> {
  readonly graph: Graph<T>;
  readonly feedback: Feedback;
  /** True for the last step of an episode: what follows is not linked to it. */
  readonly end?: boolean;
}

/** A graph with feedback on its output: what one update is made from. */
export interface LearningItem {
  readonly graph: Graph;
  /** For a batch, one feedback for each member; otherwise one. */
  readonly feedback: Feedback | readonly Feedback[];
  /** How many experiences went into it. */
  readonly size: number;
}

/** A template as data, for the record of a run: its kind and its options. */
export type TemplateSpec = { readonly kind: string; readonly [option: string]: unknown };

/** Turns experiences into learning graphs. Templates nest: `batch(3, episodic({ horizon: 25 }))`. */
export interface LearningTemplate {
  readonly spec: TemplateSpec;
  /**
   * How many experiences (or, if `episodes`, whole episodes) should be at hand for one update; they may be run at once.
   */
  readonly wants: number;
  /** True when it composes the steps of episodes, so that it needs an environment. */
  readonly episodes: boolean;
  /** Pulls experiences as it needs them, and yields each learning graph as soon as it is complete. */
  stream(experiences: AsyncIterable<Experience> | Iterable<Experience>): AsyncIterable<LearningItem>;
}

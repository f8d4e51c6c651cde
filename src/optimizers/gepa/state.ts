/** What GEPA remembers between rounds. */

import type { EpochState } from "./epoch-sampler.ts";

/** GEPA's state: plain JSON. Scores are not in it: the world knows them. */
export type GepaState = {
  /** The candidates that passed their gate, the starting artifact first. */
  readonly accepted: readonly string[];
  /** Minibatches drawn so far, and the epoch they come from. */
  readonly draws: number;
  readonly epoch: { readonly epoch: number; readonly order: readonly string[] };
  /** Which parameter comes next, by candidate; the first in a candidate that is not in it. */
  readonly turns: { readonly [candidate: string]: number };
  readonly mergesDue: number;
  readonly mergesMade: number;
  /** Whether the last round accepted a candidate: a merge is only tried then. */
  readonly found: boolean;
  readonly merges: {
    readonly triples: readonly { readonly first: string; readonly second: string; readonly ancestor: string }[];
    readonly descriptions: readonly string[];
  };
};

/** The state before the first round. */
export function firstState(start: string, epoch: EpochState): GepaState {
  const merges = { triples: [], descriptions: [] };
  return { accepted: [start], draws: 0, epoch, turns: {}, mergesDue: 0, mergesMade: 0, found: false, merges };
}

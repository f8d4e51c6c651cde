/** GEPA's state between rounds. */

import type { EpochState } from "./epoch-sampler.ts";

/** GEPA's state: plain JSON. Scores are not in it, since the search context has them. */
export type GepaState = {
  /** The candidates that passed the gate, the baseline first. */
  readonly accepted: readonly string[];
  /** The number of minibatches so far, and the epoch that they come from. */
  readonly minibatchCount: number;
  readonly epoch: { readonly epoch: number; readonly order: readonly string[] };
  /** Which parameter comes next, by candidate; the first for a candidate that is not listed. */
  readonly turns: { readonly [candidate: string]: number };
  readonly mergesDue: number;
  readonly mergeCount: number;
  /** Whether the last round accepted a candidate; only then is a merge attempted. */
  readonly found: boolean;
  readonly merges: {
    readonly triples: readonly { readonly first: string; readonly second: string; readonly ancestor: string }[];
    readonly descriptions: readonly string[];
  };
};

/** The state before the first round. */
export function firstState(baseline: string, epoch: EpochState): GepaState {
  const merges = { triples: [], descriptions: [] };
  return {
    accepted: [baseline],
    minibatchCount: 0,
    epoch,
    turns: {},
    mergesDue: 0,
    mergeCount: 0,
    found: false,
    merges,
  };
}

/** What GEPA remembers between rounds, and how it reads the pool. */

import type { EpochState } from "../pure/epoch-sampler.ts";
import { type Front, frontScores, frontsOf } from "../pure/instance-fronts.ts";
import type { SearchWorld } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";

/** GEPA's state: plain JSON. Scores are not in it: the world knows them. */
export type GepaState = {
  /** The programs that passed their gate, the starting artifact first. */
  readonly accepted: readonly string[];
  /** Minibatches drawn so far, and the epoch they come from. */
  readonly draws: number;
  readonly epoch: { readonly epoch: number; readonly order: readonly string[] };
  /** Which parameter comes next, by program. */
  readonly turns: { readonly [program: string]: number };
  readonly mergesDue: number;
  readonly mergesMade: number;
  /** Whether the last round accepted a program: a merge is only tried then. */
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

/** The pool as GEPA sees it: who leads on what, and each program's mean over the validation set. */
export interface Standing {
  readonly fronts: readonly Front[];
  readonly means: ReadonlyMap<string, number>;
}

/** How the accepted programs stand now. */
export function standing(
  { accepted }: GepaState,
  world: SearchWorld,
  kind: Parameters<typeof frontScores>[0],
): Standing {
  const known = accepted.map((id) => [id, world.known(id, "validation")] as const);
  const fronts = frontsOf(known.map(([id, outcomes]) => [id, frontScores(kind, outcomes, world.objectives)] as const));
  return { fronts, means: new Map(known.map(([id, outcomes]) => [id, meanScore(outcomes)])) };
}

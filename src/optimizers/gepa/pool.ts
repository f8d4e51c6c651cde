/** The pool as GEPA reads it: who leads on what, and each candidate's mean. Unchanged parts are not computed again. */

import type { Objective } from "../../math/pareto.ts";
import type { Outcome } from "../search/outcome.ts";
import type { SearchContext } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import { type Front, type FrontKind, frontScores, updateFronts } from "./instance-fronts.ts";
import type { GepaState } from "./state.ts";

/** Who leads on what, and each candidate's mean over the validation set. */
export interface PoolView {
  readonly fronts: readonly Front[];
  readonly means: ReadonlyMap<string, number>;
}

/** A candidate's scores by front key, and their mean. */
interface ScoreCard {
  readonly candidate: string;
  readonly kind: FrontKind;
  readonly objectives: readonly Objective[];
  readonly scores: ReadonlyMap<string, number>;
  readonly mean: number;
}

/** Cards by their outcomes: the search context gives the same list until it has a new evaluation. */
const cards = new WeakMap<readonly Outcome[], ScoreCard>();

/** Fronts and their cards, by the last of these cards. */
const frontsByLast = new WeakMap<
  ScoreCard,
  { readonly cards: readonly ScoreCard[]; readonly fronts: readonly Front[] }
>();

/** How the accepted candidates stand now. */
export function viewPool({ accepted }: GepaState, context: SearchContext, kind: FrontKind): PoolView {
  const all = accepted.map((candidate) => cardOf(candidate, context, kind));
  return { fronts: frontsOfCards(all), means: new Map(all.map(({ candidate, mean }) => [candidate, mean])) };
}

function cardOf(candidate: string, context: SearchContext, kind: FrontKind): ScoreCard {
  const { objectives } = context;
  const outcomes = context.knownOutcomes(candidate, "validation");
  const known = cards.get(outcomes);
  if (known?.candidate === candidate && known.kind === kind && known.objectives === objectives) return known;
  const scores = frontScores(kind, outcomes, objectives);
  const card: ScoreCard = { candidate, kind, objectives, scores, mean: meanScore(outcomes) };
  cards.set(outcomes, card);
  return card;
}

/** Candidates join one by one, so usually the fronts of all but the last card are known. */
function frontsOfCards(all: readonly ScoreCard[]): readonly Front[] {
  let at = all.length;
  let fronts: readonly Front[] = [];
  for (; at > 0; at--) {
    const known = frontsByLast.get(all[at - 1] as ScoreCard);
    if (known === undefined || known.cards.length !== at || known.cards.some((card, i) => card !== all[i])) continue;
    fronts = known.fronts;
    // Stored for the newest card only, so that the memory does not grow with the square of the pool.
    if (at < all.length) frontsByLast.delete(all[at - 1] as ScoreCard);
    break;
  }
  for (; at < all.length; at++) {
    const { candidate, scores } = all[at] as ScoreCard;
    fronts = updateFronts(fronts, candidate, scores);
  }
  const last = all.at(-1);
  if (last !== undefined) frontsByLast.set(last, { cards: all, fronts });
  return fronts;
}

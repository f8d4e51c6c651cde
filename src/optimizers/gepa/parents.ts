/** Which candidate is rewritten next: GEPA's ways to sample a parent from its fronts. */

import { indexAt } from "../../math/weighted-sample.ts";
import { TracegradError } from "../../util/errors.ts";
import { requireWholeNumber } from "../../util/require.ts";
import type { Rng } from "../../util/rng.ts";
import { type Front, removeDominated } from "./instance-fronts.ts";

/**
 * On how many fronts each non-dominated candidate is: the weights of {@link sampleParent}.
 * @throws TracegradError `unknown-candidate` for a candidate without an aggregate score.
 */
export function parentWeights(
  fronts: readonly Front[],
  aggregate: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const { candidates } of removeDominated(fronts, aggregate)) {
    for (const candidate of candidates) weights.set(candidate, (weights.get(candidate) ?? 0) + 1);
  }
  return weights;
}

/**
 * A random non-dominated candidate, in proportion to the number of fronts it is on: GEPA's default.
 * @throws TracegradError `no-candidate` when no front has one, `unknown-candidate`.
 */
export function sampleParent(fronts: readonly Front[], aggregate: ReadonlyMap<string, number>, rng: Rng): string {
  const weights = parentWeights(fronts, aggregate);
  const counts = [...weights.values()];
  const total = counts.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) {
    throw new TracegradError("no-candidate", "No front has a candidate. Score one before you sample a parent.");
  }
  return [...weights.keys()][indexAt(counts, rng.integer(total))] as string;
}

/**
 * The candidate with the highest aggregate score, the first of equal ones.
 * @throws TracegradError `no-candidate` when there is none.
 */
export function bestCandidate(aggregate: ReadonlyMap<string, number>): string {
  const best = byScore(aggregate)[0];
  if (best === undefined) throw new TracegradError("no-candidate", "There is no candidate. Score one first.");
  return best;
}

/**
 * With probability `epsilon` any candidate, otherwise the best one. GEPA's value is 0.1.
 * @throws TracegradError `no-candidate`, `bad-option` for an epsilon outside 0..1.
 */
export function sampleEpsilonGreedyParent(aggregate: ReadonlyMap<string, number>, epsilon: number, rng: Rng): string {
  if (!(epsilon >= 0 && epsilon <= 1)) {
    throw new TracegradError("bad-option", `\`epsilon\` is a probability from 0 to 1; got ${String(epsilon)}.`);
  }
  const best = bestCandidate(aggregate);
  if (rng.float() >= epsilon) return best;
  return [...aggregate.keys()][rng.integer(aggregate.size)] as string;
}

/**
 * As {@link sampleParent}, but among the `k` candidates of highest aggregate score; the best of all when none of these
 * is on a front.
 * @throws TracegradError `no-candidate`, `unknown-candidate`, `bad-option` unless `k` is a whole number above 0.
 */
export function sampleTopKParent(
  fronts: readonly Front[],
  aggregate: ReadonlyMap<string, number>,
  k: number,
  rng: Rng,
): string {
  const top = topKFronts(fronts, aggregate, k);
  return top.length === 0 ? bestCandidate(aggregate) : sampleParent(top, aggregate, rng);
}

/** The fronts with only the `k` candidates of highest aggregate score; empty ones are left out. Throws as above. */
export function topKFronts(
  fronts: readonly Front[],
  aggregate: ReadonlyMap<string, number>,
  k: number,
): readonly Front[] {
  requireWholeNumber("k", k);
  const top = new Set(byScore(aggregate).slice(0, k));
  return fronts
    .map((front) => ({ ...front, candidates: front.candidates.filter((candidate) => top.has(candidate)) }))
    .filter(({ candidates }) => candidates.length > 0);
}

/** Best first; equal candidates in their order. */
function byScore(aggregate: ReadonlyMap<string, number>): string[] {
  return [...aggregate].sort(([, a], [, b]) => b - a).map(([candidate]) => candidate);
}

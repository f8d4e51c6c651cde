/** Which candidates of a large search a page has room for: the ancestors of the best one, then the highest scores. */

import type { CandidateView } from "./run-view.ts";

/**
 * At most `limit` of `candidates`, in their order: the leader with its ancestors, then the others by score, each with
 * its ancestors, as long as there is room. All of them when there is room for all.
 */
export function chooseCandidates(
  candidates: readonly CandidateView[],
  leader: CandidateView | undefined,
  limit: number,
): readonly CandidateView[] {
  if (candidates.length <= limit) return candidates;
  const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  // When the leader has more ancestors than there is room for, the nearest ones are chosen.
  const chosen = new Set(leader === undefined ? [] : ancestorsOf(leader, byId, limit));
  const score = ({ mean = Number.NEGATIVE_INFINITY }: CandidateView): number => mean;
  // Equal scores in the order in which they came: the sort is stable.
  for (const candidate of [...candidates].sort((a, b) => (score(a) === score(b) ? 0 : score(b) - score(a)))) {
    if (chosen.size >= limit) break;
    const more = ancestorsOf(candidate, byId, limit + 1).filter((one) => !chosen.has(one));
    if (chosen.size + more.length <= limit) for (const one of more) chosen.add(one);
  }
  return candidates.filter((candidate) => chosen.has(candidate));
}

/** A candidate and its ancestors, the nearest first, at most `limit`. */
export function ancestorsOf(
  candidate: CandidateView,
  byId: ReadonlyMap<string, CandidateView>,
  limit: number = Number.POSITIVE_INFINITY,
): readonly CandidateView[] {
  const found = new Set([candidate]);
  for (const one of found) {
    for (const id of one.parents) {
      const parent = byId.get(id);
      if (parent !== undefined && found.size < limit) found.add(parent);
    }
  }
  return [...found];
}

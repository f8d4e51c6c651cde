/** Which programs of a large search are shown: the way to the best one, then the highest scores with their ways. */

import type { CandidateView } from "./run-view.ts";

/**
 * At most `most` of `programs`, in their order: those that the leader comes from, then the others by score, each with
 * all that it comes from, as long as there is room. All of them when there is room for all.
 */
export function shownPrograms(
  programs: readonly CandidateView[],
  leader: CandidateView | undefined,
  most: number,
): readonly CandidateView[] {
  if (programs.length <= most) return programs;
  const byId = new Map(programs.map((program) => [program.id, program]));
  const shown = new Set<CandidateView>();
  // Of a way that is longer than all the room, the end is shown.
  if (leader !== undefined) for (const program of ancestry(leader, byId, most)) shown.add(program);
  const score = ({ mean = Number.NEGATIVE_INFINITY }: CandidateView): number => mean;
  // Equal scores in the order in which they came: the sort is stable.
  for (const program of [...programs].sort((a, b) => (score(a) === score(b) ? 0 : score(b) - score(a)))) {
    if (shown.size >= most) break;
    const way = ancestry(program, byId, most + 1).filter((one) => !shown.has(one));
    if (shown.size + way.length <= most) for (const one of way) shown.add(one);
  }
  return programs.filter((program) => shown.has(program));
}

/** A program and all that it comes from, the nearest first, at most `most`. */
export function ancestry(
  program: CandidateView,
  byId: ReadonlyMap<string, CandidateView>,
  most: number = Number.POSITIVE_INFINITY,
): readonly CandidateView[] {
  const found = new Set([program]);
  for (const one of found) {
    for (const id of one.parents) {
      const parent = byId.get(id);
      if (parent !== undefined && found.size < most) found.add(parent);
    }
  }
  return [...found];
}

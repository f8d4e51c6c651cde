/** Who came from whom among candidates. */

/** The parents of each candidate, the oldest candidate first. One without parents has an empty list. */
export type Ancestry = ReadonlyMap<string, readonly string[]>;

/**
 * All that the candidate came from, over any number of steps; itself not among them. Parents that are not in it end
 * there.
 */
export function ancestorsOf(candidate: string, lineage: Ancestry): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(lineage.get(candidate) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(lineage.get(next) ?? []));
  }
  return found;
}

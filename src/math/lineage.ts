/** The lineage of candidates: which came from which. */

/** The parents of each candidate, the oldest candidate first. One without parents has an empty list. */
export type Ancestry = ReadonlyMap<string, readonly string[]>;

/** All ancestors of a candidate, over any number of generations. A parent that the lineage lacks has no ancestors. */
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

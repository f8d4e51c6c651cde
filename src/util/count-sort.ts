/** Sorts by small numbers: they are counted rather than compared, in time that is linear. */

/** The indices of `keys` from the smallest key to the largest; of equal ones the first comes first. */
export function sortedByKey(keys: Uint32Array): Uint32Array {
  let most = 0;
  for (const key of keys) most = Math.max(most, key);
  const next = new Uint32Array(most + 2);
  for (const key of keys) next[key + 1] = (next[key + 1] as number) + 1;
  for (let key = 1; key <= most; key++) next[key] = (next[key] as number) + (next[key - 1] as number);
  const sorted = new Uint32Array(keys.length);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as number;
    const at = next[key] as number;
    sorted[at] = index;
    next[key] = at + 1;
  }
  return sorted;
}

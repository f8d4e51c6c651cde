/** Chooses the rows of a table that are written when there is no room for all. */

import type { Column } from "./column.ts";

/** How many rows before and after a rare one are kept. */
const around = 3;

/** The `most` rows that say most, in order: the ends, rare ones, neighbors of both, and the others evenly. */
export function rowsWithin(rare: readonly number[], count: number, most: number): readonly number[] {
  const chosen = new Set<number>();
  for (const row of bestFirst(rare, count)) {
    if (chosen.size >= most) break;
    if (row >= 0 && row < count) chosen.add(row);
  }
  const sorted = Uint32Array.from(chosen).sort();
  return [...sorted, ...evenly(sorted, count, most - sorted.length)].sort((a, b) => a - b);
}

/** Rows that may lie beyond the ends: the ends themselves, rare rows, and the neighbors of both. */
function* bestFirst(rare: readonly number[], count: number): Iterable<number> {
  yield* [0, count - 1];
  yield* rare;
  yield* [1, 2, count - 3, count - 2];
  for (const row of rare) for (let near = row - around; near <= row + around; near++) yield near;
}

/**
 * At most `most` of the rows that are not `chosen`, at even distances. A table may have far more rows than are written,
 * so only the chosen ones are looked at.
 */
function evenly(chosen: Uint32Array, count: number, most: number): readonly number[] {
  const others = count - chosen.length;
  const rows: number[] = [];
  let before = 0;
  const between = Math.min(most, others);
  for (let index = 0; index < between; index++) {
    const rank = Math.floor(((index + 0.5) * others) / between);
    while (before < chosen.length && (chosen[before] as number) <= rank + before) before += 1;
    rows.push(rank + before);
  }
  return rows;
}

/** The rows that differ in a column where nine in ten are the same. Those of the most uniform column come first. */
export function rareRows(columns: readonly Column[], count: number): readonly number[] {
  const exceptions = columns.flatMap(({ keys }) => {
    const common = commonRow(keys);
    if (common === undefined) return [];
    const rows: number[] = [];
    for (let row = 0; row < count; row++) if (!Object.is(keys[row], keys[common])) rows.push(row);
    return count - rows.length < 0.9 * count ? [] : [rows];
  });
  return [...new Set(exceptions.sort((a, b) => a.length - b.length).flat())];
}

/**
 * A row with the value of more than half of the rows, if there is one. Pairs of different rows cancel out.
 * Source: Boyer and Moore 1991, "MJRTY: A Fast Majority Vote Algorithm".
 */
function commonRow(keys: readonly unknown[]): number | undefined {
  let [common, lead] = [0, 0];
  for (let row = 0; row < keys.length; row++) {
    if (lead === 0) [common, lead] = [row, 1];
    else lead += Object.is(keys[row], keys[common]) ? 1 : -1;
  }
  return lead === 0 ? undefined : common;
}

/** Chooses the rows of a table that are written when there is no room for all. */

import type { Column } from "./column.ts";

/** How many rows before and after a rare one are kept. */
const around = 3;

/** The `most` rows that say most, in order: the ends, rare ones, neighbors of both, and the others evenly. */
export function rowsWithin(rare: readonly number[], count: number, most: number): readonly number[] {
  const isChosen = new Uint8Array(count);
  let left = most;
  const choose = (row: number) => {
    if (left === 0 || row < 0 || row >= count || isChosen[row] === 1) return;
    isChosen[row] = 1;
    left -= 1;
  };
  for (const row of [0, count - 1, ...rare, 1, 2, count - 3, count - 2]) choose(row);
  for (const row of rare) for (let near = row - around; near <= row + around; near++) choose(near);
  const others = Uint32Array.from(isChosen.keys()).filter((row) => isChosen[row] === 0);
  const between = Math.min(left, others.length);
  for (let index = 0; index < between; index++) {
    choose(others[Math.floor(((index + 0.5) * others.length) / between)] as number);
  }
  const rows: number[] = [];
  for (let row = 0; row < count; row++) if (isChosen[row] === 1) rows.push(row);
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

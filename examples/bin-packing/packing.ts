/** Packs the items of an instance one after the other, by a rule that sees one item and the free spaces at a time. */

import { capacity } from "./instances.ts";

/**
 * How much an item of a size wants a bin with so much free space: `preferences[size][space]`. Sizes and spaces go from 1
 * to the capacity; only spaces of at least the size are looked at.
 */
export type Preferences = readonly (readonly number[])[];

/** What became of an instance. */
export interface Packing {
  readonly bins: number;
  /** How many of the bins ended with so much free space: `endedWith[space]`. */
  readonly endedWith: readonly number[];
}

/**
 * Puts each item into the open bin that it prefers; a new bin, with all of its space free, is one of them. Among equal
 * preferences the fullest bin gets the item. Bins with the same free space are alike, so counting them is enough.
 */
export function packOnline(items: readonly number[], preferences: Preferences): Packing {
  const open = new Array<number>(capacity + 1).fill(0);
  let bins = 0;
  for (const size of items) {
    const row = preferences[size] ?? [];
    let chosen = -1;
    for (let space = size; space <= capacity; space++) {
      const isThere = space === capacity || (open[space] ?? 0) > 0;
      if (isThere && (chosen < 0 || (row[space] ?? 0) > (row[chosen] ?? 0))) chosen = space;
    }
    if (chosen === capacity) bins++;
    else open[chosen] = (open[chosen] ?? 0) - 1;
    const rest = chosen - size;
    open[rest] = (open[rest] ?? 0) + 1;
  }
  return { bins, endedWith: open };
}

/** First fit: each item goes into the oldest bin that has room for it. Not a preference of spaces, so on its own. */
export function firstFit(items: readonly number[]): number {
  const spaces: number[] = [];
  for (const size of items) {
    const at = spaces.findIndex((space) => space >= size);
    if (at < 0) spaces.push(capacity - size);
    else spaces[at] = (spaces[at] as number) - size;
  }
  return spaces.length;
}

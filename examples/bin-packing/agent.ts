/** The program that is learned, a rule for putting items into bins, and what it makes of an instance. */

import { bundle } from "tracegrad";
import { fastSandbox } from "../shared/fast-sandbox.ts";
import { memoize } from "../shared/memoize.ts";
import { capacity, itemsOf, lowerBound } from "./instances.ts";
import { type Packing, type Preferences, packOnline } from "./packing.ts";

/** Which bin each item goes into. */
export const preferences = bundle(
  /**
   * The rule of an online bin packing. Items with sizes from 1 to `capacity` come one after the other; each is put into a
   * bin before the next one is seen. Returns p, where p[size][space] says how much an item of that size wants a bin with
   * that much free space: it goes into the open bin with the highest p[size][space]. A new bin, with space = capacity, is
   * always among the choices. Among equal preferences the item goes into the fullest bin. p has rows 0 to capacity, each
   * with columns 0 to capacity; only those with 1 <= size <= space are read. As few bins as possible should be used.
   */
  function preferences(capacity: number): number[][] {
    const rows: number[][] = [];
    for (let size = 0; size <= capacity; size++) {
      const row: number[] = [];
      for (let space = 0; space <= capacity; space++) row.push(size - space);
      rows.push(row);
    }
    return rows;
  },
  {
    trainable: true,
    constraint:
      "Plain TypeScript or JavaScript in one function, with helpers inside of it and no imports. All entries are finite numbers. " +
      "The sizes of the items follow a Weibull distribution with scale 45 and shape 3, cut to whole numbers from 1 to 100, with a " +
      "capacity of 100 and 5000 items in an instance; the rule is used on other instances of that distribution. Aim at 2 seconds " +
      "of computing at most, such as a simulation; a call is stopped after 60 seconds.",
    // All instances ask for the same table.
    sandbox: memoize(fastSandbox(), 2 ** 26),
    timeoutMs: 60_000,
  },
);

/** What became of an instance, beside its lower bound. */
export interface PackedInstance extends Packing {
  readonly lowerBound: number;
}

/** Packs the instance of a seed by a rule. */
export const pack_online = bundle(
  /** Packs the items of an instance one after the other by the preferences. */
  function pack_online(preferences: Preferences, seed: number): PackedInstance {
    checkRule(preferences);
    const items = itemsOf(seed);
    return { ...packOnline(items, preferences), lowerBound: lowerBound(items) };
  },
);

function checkRule(preferences: unknown): asserts preferences is Preferences {
  if (!Array.isArray(preferences)) throw new Error("preferences did not return a list of rows.");
  for (let size = 1; size <= capacity; size++) {
    for (let space = size; space <= capacity; space++) {
      const value: unknown = preferences[size]?.[space];
      if (typeof value === "number" && Number.isFinite(value)) continue;
      const shown = value === undefined ? "missing" : String(value);
      throw new Error(`preferences[${size}][${space}] is ${shown}, not a finite number.`);
    }
  }
}

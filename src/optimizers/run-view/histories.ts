/** Finds arrays that continue earlier ones: a history of messages grows at every turn. Only new items are written. */

import { getOrSet } from "../../util/collections.ts";
import type { CallPart } from "./call.ts";
import { listParts } from "./literal.ts";

type ListItems = readonly (readonly CallPart[])[];

/** A tree of arrays that begin alike. Each step is an item. */
interface ListBeginning {
  /** The place of the last array that ends here; undefined if none does. */
  at: number | undefined;
  readonly next: Map<string, ListBeginning>;
}

/** The arrays of a run so far. */
export class Histories {
  readonly #root: ListBeginning = { at: undefined, next: new Map() };

  /** The array at `place`. If it begins with an earlier one of two items or more: that one and the new items. */
  partsOf(items: ListItems, place: number): readonly CallPart[] {
    let [beginning, before, length]: [ListBeginning, number | undefined, number] = [this.#root, undefined, 0];
    for (const [index, item] of items.entries()) {
      beginning = getOrSet(beginning.next, JSON.stringify(item), () => ({ at: undefined, next: new Map() }));
      const { at } = beginning;
      if (index > 0 && at !== undefined && (before === undefined || at > before)) [before, length] = [at, index + 1];
    }
    beginning.at = place;
    return listParts(before === undefined ? items : [["...", before], ...items.slice(length)]);
  }
}

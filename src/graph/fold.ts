/**
 * Finds patterns that repeat in a list of calls: the steps of an episode, the turns of an agent. Calls are alike by
 * what was called and where its inputs came from, whatever their names.
 */

import { getOrSet } from "../util/collections.ts";

/** One call, as far as it takes part in a pattern. */
export interface FoldItem {
  /** What was called, with the names of its inputs and all that is written in the call itself. */
  readonly shape: string;
  /** Where each input came from: the index of an earlier item. */
  readonly refs: readonly number[];
}

/** An item by itself. */
export interface SingleBlock {
  readonly kind: "single";
  readonly at: number;
}

/** A pattern of `period` items that is there `count` times, from `at` on. */
export interface RepeatBlock {
  readonly kind: "repeat";
  readonly at: number;
  readonly period: number;
  readonly count: number;
}

/** A part of a folded list. */
export type FoldBlock = SingleBlock | RepeatBlock;

/** What a pattern is made of. */
export interface FoldLimits {
  /** The longest pattern, in items. Default: 64. */
  readonly maxPeriod?: number;
  /** How often a pattern is there at least, not less than 3. Default: 3. */
  readonly minCount?: number;
}

/**
 * The list in blocks, in order: each item is in exactly one of them. In a repeated pattern every input comes from the
 * same place in each repetition: from the same item before the pattern, or from an item as many places back. The first
 * repetition may differ from the others in that, since a loop begins with something from outside.
 * The time is linear in the items, for a given longest pattern.
 */
export function fold(items: readonly FoldItem[], { maxPeriod = 64, minCount = 3 }: FoldLimits = {}): FoldBlock[] {
  const list: ShapedList = { items, shapes: shapesOf(items) };
  const blocks: FoldBlock[] = [];
  let at = 0;
  while (at < items.length) {
    const best = longestRepeat(list, at, maxPeriod, minCount);
    blocks.push(best ?? { kind: "single", at });
    at += best === undefined ? 1 : best.period * best.count;
  }
  return blocks;
}

interface ShapedList {
  readonly items: readonly FoldItem[];
  /** The shape of each item as a number: numbers are compared much faster. */
  readonly shapes: Uint32Array;
}

function shapesOf(items: readonly FoldItem[]): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from(items, ({ shape }) => getOrSet(numbers, shape, () => numbers.size));
}

function longestRepeat(list: ShapedList, at: number, maxPeriod: number, minCount: number): RepeatBlock | undefined {
  const { shapes } = list;
  const rest = shapes.length - at;
  const most = Math.min(maxPeriod, Math.floor(rest / minCount));
  let best: RepeatBlock | undefined;
  for (let period = 1; period <= most; period++) {
    if (shapes[at] !== shapes[at + period]) continue;
    const covered = best === undefined ? 0 : best.count * best.period;
    // Nothing covers more than a pattern that goes on to the end.
    if (best !== undefined && covered + best.period > rest) break;
    const count = repeatsOf(list, at, period);
    // Of two patterns that cover as much the shorter one is the whole truth.
    if (count >= minCount && count * period > covered) best = { kind: "repeat", at, period, count };
  }
  return best;
}

/** How often the `period` items from `at` on are there in a row. */
function repeatsOf(list: ShapedList, at: number, period: number): number {
  let count = 1;
  while (at + (count + 1) * period <= list.items.length && isRepeated(list, at, period, count)) count += 1;
  return count;
}

/** Whether repetition `count` (from 0) is like those before it. */
function isRepeated({ items, shapes }: ShapedList, at: number, period: number, count: number): boolean {
  for (let offset = 0; offset < period; offset++) {
    const index = at + count * period + offset;
    if (shapes[index] !== shapes[index - period]) return false;
    const [item, before] = [items[index] as FoldItem, items[index - period] as FoldItem];
    if (item.refs.length !== before.refs.length) return false;
    if (!item.refs.every((ref, input) => continues(ref, before.refs[input] as number, { at, period, count }))) {
      return false;
    }
  }
  return true;
}

/** Whether an input comes from where it came from in the repetition before, `ref` now and `before` then. */
function continues(
  ref: number,
  before: number,
  { at, period, count }: { readonly at: number; readonly period: number; readonly count: number },
): boolean {
  if (ref === before) return ref < at;
  if (ref - before === period) return ref >= at;
  // The first repetition begins with something from outside, the second with what the first has made.
  return count === 1 && before < at && ref >= at && ref < at + period;
}

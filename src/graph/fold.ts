/**
 * Finds patterns that repeat in a list of calls: the steps of an episode, the turns of an agent. Calls are alike by
 * what was called and where its inputs came from, whatever their names.
 */

/** Calls, as far as they take part in patterns. */
export interface FoldList {
  /**
   * What was called, with the names of its inputs and all that is written in the call itself: a small number for each
   * item, the same for calls that are alike.
   */
  readonly shapes: Uint32Array;
  /** Where the inputs of each item begin in `refs`; one more than there are items, so that it says where they end. */
  readonly from: Uint32Array;
  /** Where each input came from: the index of an earlier item. */
  readonly refs: Uint32Array;
}

/** A pattern of `period` items that is there `count` times, from `at` on. */
export interface RepeatBlock {
  readonly at: number;
  readonly period: number;
  readonly count: number;
}

/** What a pattern is made of. */
export interface FoldLimits {
  /** The longest pattern, in items. Default: 64. */
  readonly maxPeriod?: number;
  /** How often a pattern is there at least, not less than 3. Default: 3. */
  readonly minCount?: number;
}

/**
 * The patterns of a list, in order: each item is in one of them at most. In a pattern every input comes from the same
 * place in each repetition: from the same item before the pattern, or from an item as many places back. The first
 * repetition may differ from the others in that, since a loop begins with something from outside.
 * The time is linear in the items, for a given longest pattern.
 */
export function fold(list: FoldList, { maxPeriod = 64, minCount = 3 }: FoldLimits = {}): RepeatBlock[] {
  const next = nextAlike(list.shapes);
  const blocks: RepeatBlock[] = [];
  let at = 0;
  while (at < list.shapes.length) {
    const rest = list.shapes.length - at;
    const most = Math.min(maxPeriod, Math.floor(rest / minCount));
    const best = longestRepeat(list, next, { at, most, minCount });
    if (best !== undefined) blocks.push(best);
    at += best === undefined ? 1 : best.period * best.count;
  }
  return blocks;
}

/** For each item the next one of its shape; 0 where there is none. */
function nextAlike(shapes: Uint32Array): Uint32Array {
  let most = 0;
  for (const shape of shapes) most = Math.max(most, shape);
  const last = new Uint32Array(most + 1);
  const next = new Uint32Array(shapes.length);
  for (let at = shapes.length - 1; at >= 0; at--) {
    const shape = shapes[at] as number;
    next[at] = last[shape] as number;
    last[shape] = at;
  }
  return next;
}

function longestRepeat(
  list: FoldList,
  next: Uint32Array,
  { at, most, minCount }: { readonly at: number; readonly most: number; readonly minCount: number },
): RepeatBlock | undefined {
  const rest = list.shapes.length - at;
  let best: RepeatBlock | undefined;
  for (let again = next[at] as number; again > 0 && again - at <= most; again = next[again] as number) {
    const period = again - at;
    const covered = best === undefined ? 0 : best.count * best.period;
    // Nothing covers more than a pattern that goes on to the end.
    if (best !== undefined && covered + best.period > rest) break;
    const count = repeatsOf(list, at, period);
    // Of two patterns that cover as much the shorter one is the whole truth.
    if (count >= minCount && count * period > covered) best = { at, period, count };
  }
  return best;
}

/** How often the `period` items from `at` on are there in a row. */
function repeatsOf(list: FoldList, at: number, period: number): number {
  let count = 1;
  while (at + (count + 1) * period <= list.shapes.length && isRepeated(list, { at, period, count })) count += 1;
  return count;
}

/** Whether what comes after a pattern is one more repetition of it. */
function isRepeated({ shapes, from, refs }: FoldList, pattern: RepeatBlock): boolean {
  const { at, period, count } = pattern;
  const start = at + count * period;
  for (let index = start; index < start + period; index++) {
    if (shapes[index] !== shapes[index - period]) return false;
    const [now, before] = [from[index] as number, from[index - period] as number];
    const length = (from[index + 1] as number) - now;
    if (length !== (from[index - period + 1] as number) - before) return false;
    for (let input = 0; input < length; input++) {
      if (!continues(refs[now + input] as number, refs[before + input] as number, pattern)) return false;
    }
  }
  return true;
}

/** Whether an input comes from where it came from in the repetition before, `ref` now and `before` then. */
function continues(ref: number, before: number, { at, period, count }: RepeatBlock): boolean {
  if (ref === before) return ref < at;
  if (before >= at) return ref - before === period;
  // The first repetition begins with something from outside, the second with what the first has made.
  return count === 1 && ref >= at && ref < at + period;
}

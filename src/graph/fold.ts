/**
 * Finds patterns in a list of calls: the steps of an episode, the turns of an agent. Two calls are alike if they call
 * the same thing with inputs from corresponding places. Names do not matter.
 */

import { type CallList, endOfPattern, type FoldedList, type Pattern, withPatterns } from "./pattern.ts";

/** What `fold` reads of a list of calls. */
export interface FoldList extends CallList {
  /** A small number for each call: two calls have the same one if they are alike in all but their inputs' places. */
  readonly shapes: Uint32Array;
}

/** Fewer than four repetitions take less space written out. The time grows with the longest pattern. */
const foldLimits = { minCount: 4, maxPeriod: 64 };

/**
 * Finds the patterns of a list: at least four repetitions of at most 64 calls. In each repetition an input comes from
 * the same place before the pattern, or from a call as many places back. The first repetition may differ in that: a
 * loop begins with a value from outside. The time is linear in the calls.
 */
export function fold(list: FoldList): FoldedList {
  const next = nextAlike(list.shapes);
  const patterns: Pattern[] = [];
  let at = 0;
  while (at < list.shapes.length) {
    const best = longestPattern(list, next, at);
    if (best !== undefined) patterns.push(best);
    at = best === undefined ? at + 1 : endOfPattern(best);
  }
  return withPatterns(list, patterns);
}

/** For each call the place of the next one of its shape; 0 if there is none. */
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

/** Of the patterns that begin at a place the one that covers most. */
function longestPattern(list: FoldList, next: Uint32Array, at: number): Pattern | undefined {
  const rest = list.shapes.length - at;
  const { minCount, maxPeriod } = foldLimits;
  const most = Math.min(maxPeriod, Math.floor(rest / minCount));
  let best: Pattern | undefined;
  for (let again = next[at] as number; again > 0 && again - at <= most; again = next[again] as number) {
    const period = again - at;
    const covered = best === undefined ? 0 : best.count * best.period;
    // Nothing covers more than a pattern that reaches the end.
    if (best !== undefined && covered + best.period > rest) break;
    const count = repeatsOf(list, at, period);
    // If two cover the same, the shorter one says it all.
    if (count >= minCount && count * period > covered) best = { at, period, count };
  }
  return best;
}

/** How many times in a row the `period` calls from `at` on occur. */
function repeatsOf(list: FoldList, at: number, period: number): number {
  let count = 1;
  while (at + (count + 1) * period <= list.shapes.length && isRepeated(list, { at, period, count })) count += 1;
  return count;
}

/** Whether one more repetition follows a pattern. */
function isRepeated({ shapes, from, refs }: FoldList, pattern: Pattern): boolean {
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

/** Whether an input from `ref` corresponds to one from `before` in the previous repetition. */
function continues(ref: number, before: number, { at, period, count }: Pattern): boolean {
  if (ref === before) return ref < at;
  if (before >= at) return ref - before === period;
  // The first repetition takes a value from outside where the second takes one that the first made.
  return count === 1 && ref >= at && ref < at + period;
}

/** Patterns in a list of calls: where one ends, and which repetition of it a place is in. */

/** Calls that repeat: `period` calls from the place `at` on, `count` times in a row. */
export interface Pattern {
  readonly at: number;
  readonly period: number;
  readonly count: number;
}

/** Calls in order, with the places of their inputs. A place is an index into the list. */
export interface CallList {
  /** Where the inputs of each call begin in `refs`. The last entry, one more than there are calls, is the end. */
  readonly from: Uint32Array;
  /** The place of each input, which is before the call. */
  readonly refs: Uint32Array;
}

/** A list of calls with its patterns. */
export interface FoldedList extends CallList {
  /** In order. No two overlap. */
  readonly patterns: readonly Pattern[];
  /** The pattern of each place, as an index into `patterns`; below 0 for a place in none. */
  readonly patternOf: Int32Array;
}

/** `list` with these patterns, which may be none. */
export function withPatterns({ from, refs }: CallList, patterns: readonly Pattern[]): FoldedList {
  const patternOf = new Int32Array(from.length - 1).fill(-1);
  for (const [index, pattern] of patterns.entries()) patternOf.fill(index, pattern.at, endOfPattern(pattern));
  return { from, refs, patterns, patternOf };
}

/** The place after a pattern. */
export function endOfPattern({ at, period, count }: Pattern): number {
  return at + period * count;
}

/** The pattern that a place is in. */
export function patternAt({ patterns, patternOf }: FoldedList, place: number): Pattern | undefined {
  const index = patternOf[place] as number;
  // An array is slow to read at a negative index, and most places are in no pattern.
  return index < 0 ? undefined : patterns[index];
}

/** The repetition of `pattern` that a place in it belongs to, from 0. */
export function repetitionOf({ at, period }: Pattern, place: number): number {
  return Math.floor((place - at) / period);
}

/** The place in the first repetition that corresponds to `place`; outside of patterns `place` itself. */
export function firstAt(folded: FoldedList, place: number): number {
  const pattern = patternAt(folded, place);
  return pattern === undefined ? place : pattern.at + ((place - pattern.at) % pattern.period);
}

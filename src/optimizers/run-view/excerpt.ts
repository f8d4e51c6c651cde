/** Chooses what is written of a problem: all of it, or the values nearest to the output. */

import { endOfPattern, type Pattern } from "../../graph/pattern.ts";
import { sortedByKey } from "../../util/count-sort.ts";
import { leftOutText } from "../../util/cut.ts";
import { contextOf, type Problem } from "../problem.ts";
import type { ContextValue, RunValues } from "./values.ts";

/** A part of a run: the place of a single value, or a pattern. */
export type RunBlock = number | Pattern;

/** The part of a problem that is written. */
export interface Excerpt {
  /** Values that several runs share. */
  readonly shared: readonly ContextValue[];
  /** The blocks of a run in order. Runs are numbered from 0. */
  blocksOf(run: number): Iterable<RunBlock>;
  /** How many values are left out. */
  readonly left: number;
  /** The values, also those in patterns. */
  values(): Iterable<unknown>;
}

/** The text that says how much is left out. */
export function farLeftOutText(left: number): string {
  const rest = "farther from the output";
  return leftOutText(left, `value or call ${rest}`, `values and calls ${rest}`);
}

/** All of a problem. */
export function allOf(problem: Problem): Excerpt {
  return {
    shared: problem.shared,
    blocksOf: (run) => allBlocks(problem.runs[run]?.values as RunValues),
    left: 0,
    *values() {
      for (const { value } of contextOf(problem)) yield value;
    },
  };
}

/** Nothing of a problem. */
export function nothingOf({ shared, runs }: Problem): Excerpt {
  const left = shared.length + runs.reduce((sum, { values }) => sum + values.length, 0);
  return { shared: [], blocksOf: () => [], left, values: () => [] };
}

function* allBlocks({ length, patterns }: RunValues): Iterable<RunBlock> {
  let place = 0;
  for (const pattern of patterns) {
    while (place < pattern.at) yield place++;
    yield pattern;
    place = endOfPattern(pattern);
  }
  while (place < length) yield place++;
}

/** The values of a problem, nearest to the output first. Of two at the same distance the later one comes first. */
export class NearestFirst {
  readonly #problem: Problem;
  /** Where the values of each run begin, in a list of the shared values and then those of all runs. */
  readonly #starts: readonly number[];
  /** The indices into that list, nearest first. */
  readonly #order: Uint32Array;

  constructor(problem: Problem) {
    this.#problem = problem;
    const starts = [problem.shared.length];
    for (const { values } of problem.runs) starts.push((starts.at(-1) as number) + values.length);
    this.#starts = starts;
    this.#order = this.#sorted();
  }

  /** How many there are. */
  get length(): number {
    return this.#order.length;
  }

  /** The place of the `index`-th nearest value in its run; undefined for one that several runs share. */
  at(index: number): { readonly run: number; readonly place: number } | undefined {
    return this.#find(this.#order[index] as number);
  }

  /** The nearest `count` values. A pattern is written if its last value is among them. */
  first(count: number): Excerpt {
    const { shared, runs } = this.#problem;
    const chosen = this.#order.slice(0, count).sort();
    const blocks: RunBlock[][] = runs.map(() => []);
    for (const number of chosen) {
      const found = this.#find(number);
      if (found === undefined) continue;
      const { run, place } = found;
      const pattern = runs[run]?.values.patternAt(place);
      if (pattern === undefined) blocks[run]?.push(place);
      else if (place === endOfPattern(pattern) - 1) blocks[run]?.push(pattern);
    }
    const isShared = (number: number) => number < shared.length;
    const find = (number: number) => this.#find(number);
    return {
      shared: Array.from(chosen.filter(isShared), (number) => shared[number] as ContextValue),
      blocksOf: (run) => blocks[run] ?? [],
      left: this.length - count,
      *values() {
        for (const number of chosen) {
          const found = find(number);
          yield found === undefined ? shared[number]?.value : runs[found.run]?.values.valueAt(found.place);
        }
      },
    };
  }

  #find(number: number): { readonly run: number; readonly place: number } | undefined {
    if (number < this.#problem.shared.length) return undefined;
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) <= number) low = middle;
      else high = middle;
    }
    return { run: low, place: number - (this.#starts[low] as number) };
  }

  /** Distances are small integers, so a counting sort is quickest. */
  #sorted(): Uint32Array {
    const { shared, runs } = this.#problem;
    const distances = new Uint32Array(this.#starts.at(-1) as number);
    for (const [number, { distance }] of shared.entries()) distances[number] = distance;
    for (const [run, { values }] of runs.entries()) {
      const start = this.#starts[run] as number;
      for (let place = 0; place < values.length; place++) distances[start + place] = values.distanceAt(place);
    }
    const most = distances.reduce((known, next) => Math.max(known, next), 0);
    // Sorted farthest first and reversed, so that of two at the same distance the later one comes first.
    return sortedByKey(distances.map((distance) => most - distance)).reverse();
  }
}

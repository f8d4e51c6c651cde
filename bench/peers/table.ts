/** Paired results as a table, with t intervals of the differences. */

import { markdownTable } from "tracegrad/extend";
import { mean, standardError } from "../../src/util/statistics.ts";
import type { Shipped } from "./run-one.ts";

/** The runs of both libraries on one problem. */
export interface Pair {
  readonly problem: string;
  /** The budget that Python's gepa was given. */
  readonly calls: number;
  readonly seed: number;
  /** The score of the starting program. */
  readonly start: number;
  readonly theirs: Shipped;
  readonly ours: Shipped;
}

/** The mean of paired differences with its 95 % t interval. */
interface Interval {
  readonly mean: number;
  readonly half: number;
}

/** The 97.5 % quantile of Student's t, by its expansion around the normal one (Abramowitz and Stegun 26.7.5). */
function tQuantile(freedom: number): number {
  const z = 1.959964;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((sum, term, at) => sum + term / freedom ** (at + 1), z);
}

function intervalOf(pairs: readonly Pair[]): Interval {
  const differences = pairs.map(({ ours, theirs }) => ours.score - theirs.score);
  return { mean: mean(differences), half: tQuantile(differences.length - 1) * standardError(differences) };
}

function groupsOf(pairs: readonly Pair[]): readonly (readonly Pair[])[] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const key = `${pair.problem} ${pair.calls}`;
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()];
}

/** Whether tracegrad is behind on some problem at some budget. */
export function isBehind(pairs: readonly Pair[]): boolean {
  return groupsOf(pairs).some((group) => {
    const { mean: difference, half } = intervalOf(group);
    return difference + half < 0;
  });
}

/** A row for each problem and budget. */
export function tableOf(pairs: readonly Pair[]): string {
  const rows = groupsOf(pairs).map((group) => {
    const [{ problem }] = group as [Pair];
    const { mean: difference, half } = intervalOf(group);
    const shown = (of: (pair: Pair) => number) =>
      `${mean(group.map(of)).toFixed(3)} ± ${standardError(group.map(of)).toFixed(3)}`;
    return [
      problem,
      `${Math.round(mean(group.map(({ theirs }) => theirs.calls)))} / ${Math.round(mean(group.map(({ ours }) => ours.calls)))}`,
      mean(group.map(({ start }) => start)).toFixed(3),
      shown(({ theirs }) => theirs.score),
      shown(({ ours }) => ours.score),
      `${signed(difference)} (${signed(difference - half)} to ${signed(difference + half)})`,
    ];
  });
  const columns = [
    "problem",
    "judged runs, gepa / tracegrad",
    "start",
    "Python gepa",
    "tracegrad gepa()",
    "difference (95 %)",
  ];
  return markdownTable({ columns, rows });
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

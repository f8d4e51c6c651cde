/** Paired results as a table, with t intervals of the differences. */

import { markdownTable } from "tracegrad/report";
import { type Interval, tInterval } from "../../src/math/intervals.ts";
import { mean, standardError } from "../../src/math/statistics.ts";
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
  /** Both ship the best validation score. */
  readonly ours: Shipped;
  /** The same search, with what ships by the default acceptance, and by a proof. */
  readonly likely: Shipped;
  readonly proven: Shipped;
}

/** The paired differences of a group, tracegrad minus gepa, with their 95% t interval. */
function differenceOf(pairs: readonly Pair[]): Interval & { readonly mean: number } {
  const differences = pairs.map(({ ours, theirs }) => ours.score - theirs.score);
  const middle = mean(differences);
  // Where all runs end alike, there is nothing to estimate.
  return { mean: middle, ...(tInterval(differences) ?? { low: middle, high: middle }) };
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
  return groupsOf(pairs).some((group) => differenceOf(group).high < 0);
}

/** A row for each problem and budget. */
export function tableOf(pairs: readonly Pair[]): string {
  const rows = groupsOf(pairs).map((group) => {
    const [{ problem }] = group as [Pair];
    const difference = differenceOf(group);
    const shown = (of: (pair: Pair) => number) =>
      `${mean(group.map(of)).toFixed(3)} ± ${standardError(group.map(of)).toFixed(3)}`;
    return [
      problem,
      `${Math.round(mean(group.map(({ theirs }) => theirs.calls)))} / ${Math.round(mean(group.map(({ ours }) => ours.calls)))}`,
      mean(group.map(({ start }) => start)).toFixed(3),
      shown(({ theirs }) => theirs.score),
      shown(({ ours }) => ours.score),
      `${signed(difference.mean)} (${signed(difference.low)} to ${signed(difference.high)})`,
      shown(({ likely }) => likely.score),
      shown(({ proven }) => proven.score),
    ];
  });
  const columns = [
    "problem",
    "evaluations, gepa / tracegrad",
    "start",
    "Python gepa, ships best",
    "tracegrad gepa(), ships best",
    "difference (95%)",
    "ships likely",
    "ships proven",
  ];
  return markdownTable({ columns, rows });
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

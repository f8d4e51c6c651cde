/** The benches run, whatever the machine's speed: each job at a tiny size, in a process of its own. */

import { expect, test } from "vitest";
import { metricsOf } from "../../bench/metrics.ts";
import { compile } from "../../bench/process.ts";
import { type Measured, rowOf, tableOf, verdictOf } from "../../bench/table.ts";

const metrics = metricsOf(true);
const [metric] = metrics;

test("every job of every metric gives a finite number", async () => {
  const measure = await compile();
  const jobs = new Set(metrics.flatMap(({ floor, runs }) => [floor, ...runs]).map(({ job }) => job));
  for (const job of jobs) expect(await measure(job, 10)).toSatisfy(Number.isFinite);
});

test("goals are no looser than gates, and the sizes of a full run are no smaller than the quick ones", () => {
  const full = new Map(metricsOf(false).map((one) => [one.id, one]));
  for (const { id, goal, gate, runs } of metrics) {
    expect(goal).toBeLessThanOrEqual(gate);
    const sizes = full.get(id)?.runs.map(({ size }) => size);
    expect(sizes?.every((size, index) => size >= (runs[index]?.size ?? Infinity))).toBe(true);
  }
});

test("the median is judged, not the worst round, and no number is a broken gate", () => {
  if (metric === undefined) throw new Error("There is no metric.");
  const of = (...figures: number[]): Measured => ({ metric, figures, floors: [30, 31, 32] });
  expect(verdictOf(of(metric.goal, metric.goal - 1, 1_000))).toBe("good");
  expect(verdictOf(of(metric.gate, metric.gate, 1))).toBe("missed");
  expect(verdictOf(of(metric.gate + 1, metric.gate + 1, 1))).toBe("broken");
  expect(verdictOf(of(Number.NaN, Number.NaN, Number.NaN))).toBe("broken");
  expect(rowOf(of(3, 1, 2))).toMatchObject({ id: "P1", median: 2, min: 1, max: 3, verdict: "good" });
  expect(tableOf([of(3, 1, 2)])).toMatch(/\| P1 .*\| 2\.00 \[1\.00–3\.00\] \| 31\.0 ns \| good/);
});

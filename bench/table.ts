/** From the figures of all rounds to a verdict and a line of the table. */

import { median } from "./clock.ts";
import type { Metric } from "./metrics.ts";

/** What was measured of one metric. */
export interface Measured {
  readonly metric: Metric;
  /** One figure a round. */
  readonly figures: readonly number[];
  /** The floor beside each figure, in nanoseconds a call; bytes for bytes. */
  readonly floors: readonly number[];
}

/** `missed` is a goal that we wanted; `broken` is a gate, and fails the run. */
export type GateVerdict = "good" | "missed" | "broken";

/** Judges the median, which one disturbed round does not move. */
export function verdictOf({ metric, figures }: Measured): GateVerdict {
  const figure = median(figures);
  if (!(figure <= metric.gate)) return "broken";
  return figure <= metric.goal ? "good" : "missed";
}

/** One row as JSON. */
export function rowOf(measured: Measured): Readonly<Record<string, unknown>> {
  const { metric, figures, floors } = measured;
  const { id, name, unit, goal, gate, floor } = metric;
  const [min, max] = [Math.min(...figures), Math.max(...figures)];
  const middle = median(figures);
  return {
    id,
    name,
    unit,
    goal,
    gate,
    median: middle,
    min,
    max,
    figures,
    floor: { job: floor.job, values: floors },
    verdict: verdictOf(measured),
  };
}

/** The whole table as Markdown. */
export function tableOf(all: readonly Measured[]): string {
  const head = ["", "metric", "goal", "gate", "median [min–max]", "floor", "verdict"];
  const rows = all.map((measured) => {
    const { metric, figures, floors } = measured;
    const { id, name, unit, goal, gate } = metric;
    const range = `${short(median(figures))} [${short(Math.min(...figures))}–${short(Math.max(...figures))}]`;
    const floor = `${short(median(floors))} ${unit === "B" ? "B" : "ns"}`;
    return [id, name, `≤ ${short(goal)} ${unit}`, `≤ ${short(gate)} ${unit}`, range, floor, verdictOf(measured)];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

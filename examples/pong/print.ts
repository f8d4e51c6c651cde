/** What the demo prints at its end: the score curve, and how the program changed. */

import type { ScoredCandidate } from "tracegrad";
import { textDiff } from "../shared/print.ts";

/** A game ends at 21 points. */
export const scoreRange = { low: -21, high: 21 };

/** The scores of all programs as a curve, the first on the left. */
export function scoreCurve(means: readonly number[]): string {
  const levels = [21, 14, 7, 0, -7, -14, -21];
  const rows = levels.map((level) => {
    const marks = means.map((mean) => (Math.abs(mean - level) <= 3.5 ? " ●  " : level === 0 ? "····" : "    "));
    return `${String(level).padStart(4)} ┤${marks.join("")}`;
  });
  const axis = `     └${"────".repeat(means.length)}`;
  return [...rows, axis, `      ${means.map((_, step) => ` ${step}  `).join("")} optimizer steps`].join("\n");
}

/** The source of each function that differs between two programs, as a unified diff. */
export function programDiff(before: ScoredCandidate, after: ScoredCandidate): string {
  const patches = Object.keys(after.values)
    .map((name) => textDiff(name, String(before.values[name]), String(after.values[name])))
    .filter((patch) => patch !== "");
  return patches.length === 0 ? "The program did not change." : patches.join("\n");
}

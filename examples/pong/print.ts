/** What the demo prints: progress, the score curve, and how the program changed. */

import { styleText } from "node:util";
import { createTwoFilesPatch } from "diff";
import type { ParameterState } from "tracegrad";
import type { Evaluation } from "./play.ts";

const plain = !process.stdout.isTTY || process.env["NO_COLOR"] !== undefined;
type Style = Parameters<typeof styleText>[0];

/** Text in a style, where the terminal has styles. */
export function styled(style: Style, text: string): string {
  return plain ? text : styleText(style, text);
}

/** One evaluation as a line: a bar from -21 to 21, the mean, the spread. */
export function scoreLine(label: string, { mean, std, failed }: Evaluation): string {
  const width = 42;
  const filled = Math.round(((mean + 21) / 42) * width);
  const bar = styled(mean > 0 ? "green" : "yellow", "█".repeat(filled)) + styled("gray", "·".repeat(width - filled));
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  return `${label.padEnd(8)} ${bar} ${mean.toFixed(1).padStart(6)} ± ${std.toFixed(1)}${failures}`;
}

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

/** The source of each function that differs between two states, as a unified diff. */
export function programDiff(before: ParameterState, after: ParameterState): string {
  const changes = after.diff(before);
  const patches = changes.map(({ name, before: old, after: now }) => {
    const patch = createTwoFilesPatch(`${name} (start)`, `${name} (learned)`, `${old}\n`, `${now}\n`);
    return patch.split("\n").slice(1).map(colored).join("\n");
  });
  return patches.length === 0 ? "The program did not change." : patches.join("\n");
}

function colored(line: string): string {
  if (line.startsWith("+")) return styled("green", line);
  if (line.startsWith("-")) return styled("red", line);
  return line.startsWith("@@") ? styled("cyan", line) : line;
}

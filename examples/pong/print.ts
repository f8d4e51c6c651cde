/** What the demo prints at its end: the score curve, and how the program changed. */

import { styleText } from "node:util";
import { createTwoFilesPatch } from "diff";
import type { Candidate, EvaluationResult } from "tracegrad";
import { spreadText } from "tracegrad/extend";

const plain = !process.stdout.isTTY || process.env["NO_COLOR"] !== undefined;
type Style = Parameters<typeof styleText>[0];

/** Text in a style, where the terminal has styles. */
export function styled(style: Style, text: string): string {
  return plain ? text : styleText(style, text);
}

/** One score as a line: a bar from -21 to 21, the mean, its interval of 95 %. */
export function scoreLine(label: string, { mean, interval }: EvaluationResult): string {
  const width = 42;
  const filled = Math.round(((mean + 21) / 42) * width);
  const bar = styled(mean > 0 ? "green" : "yellow", "█".repeat(filled)) + styled("gray", "·".repeat(width - filled));
  return `${label.padEnd(8)} ${bar} ${spreadText({ mean, interval })}`;
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

/** The source of each function that differs between two programs, as a unified diff. */
export function programDiff(before: Candidate, after: Candidate): string {
  const changed = Object.keys(after.values).filter((name) => before.values[name] !== after.values[name]);
  const patches = changed.map((name) => {
    const [old, now] = [`${String(before.values[name])}\n`, `${String(after.values[name])}\n`];
    const patch = createTwoFilesPatch(`${name} (start)`, `${name} (learned)`, old, now);
    return patch.split("\n").slice(1).map(colored).join("\n");
  });
  return patches.length === 0 ? "The program did not change." : patches.join("\n");
}

function colored(line: string): string {
  if (line.startsWith("+")) return styled("green", line);
  if (line.startsWith("-")) return styled("red", line);
  return line.startsWith("@@") ? styled("cyan", line) : line;
}

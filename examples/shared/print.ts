/** What every demo prints in the same way: styled text, scores as bars, changed texts, and what to do next. */

import { styleText } from "node:util";
import { createTwoFilesPatch } from "diff";
import type { EvaluationResult } from "tracegrad";
import { spreadText } from "tracegrad/report";

const plain = !process.stdout.isTTY || process.env["NO_COLOR"] !== undefined;
type Style = Parameters<typeof styleText>[0];

/** Text in a style, where the terminal has styles. */
export function styled(style: Style, text: string): string {
  return plain ? text : styleText(style, text);
}

/** The lowest and the highest score there can be. */
export interface ScoreRange {
  readonly low: number;
  readonly high: number;
}

/** One score as a line: a bar over the range, the mean, its interval of 95%. */
export function scoreLine(label: string, { mean, interval }: EvaluationResult, { low, high }: ScoreRange): string {
  const width = 42;
  const share = (mean - low) / (high - low);
  const filled = Math.round(share * width);
  const bar = styled(share > 0.5 ? "green" : "yellow", "█".repeat(filled)) + styled("gray", "·".repeat(width - filled));
  return `${label.padEnd(8)} ${bar} ${spreadText({ mean, interval })}`;
}

/** How a text changed from the baseline to what was learned, as a unified diff; empty when it did not. */
export function textDiff(name: string, before: string, after: string): string {
  if (before === after) return "";
  const patch = createTwoFilesPatch(`${name} (baseline)`, `${name} (learned)`, `${before}\n`, `${after}\n`);
  return patch.split("\n").slice(1).map(colored).join("\n");
}

function colored(line: string): string {
  if (line.startsWith("+")) return styled("green", line);
  if (line.startsWith("-")) return styled("red", line);
  return line.startsWith("@@") ? styled("cyan", line) : line;
}

/** One thing to do after a demo: a command or a page, and what one gets from it. */
export type NextStep = readonly [what: string, why: string];

/** The end of every demo. */
export function nextSteps(steps: readonly NextStep[]): string {
  const width = Math.max(...steps.map(([what]) => what.length));
  const lines = steps.map(([what, why], at) => `  ${at + 1}. ${styled("cyan", what.padEnd(width))}  ${why}`);
  return [styled("bold", "What to do next"), ...lines].join("\n");
}

/** The result of `evaluate` as text for a terminal, and as a table for Markdown and spreadsheets. */

import type { EvaluationRow, EvaluationTable } from "../training/evaluate-types.ts";
import { headOf } from "../util/cut.ts";
import { preview } from "../util/preview.ts";
import { redactor } from "../util/redact.ts";
import { countText, plural, scoreText, spreadText, timeText } from "./figures.ts";
import { spentText } from "./result-text.ts";
import type { Table, TableCell } from "./table.ts";
import { textTable } from "./table.ts";
import { fitText, plainLine } from "./terminal.ts";

/** Options of {@link evaluationText}. */
export interface EvaluationTextOptions {
  /** The most rows: of a longer table the first ones, and the number of the others. Default: 50. */
  readonly maxRows?: number;
}

/** Columns that a text of the program or the guide may take. */
const maxWidth = 48;
/** The most characters of such a text that are read. */
const maxLength = 400;

/** The table for a terminal: rows with shortened texts, then the mean. Without control characters and secrets. */
export function evaluationText(table: EvaluationTable, { maxRows = 50 }: EvaluationTextOptions = {}): string {
  const redact = redactor();
  const { rows, spent, warnings } = table;
  const hasRepeats = rows.some(({ repeat }) => repeat > 0);
  const short = (text: string): string => fitText(plainLine(redact(plainLine(text))), maxWidth);
  const text = textTable({
    columns: ["example", ...(hasRepeats ? ["repeat"] : []), "score", "output", "feedback", "calls", "time"],
    rows: rows
      .slice(0, Math.max(0, maxRows))
      .map((row) => [
        short(row.id),
        ...(hasRepeats ? [row.repeat] : []),
        scoreText(row.score),
        short(valueText(row.output)),
        short(feedbackOf(row)),
        row.calls.length,
        row.seconds === undefined || row.seconds >= 10 ? timeText(row.seconds) : `${row.seconds.toFixed(1)} s`,
      ]),
  });
  const left = rows.length - maxRows;
  const lines = [
    ...(left > 0 ? [`… and ${plural(left, "more row")}`] : []),
    meanText(table),
    `spent ${spentText(spent)}`,
    ...stopText(table),
    ...warnings.map((warning) => `warning: ${plainLine(redact(plainLine(warning)))}`),
  ];
  return `${text}${lines.join("\n")}\n`;
}

function meanText(table: EvaluationTable): string {
  const note = table.interval === undefined ? "" : " (95%)";
  return `mean ${spreadText(table)}${note} over ${scoredText(table.rows)}, ${countText(table.failures)} failed`;
}

function stopText({ reason }: EvaluationTable): readonly string[] {
  if (reason === "done") return [];
  return [`some evaluations are missing: ${reason === "budget" ? "budget used up" : "stopped"}`];
}

/** Every field of every row in a column, uncut, for `markdownTable` and `csvTable`. It may contain secrets. */
export function evaluationTable({ rows }: EvaluationTable): Table {
  const measures = [...new Set(rows.flatMap(({ objectives }) => Object.keys(objectives ?? {})))];
  return {
    columns: [
      ...["id", "repeat", "input", "output", "target", "score", "text", ...measures],
      ...["error", "calls", "input_tokens", "output_tokens", "usd", "seconds"],
    ],
    rows: rows.map((row): readonly TableCell[] => [
      ...[row.id, row.repeat, valueText(row.input), valueText(row.output), valueText(row.target), row.score, row.text],
      ...measures.map((name) => row.objectives?.[name]),
      ...[row.error?.message, row.calls.length, sum(row, "inputTokens"), sum(row, "outputTokens"), sum(row, "usd")],
      row.seconds,
    ]),
  };
}

/** Undefined where a part is not known. */
function sum({ calls }: EvaluationRow, name: "inputTokens" | "outputTokens" | "usd"): number | undefined {
  return calls.reduce<number | undefined>((total, { [name]: part }) => {
    return total === undefined || part === undefined ? undefined : total + part;
  }, 0);
}

function feedbackOf({ error, text }: EvaluationRow): string {
  // The row names the example, and the width is short.
  const said = error?.message.replace(/^The guide failed on example "[^"]*": /, "guide failed: ") ?? text;
  return headOf(said, maxLength);
}

/** The number of examples in the mean: those with a score. */
function scoredText(rows: readonly EvaluationRow[]): string {
  const count = (some: readonly EvaluationRow[]): number => new Set(some.map(({ id }) => id)).size;
  const scored = count(rows.filter(({ score }) => score !== undefined));
  const all = plural(count(rows), "example");
  return scored === count(rows) ? all : `${scored} of ${all}`;
}

function valueText(value: unknown): string {
  return value === undefined ? "" : typeof value === "string" ? value : preview(value, maxLength);
}

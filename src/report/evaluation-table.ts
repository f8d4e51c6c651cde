/** The table that `evaluate` gives, as text for a terminal, and as a table for Markdown and spreadsheets. */

import type { EvaluationRow, EvaluationTable } from "../training/evaluate-types.ts";
import { preview } from "../util/preview.ts";
import { redactor } from "../util/redact.ts";
import { countText, plural, scoreText, spreadText, timeText } from "./figures.ts";
import { spentText } from "./result-text.ts";
import type { Cell, Table } from "./table.ts";
import { textTable } from "./table.ts";
import { fitted, plainLine } from "./terminal.ts";

/** Options of {@link evaluationText}. */
export interface EvaluationTextOptions {
  /** The most rows that are shown; of more the first ones are, and the number of the others. Default: 50. */
  readonly maxRows?: number;
}

/** Columns that a text of a program or a judge may take. */
const widest = 48;
/** Characters of it that are looked at. */
const mostLetters = 400;

/**
 * The table for a terminal: a line a row with shortened texts, then the mean. Without control characters and secrets.
 */
export function evaluationText(table: EvaluationTable, { maxRows = 50 }: EvaluationTextOptions = {}): string {
  const redact = redactor();
  const { rows, failures, spent, reason, warnings } = table;
  const hasRepeats = rows.some(({ repeat }) => repeat > 0);
  const short = (text: string): string => fitted(plainLine(redact(plainLine(text))), widest);
  const text = textTable({
    columns: ["example", ...(hasRepeats ? ["repeat"] : []), "score", "output", "said", "calls", "time"],
    rows: rows
      .slice(0, Math.max(0, maxRows))
      .map((row) => [
        short(row.id),
        ...(hasRepeats ? [row.repeat] : []),
        scoreText(row.score),
        short(valueText(row.output)),
        short(saidOf(row)),
        row.calls.length,
        row.seconds === undefined || row.seconds >= 10 ? timeText(row.seconds) : `${row.seconds.toFixed(1)} s`,
      ]),
  });
  const left = rows.length - maxRows;
  const lines = [
    ...(left > 0 ? [`… and ${plural(left, "more row")}`] : []),
    `mean ${spreadText(table)}${table.interval === undefined ? "" : " (95 %)"} over ${scoredText(rows)}, ${countText(failures)} failed`,
    `spent ${spentText(spent)}`,
    ...(reason === "done"
      ? []
      : [`not all of the runs were made: ${reason === "budget" ? "the budget is spent" : "stopped"}`]),
    ...warnings.map((warning) => `warning: ${plainLine(redact(plainLine(warning)))}`),
  ];
  return `${text}${lines.join("\n")}\n`;
}

/** Every field of every row whole, in a column of its own; for `markdownTable` and `csvTable`. Secrets stand in it. */
export function evaluationTable({ rows }: EvaluationTable): Table {
  const measures = [...new Set(rows.flatMap(({ objectives }) => Object.keys(objectives ?? {})))];
  return {
    columns: [
      ...["id", "repeat", "input", "output", "target", "score", "text", ...measures],
      ...["error", "calls", "input_tokens", "output_tokens", "usd", "seconds"],
    ],
    rows: rows.map((row): readonly Cell[] => [
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

function saidOf({ error, text }: EvaluationRow): string {
  // The row names the example, and the width is short.
  return (error?.message.replace(/^The guide failed on example "[^"]*": /, "guide failed: ") ?? text).slice(
    0,
    mostLetters,
  );
}

/** How many examples the mean is over: those with a score. */
function scoredText(rows: readonly EvaluationRow[]): string {
  const count = (some: readonly EvaluationRow[]): number => new Set(some.map(({ id }) => id)).size;
  const scored = count(rows.filter(({ score }) => score !== undefined));
  const all = plural(count(rows), "example");
  return scored === count(rows) ? all : `${scored} of ${all}`;
}

function valueText(value: unknown): string {
  return value === undefined ? "" : typeof value === "string" ? value : preview(value, mostLetters);
}

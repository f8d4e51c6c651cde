/** What a study led to, as tables: one for people, one for spreadsheets. */

import type { MeanEstimate, StudyResult, StudyRow } from "../training/study/types.ts";
import { scoreText, spreadText } from "./figures.ts";
import type { Cell, Table } from "./table.ts";

/**
 * A row a cell of the grid: its choices, then means [and their intervals of 95 %] of start and chosen program on the
 * sealed test set.
 */
export function studyTable({ axes, rows, trials }: StudyResult): Table {
  const hasErrors = rows.some(({ errors }) => errors.length > 0);
  return {
    columns: [
      ...axes,
      "start [95 %]",
      "learned [95 %]",
      "gain [95 %]",
      "validation (chosen by it)",
      "trials",
      ...(hasErrors ? ["not finished because"] : []),
    ],
    rows: rows.map((row) => [
      ...axes.map((axis) => choiceText(row, axis)),
      spreadText(row.baseline),
      spreadText(row.best),
      spreadText(row.gain),
      scoreText(row.validation?.best.mean),
      `${row.best?.values.length ?? 0}/${trials}`,
      ...(hasErrors ? [row.errors.join("; ")] : []),
    ]),
  };
}

/** The same with every figure whole, in a column of its own; `n` counts the trials that are finished. */
export function studyFigures({ axes, rows }: StudyResult): Table {
  const estimates = ["start", "learned", "gain"].flatMap((name) => [name, `${name}_se`, `${name}_low`, `${name}_high`]);
  return {
    columns: [...axes, "n", ...estimates, "validation_start", "validation_learned", "errors"],
    rows: rows.map((row) => [
      ...axes.map((axis) => choiceText(row, axis)),
      row.best?.values.length ?? 0,
      ...[row.baseline, row.best, row.gain].flatMap(figures),
      ...[row.validation?.baseline.mean, row.validation?.best.mean],
      row.errors.join("; "),
    ]),
  };
}

/** A choice as a cell: texts as they are, everything else as JSON. */
export function choiceText({ choice }: StudyRow, axis: string): Cell {
  const value = choice[axis];
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

function figures(estimate: MeanEstimate | undefined): readonly Cell[] {
  return [estimate?.mean, estimate?.standardError, estimate?.interval?.low, estimate?.interval?.high];
}

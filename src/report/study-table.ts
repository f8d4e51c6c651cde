/** The result of a study as tables: one for people, one for spreadsheets. */

import type { MeanEstimate, StudyResult, StudyRow } from "../training/study/types.ts";
import { scoreText, spreadText } from "./figures.ts";
import type { Table, TableCell } from "./table.ts";

/**
 * A row for each cell of the grid: its choices, then means [and their intervals of 95%] of the baseline and of what
 * ships on the sealed test set.
 */
export function studyTable({ axes, rows, trials }: StudyResult): Table {
  const hasErrors = rows.some(({ errors }) => errors.length > 0);
  return {
    columns: [
      ...axes,
      "baseline [95%]",
      "learned [95%]",
      "gain [95%]",
      "validation (used to choose)",
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

/** The same with every figure in a column, unrounded; `n` counts the finished trials. */
export function studyFigures({ axes, rows }: StudyResult): Table {
  const estimates = ["baseline", "learned", "gain"].flatMap((name) => [
    name,
    `${name}_se`,
    `${name}_low`,
    `${name}_high`,
  ]);
  return {
    columns: [...axes, "n", ...estimates, "validation_baseline", "validation_learned", "errors"],
    rows: rows.map((row) => [
      ...axes.map((axis) => choiceText(row, axis)),
      row.best?.values.length ?? 0,
      ...[row.baseline, row.best, row.gain].flatMap(figures),
      ...[row.validation?.baseline.mean, row.validation?.best.mean],
      row.errors.join("; "),
    ]),
  };
}

/** A choice as a cell: texts, numbers and truth values unchanged, everything else as JSON. */
export function choiceText({ choice }: StudyRow, axis: string): TableCell {
  const value = choice[axis];
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

function figures(estimate: MeanEstimate | undefined): readonly TableCell[] {
  return [estimate?.mean, estimate?.standardError, estimate?.interval?.low, estimate?.interval?.high];
}

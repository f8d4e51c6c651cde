/** What a study led to, as tables: one for people, one for spreadsheets. */

import type { Estimate, StudyResult, StudyRow } from "../training/study/types.ts";
import { spreadText } from "./figures.ts";
import type { Cell, Table } from "./table.ts";

/** A row a cell of the grid: its choices, then means ± standard errors of start and chosen program on the sealed test set. */
export function studyTable({ axes, rows, trials }: StudyResult): Table {
  const hasErrors = rows.some(({ errors }) => errors.length > 0);
  return {
    columns: [
      ...axes,
      "start",
      "learned",
      "gain",
      "validation",
      "trials",
      ...(hasErrors ? ["not finished because"] : []),
    ],
    rows: rows.map((row) => [
      ...axes.map((axis) => choiceText(row, axis)),
      estimateText(row.start),
      estimateText(row.best),
      estimateText(row.gain),
      estimateText(row.validation?.best),
      `${row.best?.values.length ?? 0}/${trials}`,
      ...(hasErrors ? [row.errors.join("; ")] : []),
    ]),
  };
}

/** The same with every figure whole, in a column of its own; `n` counts the trials that are finished. */
export function studyFigures({ axes, rows }: StudyResult): Table {
  const estimates = ["start", "learned", "gain", "validation_start", "validation_learned"];
  return {
    columns: [...axes, "n", ...estimates.flatMap((name) => [name, `${name}_se`]), "errors"],
    rows: rows.map((row) => [
      ...axes.map((axis) => choiceText(row, axis)),
      row.best?.values.length ?? 0,
      ...[row.start, row.best, row.gain, row.validation?.start, row.validation?.best].flatMap(figures),
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

function estimateText(estimate: Estimate | undefined): string {
  return spreadText(estimate?.mean, estimate?.standardError);
}

function figures(estimate: Estimate | undefined): readonly Cell[] {
  return [estimate?.mean, estimate?.standardError];
}

/** Rows as numbers: an encoder learns medians, scales and levels from some rows, and then encodes any rows. */

import type { Matrix } from "./matrix.ts";

/** A value of a table. */
export type Cell = number | string | boolean | null;

/** A row of a table: values by column. Missing values are null. */
export type TableRow = Readonly<Record<string, Cell>>;

/** How a column becomes numbers. */
type Column =
  | {
      readonly name: string;
      readonly kind: "number";
      readonly median: number;
      readonly mean: number;
      readonly scale: number;
    }
  | { readonly name: string; readonly kind: "text"; readonly levels: readonly string[] };

/** What {@link fitEncoder} learned. */
export interface Encoder {
  readonly kind: "encoder";
  readonly columns: readonly Column[];
  /** The names of the features, in the order of the numbers. */
  readonly features: readonly string[];
}

/** Options of {@link fitEncoder}. */
export interface EncoderOptions {
  /** The columns to encode. Default: all of the first row. */
  readonly columns?: readonly string[];
  /** A level of a text column with fewer rows gets no feature of its own. Default: 5. */
  readonly minCount?: number;
}

/**
 * Learns how to encode rows. A column of numbers and booleans gets its median where a value is missing, then mean 0 and
 * deviation 1. Any other column gets a feature, 0 or 1, for each of its levels.
 */
export function fitEncoder(rows: readonly TableRow[], options: EncoderOptions = {}): Encoder {
  const first = rows[0];
  if (first === undefined) throw new RangeError("fitEncoder: there are no rows.");
  const names = options.columns ?? Object.keys(first);
  const unknown = names.find((name) => !(name in first));
  if (unknown !== undefined) throw new RangeError(`fitEncoder: the rows have no column "${unknown}".`);
  const columns = names.map((name) => columnOf(name, rows, options.minCount ?? 5));
  const features = columns.flatMap((column) =>
    column.kind === "number" ? [column.name] : column.levels.map((level) => `${column.name}=${level}`),
  );
  return { kind: "encoder", columns, features };
}

function columnOf(name: string, rows: readonly TableRow[], minCount: number): Column {
  const cells = rows.map((row) => row[name] ?? null).filter((cell) => cell !== null);
  if (cells.some((cell) => typeof cell === "string")) {
    const counts = new Map<string, number>();
    for (const cell of cells) counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1);
    const levels = [...counts].filter(([, count]) => count >= minCount).map(([level]) => level);
    return { name, kind: "text", levels: levels.sort() };
  }
  const numbers = cells.map(Number).filter(Number.isFinite);
  const median = medianOf(numbers);
  const filled = rows.map((row) => numberOf(row[name], median));
  const mean = filled.reduce((sum, value) => sum + value, 0) / filled.length;
  const variance = filled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / filled.length;
  return { name, kind: "number", median, mean, scale: Math.sqrt(variance) || 1 };
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

function numberOf(cell: Cell | undefined, median: number): number {
  if (cell === null || cell === undefined || cell === "") return median;
  const value = Number(cell);
  return Number.isFinite(value) ? value : median;
}

/** Encodes rows as an encoder has learned it. Levels that it has not seen get 0 everywhere. */
export function encodeRows(encoder: Encoder, rows: readonly TableRow[]): Matrix {
  if (encoder?.kind !== "encoder") throw new TypeError("encodeRows: the first argument is an encoder of fitEncoder.");
  return rows.map((row) =>
    encoder.columns.flatMap((column) => {
      const cell = row[column.name];
      if (column.kind === "number") return [(numberOf(cell, column.median) - column.mean) / column.scale];
      return column.levels.map((level) => (cell !== null && cell !== undefined && String(cell) === level ? 1 : 0));
    }),
  );
}

/** A pattern that repeats, as a table: one row a repetition, one column for each value that differs. */

import { isRecord } from "../../util/is-record.ts";
import { preview } from "../../util/preview.ts";
import type { RepeatBlock } from "../fold.ts";
import { keyOf } from "./key.ts";
import { sequencesTitle, sequencesWithin } from "./sequences.ts";
import { statisticsOf } from "./statistics.ts";

/** The values of a pattern, and those around it, by their places. */
export interface TableValues {
  valueAt(place: number): unknown;
  /** The name without the number of a repetition. */
  stemAt(place: number): string;
  /** Whether the call of a value says all that it is: it has no column then. */
  isLiteralAt(place: number): boolean;
}

interface Column {
  readonly name: string;
  /** How many fields deep in a value it lies. */
  readonly depth: number;
  readonly values: readonly unknown[];
}

/** How deep records are taken apart into columns. */
const maxDepth = 4;

/** Records with more fields than that stay in one column. */
const maxFields = 30;

/** How a table is written. */
export interface TableLimits {
  /** The longest cell, in characters. */
  readonly cell: number;
  /** The most rows: the ends come first, then those in which something rare happened, then their neighbors. */
  readonly rows: number;
  /**
   * Where not all rows are written: how much the narrow columns take, which are written in full then, as a share of
   * the whole table. Default: 0.
   */
  readonly sequences?: number;
}

/** The lines of a table. Columns that never differ are said once, above it. */
export function tableLines(values: TableValues, block: RepeatBlock, limits: TableLimits): readonly string[] {
  const { varying, said, rare, texts, keys } = writtenTable(values, block, limits.cell);
  if (varying.length === 0) return said;
  const chosen = rowsWithin(rare, block.count, limits.rows);
  const lines = [["k", ...varying.map(({ name }) => name)].join("|")];
  let next = 0;
  for (const row of chosen) {
    if (row < next) continue;
    if (row > next) lines.push(`… (${rangeText(next, row - 1)} left out)`);
    next = row + 1;
    while (next < block.count && keys[next] === keys[row]) next += 1;
    lines.push(`${rangeText(row, next - 1)}|${texts[row]}`);
  }
  if (next < block.count) lines.push(`… (${rangeText(next, block.count - 1)} left out)`);
  if (chosen.length === block.count) return [...said, ...lines];
  const sequences = sequencesWithin(varying, (limits.sequences ?? 0) * lengthOf(texts));
  const full = new Set(sequences.map(({ column }) => column));
  return [
    ...said,
    ...(sequences.length === 0 ? [] : [sequencesTitle, ...sequences.map(({ line }) => line), "Some rows in full:"]),
    ...lines,
    ...statisticsOf(varying.filter((column) => !full.has(column))),
  ];
}

function lengthOf(texts: readonly string[]): number {
  let length = 0;
  for (const text of texts) length += text.length;
  return length;
}

interface WrittenTable {
  readonly cell: number;
  readonly varying: readonly WrittenColumn[];
  /** What is said above the table. */
  readonly said: readonly string[];
  /** All rows, without their numbers. */
  readonly texts: readonly string[];
  /** The rows in which a column differs that is nearly always the same. */
  readonly rare: readonly number[];
  /** What tells the rows apart. */
  readonly keys: readonly string[];
}

/** The last table of each pattern: a prompt that is too long is written with fewer and fewer rows. */
const written = new WeakMap<RepeatBlock, WrittenTable>();

function writtenTable(values: TableValues, block: RepeatBlock, cell: number): WrittenTable {
  const known = written.get(block);
  if (known?.cell === cell) return known;
  const columns = columnsOf(values, block).map((column) => ({ ...column, ...cellsOf(column, cell) }));
  const { varying, said } = withoutRepeats(columns);
  const texts = Array.from({ length: block.count }, (_, row) => varying.map(({ cells }) => cells[row]).join("|"));
  const keys = Array.from({ length: block.count }, (_, row) => varying.map((column) => column.keys[row]).join("|"));
  const table = { cell, varying, said, rare: rareRows(varying, block.count), texts, keys };
  written.set(block, table);
  return table;
}

/** The columns: the values of the pattern, records of one shape taken apart. */
function columnsOf(values: TableValues, { at, period, count }: RepeatBlock): readonly Column[] {
  return Array.from({ length: period }, (_, offset) => offset)
    .filter((offset) => !values.isLiteralAt(at + offset))
    .flatMap((offset) => {
      const own = Array.from({ length: count }, (_, row) => values.valueAt(at + row * period + offset));
      return takenApart({ name: values.stemAt(at + offset), depth: 0, values: own });
    });
}

/** A column of records as one column for each of their fields; a field that a record lacks is an empty cell. */
function takenApart(column: Column): readonly Column[] {
  const { name, depth, values } = column;
  const there = values.filter((value) => value !== undefined);
  if (depth === maxDepth || there.length === 0 || !there.every(isRecord)) return [column];
  const keys = [...new Set(there.flatMap((value) => Object.keys(value as object)))];
  if (keys.length === 0 || keys.length > maxFields) return [column];
  return keys.flatMap((key) => {
    const fields = values.map((value) => (value as Readonly<Record<string, unknown>> | undefined)?.[key]);
    return takenApart({ name: `${name}.${key}`, depth: depth + 1, values: fields });
  });
}

function cellsOf({ values }: Column, limit: number): Pick<WrittenColumn, "cells" | "keys"> {
  const cells = values.map((value) => (value === undefined ? "" : preview(value, limit)));
  return { cells, keys: cells.map((cell, row) => keyOf(values[row], cell, limit)) };
}

/**
 * The columns that tell something, and a line for each of the others: those that never differ, where they are not
 * empty, and those that are the same as another one.
 */
function withoutRepeats(columns: readonly WrittenColumn[]): {
  readonly varying: readonly WrittenColumn[];
  readonly said: readonly string[];
} {
  const byKeys = new Map<string, WrittenColumn>();
  const said: string[] = [];
  const gaps = new Set<string>();
  for (const column of columns) {
    const { name, cells, keys } = column;
    const filled = new Set(keys.filter((key) => key !== ""));
    const gap = cells.map((cell) => (cell === "" ? "0" : "1")).join("");
    const first = byKeys.get(keys.join("\n"));
    if (filled.size === 1 && !gap.includes("0")) said.push(`${name} = ${cells[0]} for every k`);
    else if (filled.size === 1 && gaps.has(gap))
      said.push(`${name} = ${cells[gap.indexOf("1")]} where it is not missing`);
    else if (first !== undefined) said.push(`${name} = ${first.name} for every k`);
    else {
      byKeys.set(keys.join("\n"), column);
      gaps.add(gap);
    }
  }
  return { varying: [...byKeys.values()], said };
}

/** Rows as their numbers, from 1. */
function rangeText(from: number, to: number): string {
  return from === to ? `${from + 1}` : `${from + 1} to ${to + 1}`;
}

interface WrittenColumn extends Column {
  readonly cells: readonly string[];
  /** What tells the values apart, also those that are alike as far as their cells go. */
  readonly keys: readonly string[];
}

/** How far around a row in which something rare happened others are kept. */
const around = 3;

/** The rows to write, in order: all of them, or those that tell most. */
function rowsWithin(rare: readonly number[], count: number, most: number): readonly number[] {
  if (count <= most) return Array.from({ length: count }, (_, row) => row);
  const near = rare.flatMap((row) => Array.from({ length: 2 * around + 1 }, (_, step) => row - around + step));
  const ends = [0, count - 1];
  const nearEnds = [1, 2, count - 3, count - 2];
  const spread = Array.from({ length: most }, (_, index) => Math.floor((index * count) / most));
  const order = [...ends, ...rare, ...nearEnds, ...near, ...spread].filter((row) => row >= 0 && row < count);
  return [...new Set(order)].slice(0, most).sort((a, b) => a - b);
}

/** The rows in which a column differs that is nearly always the same; those of the column that does so least first. */
function rareRows(columns: readonly WrittenColumn[], count: number): readonly number[] {
  const exceptions = columns.flatMap(({ keys }) => {
    const common = commonKey(keys);
    if (common === undefined) return [];
    return [Array.from({ length: count }, (_, row) => row).filter((row) => keys[row] !== common)];
  });
  return [...new Set(exceptions.sort((a, b) => a.length - b.length).flat())];
}

/** What nine rows in ten have; undefined when there is nothing. */
function commonKey(keys: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const [common, count] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most));
  return count >= 0.9 * keys.length ? common : undefined;
}

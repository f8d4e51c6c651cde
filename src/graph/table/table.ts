/** A pattern that repeats, as a table: one row a repetition, one column for each value that differs. */

import { append, getOrSet } from "../../util/collections.ts";
import { Room } from "../../util/room.ts";
import type { RepeatBlock } from "../fold.ts";
import { Column } from "./column.ts";
import { rareRows, rowsWithin } from "./rows.ts";
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

/** How a table is written. */
export interface TableLimits {
  /** The longest cell, in characters. */
  readonly cell: number;
  /**
   * The most rows: the ends come first, then those in which something rare happened, then their neighbors. Without any
   * there is no table, only a line that says so.
   */
  readonly rows: number;
  /** Whether records are taken apart into columns. Default: true. */
  readonly divided?: boolean;
  /**
   * Where not all rows are written: how much the narrow columns take, which are written in full then, as a share of
   * the whole table. Default: 0.
   */
  readonly sequences?: number;
}

/**
 * The lines of a table. Columns that never differ are said once, above it.
 * @param room Takes the lines of rows: when there is none left, the rest of them is missing. Default: without end.
 */
export function tableLines(
  values: TableValues,
  block: RepeatBlock,
  limits: TableLimits,
  room: Room = new Room(Number.POSITIVE_INFINITY),
): readonly string[] {
  const table = tableOf(values, block, limits.divided ?? true);
  const { varying } = table;
  if (limits.rows === 0 && varying.length > 0) return [`… (the values of k = 1 to ${block.count} left out)`];
  const said = table.said.map((line) => line(limits.cell));
  if (varying.length === 0) return said;
  const isWhole = block.count <= limits.rows;
  const rows = isWhole ? undefined : rowsWithin(table.rare(), block.count, limits.rows);
  const lines = [["k", ...varying.map(({ name }) => name)].join("|"), ...rowLines(table, rows, limits.cell, room)];
  if (isWhole || room.isOver) return [...said, ...lines];
  const { sequences: share = 0 } = limits;
  const sequences = share === 0 ? [] : sequencesWithin(varying, share * table.lengthWith(limits.cell));
  const full = new Set(sequences.map(({ column }) => column));
  return [
    ...said,
    ...(sequences.length === 0 ? [] : [sequencesTitle, ...sequences.map(({ line }) => line), "Some rows in full:"]),
    ...lines,
    ...statisticsOf(
      varying.filter((column) => !full.has(column)),
      limits.cell,
    ),
  ];
}

/** A table, with what it takes a look at all rows to know. */
class PatternTable {
  readonly count: number;
  readonly varying: readonly Column[];
  /** What is said above the table, with cells of a limit. */
  readonly said: readonly ((cell: number) => string)[];
  #rare: readonly number[] | undefined;
  readonly #lengths = new Map<number, number>();

  constructor(columns: readonly Column[], count: number) {
    this.count = count;
    ({ varying: this.varying, said: this.said } = withoutRepeats(columns));
  }

  /** The rows in which a column differs that is nearly always the same. */
  rare(): readonly number[] {
    return (this.#rare ??= rareRows(this.varying, this.count));
  }

  isSameAt(row: number, other: number): boolean {
    return this.varying.every((column) => column.isSameAt(row, other));
  }

  /** The characters of all rows, without their numbers. */
  lengthWith(cell: number): number {
    let length = this.#lengths.get(cell);
    if (length === undefined) {
      length = this.count * (this.varying.length - 1);
      for (const column of this.varying) {
        for (let row = 0; row < this.count; row++) length += column.cellAt(row, cell).length;
      }
      this.#lengths.set(cell, length);
    }
    return length;
  }
}

/** The tables of each pattern: a prompt that is too long is written with fewer and fewer rows. */
const divided = new WeakMap<RepeatBlock, PatternTable>();
const undivided = new WeakMap<RepeatBlock, PatternTable>();

function tableOf(values: TableValues, block: RepeatBlock, isDivided: boolean): PatternTable {
  return getOrSet(isDivided ? divided : undivided, block, () => {
    const columns = columnsOf(values, block);
    return new PatternTable(isDivided ? columns.flatMap((column) => column.takenApart()) : columns, block.count);
  });
}

/** The columns: the values of the pattern. */
function columnsOf(values: TableValues, { at, period, count }: RepeatBlock): readonly Column[] {
  return Array.from({ length: period }, (_, offset) => offset)
    .filter((offset) => !values.isLiteralAt(at + offset))
    .map((offset) => {
      const own = Array.from({ length: count }, (_, row) => values.valueAt(at + row * period + offset));
      return new Column(values.stemAt(at + offset), own);
    });
}

/** The rows, by default all of them, as far as there is room. Equal ones in a row are written once. */
function rowLines(
  table: PatternTable,
  rows: readonly number[] | undefined,
  cell: number,
  room: Room,
): readonly string[] {
  const { count, varying } = table;
  const lines: string[] = [];
  const add = (line: string) => {
    lines.push(line);
    room.take(line);
  };
  let next = 0;
  for (let index = 0; index < (rows?.length ?? count) && !room.isOver; index++) {
    const row = rows === undefined ? index : (rows[index] as number);
    if (row < next) continue;
    if (row > next) add(`… (${rangeText(next, row - 1)} left out)`);
    next = row + 1;
    while (next < count && table.isSameAt(next, row)) next += 1;
    add(`${rangeText(row, next - 1)}|${varying.map((column) => column.cellAt(row, cell)).join("|")}`);
  }
  if (next < count && !room.isOver) add(`… (${rangeText(next, count - 1)} left out)`);
  return lines;
}

/**
 * The columns that tell something, and a line for each of the others: those that never differ, where they are not
 * empty, and those that are the same as another one.
 */
function withoutRepeats(columns: readonly Column[]): Pick<PatternTable, "varying" | "said"> {
  const varying: Column[] = [];
  const said: ((cell: number) => string)[] = [];
  const known = new KnownColumns();
  for (const column of columns) {
    const { name, keys } = column;
    const filled = keys.findIndex((key) => key !== undefined);
    const isOne = filled >= 0 && keys.every((key) => key === undefined || Object.is(key, keys[filled]));
    const same = isOne ? undefined : known.sameAs(column);
    if (isOne && !keys.includes(undefined)) said.push((cell) => `${name} = ${column.cellAt(0, cell)} for every k`);
    else if (isOne && known.isMissingLike(column))
      said.push((cell) => `${name} = ${column.cellAt(filled, cell)} where it is not missing`);
    else if (same !== undefined) said.push(() => `${name} = ${same.name} for every k`);
    else {
      varying.push(column);
      known.add(column);
    }
  }
  return { varying, said };
}

/** Columns by what is in them: there may be thousands, too many to compare each with each. */
class KnownColumns {
  readonly #numbers = new Map<unknown, number>();
  readonly #byHash = new Map<number, Column[]>();
  /** In which rows values are missing, as texts. */
  readonly #missing = new Set<string>();

  add(column: Column): void {
    append(this.#byHash, this.#hashOf(column), column);
    this.#missing.add(missingIn(column));
  }

  sameAs(column: Column): Column | undefined {
    return this.#byHash.get(this.#hashOf(column))?.find(({ keys }) => isSame(keys, column.keys));
  }

  isMissingLike(column: Column): boolean {
    return this.#missing.has(missingIn(column));
  }

  #hashOf({ keys }: Column): number {
    let hash = 0;
    for (const key of keys) {
      const number = getOrSet(this.#numbers, key, () => this.#numbers.size + 1);
      hash = (Math.imul(hash, 31) + number) | 0;
    }
    return hash;
  }
}

function isSame(keys: readonly unknown[], others: readonly unknown[]): boolean {
  return keys.every((key, row) => Object.is(key, others[row]));
}

function missingIn({ keys }: Column): string {
  return keys.map((key) => (key === undefined ? "0" : "1")).join("");
}

/** Rows as their numbers, from 1. */
function rangeText(from: number, to: number): string {
  return from === to ? `${from + 1}` : `${from + 1} to ${to + 1}`;
}

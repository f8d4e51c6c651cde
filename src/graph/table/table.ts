/** A pattern as a table: one row a repetition, one column for each value that differs. */

import { append, getOrSet } from "../../util/collections.ts";
import { Room } from "../../util/room.ts";
import type { Pattern } from "../pattern.ts";
import { Column } from "./column.ts";
import { rareRows, rowsWithin } from "./rows.ts";
import { sequencesTitle, sequencesWithin } from "./sequences.ts";
import { statisticsOf } from "./statistics.ts";

/** The values of a folded list by their places. */
export interface TableValues {
  valueAt(place: number): unknown;
  /** The name of a value without the number of its repetition. */
  stemAt(place: number): string;
  /** Whether the call of a value says all of it. Then it has no column. */
  isLiteralAt(place: number): boolean;
}

/** How a table is written. */
export interface TableLimits {
  /** The longest cell, in characters. */
  readonly cell: number;
  /**
   * The most rows. The ends are kept first, then rows with rare values, then their neighbors. With 0 a line replaces the
   * table.
   */
  readonly rows: number;
  /** Whether records become a column for each field. Default: true. */
  readonly divided?: boolean;
  /**
   * If rows are left out: the length of the narrow columns that are written in full all the same, as a share of the
   * whole table. Default: 0.
   */
  readonly sequences?: number;
}

/**
 * The lines of a table. A column that never differs is one line above it.
 * @param room Is charged for the rows, which end when it is used up. Default: no limit.
 */
export function tableLines(
  values: TableValues,
  pattern: Pattern,
  limits: TableLimits,
  room: Room = new Room(Number.POSITIVE_INFINITY),
): readonly string[] {
  const table = tableOf(values, pattern, limits.divided ?? true);
  const { varying } = table;
  if (limits.rows === 0 && varying.length > 0) return [`… (the values of k = 1 to ${pattern.count} left out)`];
  const said = table.said.map((line) => line(limits.cell));
  if (varying.length === 0) return said;
  const isWhole = pattern.count <= limits.rows;
  const rows = isWhole ? undefined : rowsWithin(table.rare(), pattern.count, limits.rows);
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

/** A table. What needs a look at all rows is computed once. */
class PatternTable {
  readonly count: number;
  readonly varying: readonly Column[];
  /** Writes the lines above the table, given the longest cell. */
  readonly said: readonly ((cell: number) => string)[];
  #rare: readonly number[] | undefined;
  readonly #lengths = new Map<number, number>();

  constructor(columns: readonly Column[], count: number) {
    this.count = count;
    ({ varying: this.varying, said: this.said } = withoutRepeats(columns));
  }

  /** The rows with rare values. */
  rare(): readonly number[] {
    return (this.#rare ??= rareRows(this.varying, this.count));
  }

  isSameAt(row: number, other: number): boolean {
    return this.varying.every((column) => column.isSameAt(row, other));
  }

  /** The characters of all rows, without their numbers. */
  lengthWith(cell: number): number {
    return getOrSet(this.#lengths, cell, () => {
      let length = this.count * (this.varying.length - 1);
      for (const column of this.varying) {
        for (let row = 0; row < this.count; row++) length += column.cellAt(row, cell).length;
      }
      return length;
    });
  }
}

/** The tables of each pattern. A prompt that is too long is written again with fewer rows. */
const divided = new WeakMap<Pattern, PatternTable>();
const undivided = new WeakMap<Pattern, PatternTable>();

function tableOf(values: TableValues, pattern: Pattern, isDivided: boolean): PatternTable {
  return getOrSet(isDivided ? divided : undivided, pattern, () => {
    const columns = columnsOf(values, pattern);
    return new PatternTable(isDivided ? columns.flatMap((column) => column.fieldColumns()) : columns, pattern.count);
  });
}

/** A column for each value of a repetition. */
function columnsOf(values: TableValues, { at, period, count }: Pattern): readonly Column[] {
  return Array.from({ length: period }, (_, offset) => offset)
    .filter((offset) => !values.isLiteralAt(at + offset))
    .map((offset) => {
      const own = Array.from({ length: count }, (_, row) => values.valueAt(at + row * period + offset));
      return new Column(values.stemAt(at + offset), own);
    });
}

/** The rows, by default all, as long as there is room. Equal neighbors are one line. */
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

/** The columns with values of their own, and a line for each other one: it never differs, or is the same as another. */
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

/** Columns by their values. There may be thousands, too many to compare each with each. */
class KnownColumns {
  readonly #byHash = new Map<number, Column[]>();
  /** The rows without a value, as a text for each column. */
  readonly #missing = new Set<string>();

  add(column: Column): void {
    append(this.#byHash, hashOf(column), column);
    this.#missing.add(missingIn(column));
  }

  sameAs(column: Column): Column | undefined {
    return this.#byHash.get(hashOf(column))?.find(({ keys }) => isSame(keys, column.keys));
  }

  isMissingLike(column: Column): boolean {
    return this.#missing.has(missingIn(column));
  }
}

function isSame(keys: readonly unknown[], others: readonly unknown[]): boolean {
  return keys.every((key, row) => Object.is(key, others[row]));
}

function hashOf({ keys }: Column): number {
  let hash = 0;
  for (const key of keys) hash = (Math.imul(hash, 31) + hashOfKey(key)) | 0;
  return hash;
}

/** Small, and often different where keys are: it is computed for every cell. */
function hashOfKey(key: unknown): number {
  // Of a number both what is before and what is after its point.
  if (typeof key === "number") return (key * 0x10_0001) | 0;
  if (typeof key === "string") return key.length * 31 + key.charCodeAt(key.length >> 1);
  return key === undefined ? 1 : key === true ? 2 : 3;
}

function missingIn({ keys }: Column): string {
  const rows: number[] = [];
  for (let row = 0; row < keys.length; row++) if (keys[row] === undefined) rows.push(row);
  return rows.join();
}

/** Rows as their numbers, from 1. */
function rangeText(from: number, to: number): string {
  return from === to ? `${from + 1}` : `${from + 1} to ${to + 1}`;
}

/** Sums up columns of a table of which not all rows are written. */

import { getOrSet } from "../../util/collections.ts";

/** A column that is summed up. */
export interface SummedColumn {
  readonly name: string;
  readonly values: readonly unknown[];
  /** What tells the values apart; undefined for one that is missing. */
  readonly keys: readonly unknown[];
  /** A value as text, in about `limit` characters at most. */
  cellAt(row: number, limit: number): string;
}

/** A line a column under a title: of numbers what they were between, of other values how many there were. */
export function statisticsOf(columns: readonly SummedColumn[], cell: number): readonly string[] {
  return columns.length === 0 ? [] : ["Over all rows:", ...columns.map((column) => lineOf(column, cell))];
}

/** What is known of the columns of the last tables: a prompt that is too long is written many times. */
const known = new WeakMap<SummedColumn, Summary>();

interface Summary {
  readonly text: string;
  /** What most rows have, if they have anything in common. */
  readonly often?: { readonly row: number; readonly count: number };
}

function lineOf(column: SummedColumn, cell: number): string {
  const { text, often } = getOrSet(known, column, () => numbersIn(column) ?? valuesIn(column));
  const most = often === undefined ? "" : `, most often ${column.cellAt(often.row, cell)} (${often.count} rows)`;
  return `${column.name}: ${text}${most}`;
}

/**
 * What the finite numbers of a column were between, and how many are not finite: one of those would be all that a mean
 * says. Undefined where no number is finite, or there is something else too.
 */
function numbersIn({ values }: SummedColumn): Summary | undefined {
  let [count, odd, sum, least, most] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (typeof value === "number" && !Number.isFinite(value)) odd += 1;
    else if (typeof value === "number") {
      count += 1;
      sum += value;
      [least, most] = [Math.min(least, value), Math.max(most, value)];
    } else if (value !== undefined && value !== null) return undefined;
  }
  if (count === 0) return undefined;
  const mean = Number((sum / count).toPrecision(4));
  const rows = count === values.length ? "" : `, a number in ${count} rows`;
  const left = odd === 0 ? "" : `, NaN or infinite in ${odd}`;
  return { text: `${least} to ${most}, mean ${mean}, sum ${Number(sum.toPrecision(6))}${rows}${left}` };
}

function valuesIn({ keys }: SummedColumn): Summary {
  const found = new Map<unknown, { readonly row: number; count: number }>();
  for (let row = 0; row < keys.length; row++) {
    if (keys[row] !== undefined) getOrSet(found, keys[row], () => ({ row, count: 0 })).count += 1;
  }
  const often = [...found.values()].reduce((most, next) => (next.count > most.count ? next : most), {
    row: 0,
    count: 1,
  });
  return { text: `${found.size} distinct values`, ...(often.count === 1 ? {} : { often }) };
}

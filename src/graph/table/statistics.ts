/** Sums up the columns of a table with rows left out. */

import { getOrSet } from "../../util/collections.ts";
import type { Column } from "./column.ts";

/** A title and a line for each column: the range of numbers, or the count of other values. */
export function statisticsOf(columns: readonly Column[], cell: number): readonly string[] {
  return columns.length === 0 ? [] : ["Over all rows:", ...columns.map((column) => lineOf(column, cell))];
}

/** The summaries of columns. A prompt that is too long is written many times. */
const known = new WeakMap<Column, Summary>();

interface Summary {
  readonly text: string;
  /** The value of most rows, if two have the same. */
  readonly often?: { readonly row: number; readonly count: number };
}

function lineOf(column: Column, cell: number): string {
  const { text, often } = getOrSet(known, column, () => numbersIn(column) ?? valuesIn(column));
  const most = often === undefined ? "" : `, most often ${column.cellAt(often.row, cell)} (${often.count} rows)`;
  return `${column.name}: ${text}${most}`;
}

/**
 * The range, mean and sum of the finite numbers of a column, and how many others are not finite. Undefined if no
 * number is finite, or a value is no number.
 */
function numbersIn({ values }: Column): Summary | undefined {
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

function valuesIn({ keys }: Column): Summary {
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

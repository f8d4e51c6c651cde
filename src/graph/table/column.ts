/** The columns of a table: the values of calls in each repetition of a pattern, records of one shape taken apart. */

import { imageOf } from "../../util/images.ts";
import { isRecord } from "../../util/is-record.ts";
import { preview } from "../../util/preview.ts";
import { keysOf } from "./key.ts";

/** How deep records are taken apart into columns. */
const maxDepth = 4;

/** Records with more fields than that stay in one column. */
const maxFields = 30;

/** A column, without a text: texts are made of the cells that are written. */
export class Column {
  readonly name: string;
  /** How many fields deep in a value it lies. */
  readonly depth: number;
  readonly values: readonly unknown[];
  #keys: readonly unknown[] | undefined;

  constructor(name: string, values: readonly unknown[], depth = 0) {
    this.name = name;
    this.values = values;
    this.depth = depth;
  }

  /** What tells the values apart, also those that are alike as far as their cells go; undefined for a missing one. */
  get keys(): readonly unknown[] {
    return (this.#keys ??= keysOf(this.values));
  }

  /** A value as text, in about `limit` characters at most; empty for one that is missing. */
  cellAt(row: number, limit: number): string {
    return this.keys[row] === undefined ? "" : preview(this.values[row], limit);
  }

  isSameAt(row: number, other: number): boolean {
    return Object.is(this.keys[row], this.keys[other]);
  }

  /** A column of records as one column for each of their fields; a field that a record lacks is an empty cell. */
  takenApart(): readonly Column[] {
    const fields = this.depth === maxDepth ? undefined : fieldsOf(this.values);
    if (fields === undefined) return [this];
    return [...fields].flatMap(([field, values]) =>
      new Column(`${this.name}.${field}`, values, this.depth + 1).takenApart(),
    );
  }
}

/**
 * The fields of records, some of which may be missing, each with the value of every row; undefined where not all are
 * records that can be read, where some are images, and where there are too many fields.
 */
function fieldsOf(values: readonly unknown[]): ReadonlyMap<string, readonly unknown[]> | undefined {
  const fields = new Map<string, unknown[]>();
  try {
    for (const value of values) {
      if (value === undefined) continue;
      if (!isRecord(value) || imageOf(value) !== undefined) return undefined;
      for (const field of Object.keys(value)) fields.set(field, []);
      if (fields.size > maxFields) return undefined;
    }
    for (const value of values as readonly (Readonly<Record<string, unknown>> | undefined)[]) {
      for (const [field, column] of fields) column.push(value?.[field]);
    }
  } catch {
    // A Proxy or a getter that throws: the column shows which values cannot be read.
    return undefined;
  }
  return fields.size === 0 ? undefined : fields;
}

/** The columns of a table: the values of calls in each repetition of a pattern, records of one shape taken apart. */

import { imageOf } from "../../util/images.ts";
import { isRecord } from "../../util/is-record.ts";
import { stepText } from "../../util/path-text.ts";
import { preview } from "../../util/preview.ts";
import { keysOf } from "./key.ts";

/** How deep records are taken apart into columns. */
const maxDepth = 4;

/** Records with more fields than that stay in one column. */
const maxFields = 30;

/** The most columns of one value: a level of fields that makes more of them is not taken apart. */
const maxColumns = 40;

/** Records with a longer key stay in one column, so that names of columns are short. */
const maxKey = 100;

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

  /**
   * A column of records as one column for each of their fields, level by level as long as they are not too many; a
   * field that a record lacks is an empty cell.
   */
  takenApart(): readonly Column[] {
    let columns: readonly Column[] = [this];
    for (let level = this.depth; level < maxDepth; level++) {
      const next = columns.flatMap((column) => (column.depth === level ? column.#fields() : [column]));
      if (next.length > maxColumns) break;
      columns = next;
    }
    return columns;
  }

  #fields(): readonly Column[] {
    const fields = fieldsOf(this.values);
    if (fields === undefined) return [this];
    return Array.from(fields, ([field, values]) => new Column(this.name + fieldText(field), values, this.depth + 1));
  }
}

/** A key behind the name of a column. It may hold anything: lines of its own, and the sign between columns. */
function fieldText(key: string): string {
  return stepText(key).replaceAll("|", "\\u007c");
}

/**
 * The fields of records, some of which may be missing, each with the value of every row; undefined where not all are
 * records that can be read, where some are images, and where there are too many fields or too long keys.
 */
function fieldsOf(values: readonly unknown[]): ReadonlyMap<string, readonly unknown[]> | undefined {
  const fields = new Map<string, unknown[]>();
  try {
    for (const value of values) {
      if (value === undefined) continue;
      if (!isRecord(value) || imageOf(value) !== undefined) return undefined;
      for (const field of Object.keys(value)) {
        if (field.length > maxKey) return undefined;
        fields.set(field, []);
      }
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

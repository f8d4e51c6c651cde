/** The columns of a table: a value in each repetition of a pattern, or a field of it. */

import { imageOf } from "../../util/images.ts";
import { isRecord } from "../../util/is-record.ts";
import { stepText } from "../../util/path-text.ts";
import { preview } from "../../util/preview.ts";
import { keysOf } from "./key.ts";

/** The deepest fields that have columns. */
const maxDepth = 4;

/** Records with more fields than that stay in one column. */
const maxFields = 30;

/** The most columns of one value. A level of fields that would make more stays in its columns. */
const maxColumns = 40;

/** Records with a longer key stay in one column, to keep the names of columns short. */
const maxKey = 100;

/** A column. The text of a cell is made when it is written. */
export class Column {
  readonly name: string;
  /** The depth of the field in its value; 0 for the value itself. */
  readonly depth: number;
  readonly values: readonly unknown[];
  #keys: readonly unknown[] | undefined;

  constructor(name: string, values: readonly unknown[], depth = 0) {
    this.name = name;
    this.values = values;
    this.depth = depth;
  }

  /** Two values are the same if and only if their keys are, even where their cells are not. Undefined if missing. */
  get keys(): readonly unknown[] {
    return (this.#keys ??= keysOf(this.values));
  }

  /** A value as text of about `limit` characters at most; empty if it is missing. */
  cellAt(row: number, limit: number): string {
    return this.keys[row] === undefined ? "" : preview(this.values[row], limit);
  }

  isSameAt(row: number, other: number): boolean {
    return Object.is(this.keys[row], this.keys[other]);
  }

  /**
   * One column for each field of records, level by level, as long as there are not too many. A field that a record
   * lacks is an empty cell.
   */
  fieldColumns(): readonly Column[] {
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

/** A field in the name of a column. The key may hold anything, even the sign between columns. */
function fieldText(key: string): string {
  return stepText(key).replaceAll("|", "\\u007c");
}

/**
 * The fields of records, each with its value in every row. Undefined if a value is no record, cannot be read or is an
 * image, and if there are too many fields or a key is too long.
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

/** Rows of any shape as examples: which field is the input, which the target, which the id. */

import type { Fix } from "../../nodes/types.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { isThenable } from "../../util/thenable.ts";
import type { Example } from "../types.ts";
import { copyExample } from "./copy.ts";

/** The type of a row's `input` field, or else of its `question` field. */
export type InputOf<R> = R extends { readonly input: infer I }
  ? I
  : R extends { readonly question: infer I }
    ? I
    : Lacking<R, "input", "question">;

/** The type of a row's `target` field, or else of its `answer` field. */
export type TargetOf<R> = R extends { readonly target: infer K }
  ? K
  : R extends { readonly answer: infer K }
    ? K
    : Lacking<R, "target", "answer">;

/** The type of a field that the row type does not guarantee: unknown if rows may have any fields, or this one. */
type Lacking<R, Name extends string, Other extends string> = string extends keyof R
  ? unknown
  : [keyof R] extends [never]
    ? unknown
    : [keyof R & (Name | Other)] extends [never]
      ? Fix<`give \`${Name}: (row) => …\`, since the rows have no field \`${Name}\` or \`${Other}\``>
      : unknown;

/** How rows are read as examples. */
export interface RowOptions<R, I, K> {
  /** Gives the input of a row. Default: its `input` field, or else its `question` field. */
  readonly input?: (row: R, index: number) => I;
  /** Gives the target of a row. Default: its `target` field, or else its `answer` field. */
  readonly target?: (row: R, index: number) => K;
  /** Gives the id of a row, unique among all rows. Default: its `id` field, or else its index. */
  readonly id?: (row: R, index: number) => string;
}

/**
 * Rows as examples, in their order, with copies of the data.
 * @param shared Collects the types of objects in the data that cannot be copied.
 * @throws TracegradError `bad-row` for a row without input or target, with a promise instead, or with an id that is not
 * text.
 */
export function examplesOf<R, I, K>(
  rows: readonly R[],
  options: RowOptions<R, I, K>,
  shared: Set<string>,
): readonly Example<I, K>[] {
  return rows.map((row, index) => {
    const id = idOf(row, index, options.id);
    const input = valueOf(row, index, { name: "input", other: "question", pick: options.input });
    const target = valueOf(row, index, { name: "target", other: "answer", pick: options.target });
    return copyExample({ id, input, target }, shared);
  });
}

interface FieldChoice<R, T> {
  readonly name: "input" | "target";
  readonly other: string;
  readonly pick: ((row: R, index: number) => T) | undefined;
}

function valueOf<R, T>(row: R, index: number, { name, other, pick }: FieldChoice<R, T>): T {
  const own: unknown = pick === undefined ? fieldOf(row, name) : pick(row, index);
  // A null field is present: there being nothing may be the right answer.
  const value = own === undefined && pick === undefined ? fieldOf(row, other) : own;
  if (isThenable(value)) throw badRow(index, `has a promise as its ${name}: await it before the split`, name);
  if (value !== undefined) return value as T;
  if (pick !== undefined) throw badRow(index, `has no ${name}: the option \`${name}\` gave undefined for it`, name);
  throw badRow(index, `has no ${name}: it is ${preview(row, 120)}, without a field "${name}" or "${other}"`, name);
}

function idOf<R>(row: R, index: number, pick: RowOptions<R, unknown, unknown>["id"]): string {
  const id = pick === undefined ? (fieldOf(row, "id") ?? index) : pick(row, index);
  if (typeof id === "number" && Number.isFinite(id)) return String(id);
  if (typeof id === "string" && id !== "") return id;
  throw badRow(index, `has the id ${preview(id)}, which is not text or a number`, "id");
}

function fieldOf(row: unknown, name: string): unknown {
  if (typeof row !== "object" || row === null || !Object.hasOwn(row, name)) return undefined;
  return (row as Readonly<Record<string, unknown>>)[name];
}

function badRow(index: number, problem: string, option: string): TracegradError {
  return new TracegradError(
    "bad-row",
    `Row ${index} ${problem}. Fix the row, or give split \`${option}: (row) => …\`.`,
  );
}

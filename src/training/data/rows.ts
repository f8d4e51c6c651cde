/** Rows of any shape as examples: which field is the input, which the target, which the id. */

import type { Fix } from "../../nodes/types.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { isThenable } from "../../util/thenable.ts";
import type { Example } from "../types.ts";
import { keptExample } from "./copy.ts";

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

/**
 * What a row has in a field that its type does not have for sure: unknown where rows may have any fields, or this one.
 */
type Lacking<R, Name extends string, Other extends string> = string extends keyof R
  ? unknown
  : [keyof R] extends [never]
    ? unknown
    : [keyof R & (Name | Other)] extends [never]
      ? Fix<`give \`${Name}: (row) => …\`, since the rows have no field \`${Name}\` or \`${Other}\``>
      : unknown;

/** How rows are read as examples. */
export interface RowOptions<R, I, K> {
  /** Gives a row's input. Default: its `input` field, or else its `question` field. */
  readonly input?: (row: R, index: number) => I;
  /** Gives a row's target. Default: its `target` field, or else its `answer` field. */
  readonly target?: (row: R, index: number) => K;
  /** Gives a row's id, unique among all rows. Default: its `id` field, or else its index among the given rows. */
  readonly id?: (row: R, index: number) => string;
}

/**
 * Rows as examples, in their order, with copies of the data.
 * @param shared Takes the types of objects in the data that cannot be copied.
 * @throws TracegradError `bad-row` for a row without input or target, with a promise in their place, or with an id that
 * is no text.
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
    return keptExample({ id, input, target }, shared);
  });
}

interface Wanted<R, T> {
  readonly name: "input" | "target";
  readonly other: string;
  readonly pick: ((row: R, index: number) => T) | undefined;
}

function valueOf<R, T>(row: R, index: number, { name, other, pick }: Wanted<R, T>): T {
  const own: unknown = pick === undefined ? fieldOf(row, name) : pick(row, index);
  // A field that is null is there: that there is nothing may be the right answer.
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
  throw badRow(index, `has the id ${preview(id)}, which is no text or number`, "id");
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

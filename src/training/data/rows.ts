/** Rows of any shape as examples: which field is the input, which the target, which the id. */

import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import type { Example } from "../types.ts";

/** The type of a row's `input` field, or else of its `question` field. */
export type InputOf<R> = R extends { readonly input: infer I }
  ? I
  : R extends { readonly question: infer I }
    ? I
    : unknown;

/** The type of a row's `target` field, or else of its `answer` field. */
export type TargetOf<R> = R extends { readonly target: infer K }
  ? K
  : R extends { readonly answer: infer K }
    ? K
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
 * Rows as examples, in their order.
 * @throws TracegradError `bad-row` for a row without input or target, or with an id that is no text.
 */
export function examplesOf<R, I, K>(rows: readonly R[], options: RowOptions<R, I, K>): readonly Example<I, K>[] {
  return rows.map((row, index) =>
    Object.freeze({
      id: idOf(row, index, options.id),
      input: valueOf(row, index, { name: "input", other: "question", pick: options.input }),
      target: valueOf(row, index, { name: "target", other: "answer", pick: options.target }),
    }),
  );
}

interface Wanted<R, T> {
  readonly name: "input" | "target";
  readonly other: string;
  readonly pick: ((row: R, index: number) => T) | undefined;
}

function valueOf<R, T>(row: R, index: number, { name, other, pick }: Wanted<R, T>): T {
  const value = pick === undefined ? (fieldOf(row, name) ?? fieldOf(row, other)) : pick(row, index);
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
    `Row ${index} ${problem}. Mend the row, or give split \`${option}: (row) => …\`.`,
  );
}

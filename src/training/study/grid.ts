/** The cells of a grid, each with a name that is valid for a folder. */

import { TracegradError } from "../../util/errors.ts";
import { hashOf, stableStringify } from "../../util/json.ts";
import { preview } from "../../util/preview.ts";
import type { Choice, Grid } from "./types.ts";

/** One cell. */
export interface GridCell {
  /** Unique in its grid, also on file systems that ignore case. */
  readonly name: string;
  readonly choice: Choice;
}

const maxName = 80;

/**
 * All cells of a grid; the last name changes fastest. A grid without names has one cell.
 * @throws TracegradError `bad-grid` for a name without values, or with the same value twice; `not-json` for values that
 * are not JSON.
 */
export function cellsOf(grid: Grid): readonly GridCell[] {
  let choices: Choice[] = [{}];
  for (const [name, values] of Object.entries(grid)) {
    checkValues(name, values);
    choices = choices.flatMap((choice) => values.map((value) => ({ ...choice, [name]: value })));
  }
  return choices.map((choice) => ({ name: nameOf(choice), choice }));
}

function checkValues(name: string, values: unknown): void {
  if (!Array.isArray(values) || values.length === 0) {
    throw new TracegradError(
      "bad-grid",
      `The grid's \`${name}\` is a list of at least one value to try; got ${preview(values, 60)}. Write \`${name}: ` +
        `[1, 3]\`.`,
    );
  }
  const texts = values.map((value) => stableStringify(value));
  const twice = texts.find((text, index) => texts.indexOf(text) !== index);
  if (twice === undefined) return;
  throw new TracegradError("bad-grid", `The grid's \`${name}\` has the value ${twice} twice. Give each value once.`);
}

/** `batch-3_horizon-25`; with a hash at the end where the words are ambiguous. */
function nameOf(choice: Choice): string {
  const words = Object.entries(choice).map(([name, value]) => {
    const text = typeof value === "string" ? value : stableStringify(value);
    return { text: `${slug(name)}-${slug(text)}`, exact: isPlain(name, /^\w+$/) && isExact(value) };
  });
  if (words.length === 0) return "only";
  const text = words.map((word) => word.text).join("_");
  if (words.every(({ exact }) => exact) && text.length <= maxName) return text;
  return `${text.slice(0, maxName).replace(/[^a-z0-9]+$/i, "")}-${hashOf(choice).slice(0, 8)}`;
}

function slug(text: string): string {
  // Sliced first, since a value may be a whole prompt.
  const words = text.slice(0, maxName).replace(/[^A-Za-z0-9.]+/g, "-");
  return words.replace(/^[-.]+|[-.]+$/g, "") || "x";
}

/** Whether the slug of a value distinguishes it from all others. */
function isExact(value: unknown): boolean {
  if (typeof value === "boolean") return true;
  if (typeof value === "number") return isPlain(String(value), /^\d+(\.\d+)?$/);
  return typeof value === "string" && isPlain(value, /^[a-z][a-z0-9]*$/) && !["true", "false", "null"].includes(value);
}

function isPlain(text: string, pattern: RegExp): boolean {
  return pattern.test(text);
}

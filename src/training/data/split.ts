/**
 * Splits a data set into training, validation and a sealed test set, which share no example unless that is allowed
 * explicitly.
 */

import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requireWholeNumber } from "../../util/require.ts";
import { seeded, shuffled } from "../../util/rng.ts";
import type { Example } from "../types.ts";
import { contentHash } from "./hash.ts";
import { examplesOf, type InputOf, type RowOptions, type TargetOf } from "./rows.ts";
import { Sealed } from "./sealed.ts";

/** A data set in three parts. */
export interface Split<I = unknown, K = unknown> {
  readonly train: readonly Example<I, K>[];
  readonly validation: readonly Example<I, K>[];
  /** The remaining examples, sealed. */
  readonly test: Sealed<I, K>;
  /** What weakens the scores: validation on training examples, overlapping parts, data that a program could change. */
  readonly warnings: readonly string[];
}

/** Options of {@link split}. */
export interface SplitOptions<R, I, K> extends RowOptions<R, I, K> {
  /** The number of training examples, at least 1. */
  readonly train: number;
  /** The number of validation examples, 0 or more; or `"train"`, to validate on the training examples themselves. */
  readonly validation: number | "train";
  /** The seed for shuffling the rows before they are split. Default: they are not shuffled. */
  readonly shuffle?: number;
  /** The reason why equal examples, or examples with equal ids, may be in several parts. Default: they may not. */
  readonly allowOverlap?: string;
}

/**
 * Splits rows, in their order unless `shuffle` is given: the first for training, the next for validation, and the rest
 * is the sealed test set. The input of a row is its `input` or `question` field, its target is its `target` or `answer`
 * field, and its id is its `id` field or its index, unless options say otherwise.
 *
 * The data are copied here, and again for each run and judgement: arrays, records, maps, sets, dates and bytes. So a
 * program may write to its input, and rows may change later, without any effect on other runs. Instances of your own
 * classes are not copied; `warnings` names them.
 * @throws TracegradError `bad-row` for a row without input or target or with the id of another row, `bad-split` when
 * there are too few rows, `overlap` when parts share an example, `bad-option` for an invalid option.
 * @example
 * const data = split(await loadJsonl("gsm8k.jsonl"), { train: 15, validation: 10 });
 */
export function split<R, I = InputOf<R>, K = TargetOf<R>>(
  rows: readonly R[],
  options: SplitOptions<R, I, K>,
): Split<I, K> {
  const { allowOverlap } = options;
  checkOptions(options);
  if (!Array.isArray(rows))
    throw new TracegradError("bad-split", `split takes an array of rows; got ${preview(rows)}.`);
  const uncopied = new Set<string>();
  const inOrder = examplesOf(rows, options, uncopied);
  const examples = options.shuffle === undefined ? inOrder : shuffled(inOrder, seeded(options.shuffle));
  const own = options.validation === "train" ? 0 : options.validation;
  requireEnough(examples.length, options.train, own);
  const train = Object.freeze(examples.slice(0, options.train));
  const between = Object.freeze(examples.slice(options.train, options.train + own));
  const rest = examples.slice(options.train + own);
  const shared = overlapOf({ train, validation: between, test: rest });
  if (shared !== undefined && allowOverlap === undefined) throw overlapError(shared);
  const warnings = [
    ...(options.validation === "train" ? [validationIsTrain] : []),
    ...(shared === undefined ? [] : [`${shared} Allowed because: ${allowOverlap}`]),
    ...(uncopied.size === 0 ? [] : [uncopiedText([...uncopied])]),
  ];
  const validation = options.validation === "train" ? train : between;
  return { train, validation, test: new Sealed(rest), warnings };
}

const validationIsTrain =
  "Validation is the training set itself, as requested: its scores say how well a candidate fits what it learned " +
  "from, " +
  "not how well it does on new examples.";

function uncopiedText(types: readonly string[]): string {
  return (
    `The data hold objects of type ${types.slice(0, 5).join(", ")}, which cannot be copied: a program or guide that ` +
    "writes " +
    "to one changes it for all later runs. Give plain data, freeze these objects, or make them inside the agent."
  );
}

const names: NamesOf<SplitOptions<never, unknown, unknown>> = {
  ...{ train: true, validation: true, shuffle: true, allowOverlap: true, input: true, target: true, id: true },
};

function checkOptions(options: SplitOptions<never, unknown, unknown>): void {
  requireKnown("split", options, names);
  const { train, validation, shuffle, allowOverlap } = options;
  requireWholeNumber("train", train);
  if (validation !== "train") requireWholeNumber("validation", validation, { zero: true });
  if (shuffle !== undefined && !Number.isFinite(shuffle)) {
    throw new TracegradError("bad-option", `\`shuffle\` is a seed, a number; got ${preview(shuffle)}.`);
  }
  if (allowOverlap !== undefined && (typeof allowOverlap !== "string" || allowOverlap.trim() === "")) {
    throw new TracegradError("bad-option", `\`allowOverlap\` says why, in words; got ${preview(allowOverlap)}.`);
  }
}

function requireEnough(count: number, train: number, validation: number): void {
  if (train + validation <= count) return;
  throw new TracegradError(
    "bad-split",
    `There are ${count} rows, but train (${train}) and validation (${validation}) need ${train + validation}. ` +
      "Ask for fewer, or give more rows.",
  );
}

type SplitParts = Readonly<Record<"train" | "validation" | "test", readonly Example[]>>;

/** What the parts share, in a sentence; undefined when they share nothing. */
function overlapOf(parts: SplitParts): string | undefined {
  const ids = new Map<string, string>();
  const contents = new Map<string, string>();
  const shared: string[] = [];
  for (const [part, examples] of Object.entries(parts)) {
    for (const example of examples) {
      const here = `${JSON.stringify(example.id)} in ${part}`;
      const content = contentHash(example);
      if (ids.get(example.id) === here) throw sameId(here);
      const twin = content === undefined ? undefined : contents.get(content);
      // Equal content within one part is not an overlap.
      const there = ids.get(example.id) ?? (twin?.endsWith(` in ${part}`) === true ? undefined : twin);
      if (there !== undefined) shared.push(`${there} and ${here}`);
      ids.set(example.id, here);
      if (content !== undefined && twin === undefined) contents.set(content, here);
    }
  }
  if (shared.length === 0) return undefined;
  const more = shared.length > 3 ? `, and ${shared.length - 3} more` : "";
  const some = shared.slice(0, 3).join("; ");
  return `Parts of the data share examples (equal ids, or equal input and target): ${some}${more}.`;
}

function sameId(place: string): TracegradError {
  return new TracegradError(
    "bad-row",
    `Two rows have the id ${place}. Fix the rows, or give split \`id: (row, index) => …\` with unique ids.`,
  );
}

function overlapError(shared: string): TracegradError {
  return new TracegradError(
    "overlap",
    `${shared} A program that has seen the answers scores too high. Remove the copies; where equal ids do not mean ` +
      'equal examples, give `id: (row, index) => …`; or say why the copies may stay: `allowOverlap: "reason"`.',
  );
}

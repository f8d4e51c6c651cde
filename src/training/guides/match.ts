/** Guides that compare the output with the target, or with a pattern. */

import { isDeepStrictEqual } from "node:util";
import { preview } from "../../util/preview.ts";
import type { Guide } from "../types.ts";
import { right, wrong } from "./judgement.ts";
import { withSettings } from "./settings.ts";

/** Options of {@link exactMatch}. */
export interface ExactMatchOptions {
  /** Applied to the output and to the target, where they are texts, before they are compared. Default: nothing. */
  readonly normalize?: (text: string) => string;
}

/**
 * Judges 1 when the output equals the target, else 0: texts character by character, arrays and records by their content.
 * The feedback on a wrong answer tells the right one. Texts of feedback: the paper's appendix C.3.
 */
export function exactMatch(options: ExactMatchOptions = {}): Guide {
  const normalized = (value: unknown): unknown =>
    typeof value === "string" && options.normalize !== undefined ? options.normalize(value) : value;
  const judge: Guide = (_input, output, target) =>
    isDeepStrictEqual(normalized(output), normalized(target)) ? right : wrong(target);
  return withSettings(judge, "exactMatch", { ...options });
}

/**
 * The metric of the paper's BIG-Bench Extra Hard study: where the target holds a choice such as `(B)`, the last choice in the
 * output must equal the target; any other target must be matched exactly. Judges 1 or 0, with the feedback of `exactMatch`.
 */
export function multipleChoice(): Guide {
  const exact = exactMatch();
  const judge: Guide = (input, output, target, context) => {
    if (typeof target !== "string" || !/\([A-Z]\)/.test(target)) return exact(input, output, target, context);
    const choices = typeof output === "string" ? output.match(/\([A-Z]\)/g) : null;
    return choices?.at(-1) === target ? right : wrong(target);
  };
  return withSettings(judge, "multipleChoice", {});
}

/**
 * Judges 1 when the output is a text that matches, else 0.
 * @param pattern A regular expression, or a function that gives one for the target.
 */
export function regex<K = unknown>(pattern: RegExp | ((target: K) => RegExp)): Guide<unknown, unknown, K> {
  const judge: Guide<unknown, unknown, K> = (_input, output, target) => {
    const wanted = typeof pattern === "function" ? pattern(target) : pattern;
    // `search` begins at the start whatever the expression's `lastIndex` is.
    if (typeof output === "string" && output.search(wanted) >= 0) {
      return { score: 1, text: `The output is of the wanted form, ${wanted}.` };
    }
    const got = preview(output, 500);
    return { score: 0, text: `The output does not match ${wanted}: it is ${got}. Change the program so that it does.` };
  };
  return withSettings(judge, "regex", { pattern });
}

/** Guides that compare the output with the target, or with a pattern. */

import { requireText } from "../../util/as-text.ts";
import { preview } from "../../util/preview.ts";
import type { Guide } from "../types.ts";
import { describeValue, differenceOf, differenceText } from "./difference.ts";
import { right, wrong } from "./judgement.ts";
import { withSettings } from "./settings.ts";

/** Options of {@link exactMatch}. */
export interface ExactMatchOptions {
  /** Applied to the output and the target, if they are texts, before they are compared. Default: no change. */
  readonly normalize?: (text: string) => string;
}

/**
 * Scores 1 when the output equals the target, else 0: texts character by character, other values when they read the
 * same, which ignores classes, the order of fields, and undefined fields. The feedback on a wrong answer gives the
 * right one, and says what is wrong if that is not obvious (another type, a part of data, white space). Texts of
 * feedback: the paper's appendix C.3.
 * @throws NoTextError from the guide when `normalize` does not return text.
 */
export function exactMatch(options: ExactMatchOptions = {}): Guide {
  const normalizeText = (value: unknown): unknown => {
    if (typeof value !== "string" || options.normalize === undefined) return value;
    return requireText(options.normalize(value), "What `normalize` gave");
  };
  const judge: Guide = (_input, output, target) => {
    const difference = differenceOf(normalizeText(output), normalizeText(target));
    return difference === undefined ? right : wrong(target, differenceText(difference));
  };
  return withSettings(judge, { name: "exactMatch", settings: { ...options } });
}

/**
 * The metric of the paper's BIG-Bench Extra Hard study: if the target holds a choice such as `(B)`, the last choice in
 * the output must equal the target; any other target must match exactly. Scores 1 or 0, with the feedback of
 * `exactMatch`.
 */
export function multipleChoice(): Guide {
  const exact = exactMatch();
  const judge: Guide = (input, output, target, context) => {
    if (typeof target !== "string" || !/\([A-Z]\)/.test(target)) return exact(input, output, target, context);
    if (typeof output !== "string") return wrong(target, `The output is ${describeValue(output)}, not a text.`);
    return output.match(/\([A-Z]\)/g)?.at(-1) === target ? right : wrong(target);
  };
  return withSettings(judge, { name: "multipleChoice", settings: {} });
}

/**
 * Scores 1 when the output is a text that matches, else 0.
 * @param pattern A regular expression, or a function from the target to one.
 */
export function regex<K = unknown>(pattern: RegExp | ((target: K) => RegExp)): Guide<unknown, unknown, K> {
  const judge: Guide<unknown, unknown, K> = (_input, output, target) => {
    const wanted = typeof pattern === "function" ? pattern(target) : pattern;
    // `search` ignores the `lastIndex` of the expression.
    if (typeof output === "string" && output.search(wanted) >= 0) {
      return { score: 1, text: `The output is of the wanted form, ${wanted}.` };
    }
    if (typeof output !== "string") {
      const text =
        `The output is ${describeValue(output)}, where a text that matches ${wanted} is wanted. Change the program ` +
        "so that it is one.";
      return { score: 0, text };
    }
    const got = preview(output, 500);
    return { score: 0, text: `The output does not match ${wanted}: it is ${got}. Change the program so that it does.` };
  };
  return withSettings(judge, { name: "regex", settings: { pattern } });
}

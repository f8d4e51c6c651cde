/** Operators over text. */

import { textOf } from "../../util/as-text.ts";
import { derive, type Node, type Nodeable } from "../node.ts";
import { operator } from "../operation.ts";
import { type Binary, binary, type Unary, unary } from "./define.ts";

/** The Unicode code point of the first character of x. */
export const ord: Unary<string, number> = unary(
  "ord",
  "The Unicode code point of the first character of x.",
  (x) => x.codePointAt(0) ?? Number.NaN,
);

/** The character with the Unicode code point x. */
export const chr: Unary<number, string> = unary("chr", "The character with the Unicode code point x.", (x) =>
  String.fromCodePoint(x),
);

/** The texts x and y joined. */
export const concat: Binary<string, string, string> = binary(
  "concat",
  "The texts x and y joined.",
  (x, y) => textOf(x, "x of concat") + textOf(y, "y of concat"),
);

/** x in lower case. */
export const lower: Unary<string, string> = unary("lower", "x in lower case.", (x) => x.toLowerCase());

/** x in upper case. */
export const upper: Unary<string, string> = unary("upper", "x in upper case.", (x) => x.toUpperCase());

/** x with each word begun by a capital. */
export const title: Unary<string, string> = unary("title", "x with each word begun by a capital.", (x) =>
  x.toLowerCase().replace(/(?<![\p{L}\p{N}])\p{L}/gu, (letter) => letter.toUpperCase()),
);

/** x with capitals made small and the other way round. */
export const swapcase: Unary<string, string> = unary(
  "swapcase",
  "x with capitals made small and the other way round.",
  (x) => [...x].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(""),
);

/** x with a capital first and the rest in lower case. */
export const capitalize: Unary<string, string> = unary(
  "capitalize",
  "x with a capital first and the rest in lower case.",
  (x) => x.charAt(0).toUpperCase() + x.slice(1).toLowerCase(),
);

/** x without white space at both ends. */
export const strip: Unary<string, string> = unary("strip", "x without white space at both ends.", (x) => x.trim());

const splitOperation = operator(
  "split",
  ["x", "separator", "limit"],
  "The parts of x between separators, at most limit of them.",
);

/** The parts of `x` between separators, at most `limit` of them (default: all). */
export function splitText(x: Nodeable<string>, separator: Nodeable<string>, limit?: Nodeable<number>): Node<string[]> {
  const fn = (text: string, by: string, most?: number) => text.split(pattern(by, "the separator of split"), most);
  return derive(splitOperation, fn, limit === undefined ? [x, separator] : [x, separator, limit]) as Node<string[]>;
}

const replaceOperation = operator(
  "replace",
  ["x", "search", "replacement"],
  "x with every occurrence of search replaced.",
);

/** `x` with every occurrence of `search` replaced. The replacement is taken literally. */
export function replace(x: Nodeable<string>, search: Nodeable<string>, replacement: Nodeable<string>): Node<string> {
  const fn = (text: string, from: string, to: string) => {
    const filled = textOf(to, "the replacement of replace");
    return text.replaceAll(pattern(from, "the search of replace"), () => filled);
  };
  return derive(replaceOperation, fn, [x, search, replacement]) as Node<string>;
}

/** What is looked for: a text, or whatever else JavaScript's own methods take, such as a regular expression. */
function pattern(given: string, place: string): string {
  const isOwn = typeof given === "object" && given !== null && (Symbol.split in given || Symbol.replace in given);
  return isOwn ? given : textOf(given, place);
}

const joinOperation = operator(
  "join",
  ["separator", "items"],
  "The items as one text, with the separator between them.",
  true,
);

/** The items as one text, with the separator between them. */
export function joinText(separator: Nodeable<string>, ...items: readonly Nodeable<string>[]): Node<string> {
  const fn = (by: string, ...texts: string[]) =>
    texts.map((text, index) => textOf(text, `item ${index} of join`)).join(textOf(by, "the separator of join"));
  return derive(joinOperation, fn, [separator, ...items]) as Node<string>;
}

const formatOperation = operator(
  "format",
  ["template", "values"],
  "The template with each {name} replaced by the value of that name.",
);

/**
 * The template with each `{name}` replaced by the value of that name; `{{` and `}}` are literal braces. For text that
 * is a parameter itself; where the text is written in the program, the `t` tag reads better.
 */
export function format(template: Nodeable<string>, values: Nodeable<Record<string, unknown>>): Node<string> {
  return derive(formatOperation, fill, [template, values]) as Node<string>;
}

function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (match, name?: string) => {
    if (name === undefined) return match.charAt(0);
    if (!Object.hasOwn(values, name))
      throw new RangeError(`The template has {${name}}, but there is no value of that name.`);
    return textOf(values[name], `{${name}} of the template`);
  });
}

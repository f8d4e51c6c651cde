/** Counts the tokens of texts and of data that go to a model. */

import { estimateTokenCount } from "tokenx";
import { imageOf } from "./images.ts";
import { isObject } from "./is-record.ts";

/** What the largest picture that models take counts as. */
const tokensOfImage = 1_600;
/** The most parts of data that are looked at, which also ends cycles. */
const maxParts = 1_000_000;
/** A run of letters and digits without a break. */
const unbroken = /[A-Za-z0-9+/=]{8,}/g;
/** Letters between digits, as in hashes and base64, but hardly in a word or a name. */
const isScrambled = /\d[^\d]+\d/;
/** Characters a token in those, by what o200k makes of hexadecimal and base64 text. */
const unbrokenPerToken = 1.6;

/**
 * The tokens of `text`, estimated: within about 8 % of what OpenAI's tokenizer o200k counts for English, source code,
 * JSON and tables of numbers. Other scripts and tokenizers differ more.
 */
export function countTokens(text: string): number {
  let tokens = 0;
  const rest = text.replace(unbroken, (run) => {
    if (!isScrambled.test(run)) return run;
    tokens += run.length / unbrokenPerToken;
    return " ";
  });
  // The tokenizer joins a space to the word behind it, but not to a number.
  const spaces = rest.match(/ (?=\d)/g)?.length ?? 0;
  return Math.ceil(tokens + spaces + estimateTokenCount(rest));
}

/**
 * The tokens of a request as input: those of its texts and keys, and 1,600 for each picture. What is
 * no plain data, such as a signal or an agent of a connection, goes to no model.
 */
export function estimatedTokens(request: unknown): number {
  let tokens = 0;
  let parts = 0;
  const waiting: unknown[] = [request];
  while (waiting.length > 0 && parts < maxParts) {
    const value = waiting.pop();
    parts += 1;
    if (isImage(value)) tokens += tokensOfImage;
    else if (typeof value === "string") tokens += countTokens(value);
    else if (typeof value !== "object" || value === null) tokens += 1;
    else if (Array.isArray(value)) for (const item of value) waiting.push(item);
    else if (isPlain(value)) {
      for (const [key, item] of Object.entries(value)) {
        tokens += countTokens(key);
        waiting.push(item);
      }
    }
  }
  return tokens;
}

/** Whether a value is an image, by its data or, as one that is only linked, by the type that SDKs give the part. */
function isImage(value: unknown): boolean {
  if (imageOf(value) !== undefined) return true;
  if (!isObject(value)) return false;
  const { type } = value as { readonly type?: unknown };
  return typeof type === "string" && /^(input_)?image(_url)?$/.test(type);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

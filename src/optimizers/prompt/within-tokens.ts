/** Writes a prompt as full as a number of tokens permits, where the writer knows characters alone. */

import { TracegradError } from "../../util/errors.ts";
import { countTokens } from "../../util/tokens.ts";
import type { Exchange } from "../algorithm.ts";

/** How many tokens a text has, by the tokenizer of the model. */
export type TokenCounter = (text: string) => number;

/** A number of tokens, and how they are counted. */
export interface TokenLimit {
  readonly maxTokens: number;
  readonly count: TokenCounter;
}

/** What is never cut has more characters than a writer may write. */
export class TooLongError extends Error {
  /** What is never cut, in words: "the objective and the playbook". */
  readonly what: string;
  /** The same as it was written. */
  readonly text: string;

  constructor(what: string, text: string) {
    super(`${text.length} characters are too many for ${what}.`);
    this.what = what;
    this.text = text;
  }
}

/** What a writer writes, and whether it had no more to write. Default: unknown. */
export interface BoundedText {
  readonly text: string;
  readonly isWhole?: boolean;
}

interface CountedText<T extends BoundedText> {
  readonly written: T;
  readonly tokens: number;
}

/** More than most texts have: with so many the first try is often whole. */
const manyCharactersPerToken = 6;
/** From this share of the limit on, a prompt that is not whole is full enough. */
const fullEnough = 0.95;
/** After so many tries a text that fits is taken as it is. */
const manyTries = 8;
/** So many halve any interval to nothing. */
const maxTries = 64;

/**
 * What `write` writes into as many characters as `maxTokens` are, found by writing and counting: first with more than
 * usually fit, then by how many tokens that was.
 * @param write Writes into a number of characters; throws {@link TooLongError} when they are too few.
 * @throws TracegradError `prompt-too-large` when no number of characters is within the limit.
 */
export function writeWithin<T extends BoundedText>(limit: TokenLimit, write: (maxCharacters: number) => T): T {
  const { maxTokens, count } = limit;
  let [tooFew, tooMany] = [0, maxTokens * manyCharactersPerToken];
  let characters = tooMany;
  let best: CountedText<T> | undefined;
  let refusal: TooLongError | undefined;
  for (let attempt = 0; attempt < maxTries && tooMany - tooFew > 1; attempt++) {
    let next = 0;
    try {
      const written = write(characters);
      const tokens = count(written.text);
      next = Math.floor((written.text.length * maxTokens * 0.985) / tokens);
      if (tokens > maxTokens) tooMany = characters;
      else {
        // Where even the most fits, tokens are longer than usual, unless the writer has no more to write.
        if (characters === tooMany && written.text === best?.written.text) break;
        if (characters === tooMany) tooMany = 2 * Math.max(tooMany, next);
        tooFew = characters;
        best = fullerOf({ written, tokens }, best);
        const isFull = written.isWhole === true || tokens >= maxTokens * fullEnough;
        if (isFull || attempt >= manyTries) break;
      }
    } catch (error) {
      if (!(error instanceof TooLongError)) throw error;
      [refusal, tooFew] = [error, characters];
    }
    // Tokens a character change little with the length, mostly; where they do, every other try halves the interval.
    const isNear = next > tooFew && next < tooMany && (attempt < 2 || attempt % 2 === 0);
    characters = isNear ? next : Math.floor((tooFew + tooMany) / 2);
  }
  if (best !== undefined) return best.written;
  throw tooLarge(limit, refusal);
}

/**
 * The text with the first of `amounts` that has no more than `maxCharacters`; it is whole with the first amount.
 * @param what What is never cut, in words.
 * @throws TooLongError when even the text with the last amount is longer.
 */
export function firstWithin<A>(
  maxCharacters: number,
  amounts: readonly A[],
  { what, write }: { readonly what: string; write(amount: A): string },
): BoundedText {
  let text = "";
  for (const [at, amount] of amounts.entries()) {
    text = write(amount);
    if (text.length <= maxCharacters) return { text, isWhole: at === 0 };
  }
  throw new TooLongError(what, text);
}

/** The newer text, unless the earlier one is fuller: with more characters a writer may choose a form that is shorter. */
function fullerOf<T extends BoundedText>(next: CountedText<T>, best: CountedText<T> | undefined): CountedText<T> {
  return best === undefined || next.written.isWhole === true || next.tokens > best.tokens ? next : best;
}

function tooLarge({ maxTokens, count }: TokenLimit, refusal: TooLongError | undefined): TracegradError {
  const needed = refusal === undefined ? "more" : `${Math.ceil(count(refusal.text))} for ${refusal.what} alone`;
  return new TracegradError(
    "prompt-too-large",
    `The prompt may have ${maxTokens} tokens, and needs ${needed}. Raise \`maxPromptTokens\`, or shorten these.`,
  );
}

/** What an algorithm remembers of a provider's tokenizer. */
export type TokenScale = {
  /** How many tokens the provider counted for each that was estimated; absent while it has not said. */
  readonly tokenScale?: number;
};

/** The scale after an exchange: what the provider counted, or else what was known before. */
export function scaleAfter(before: TokenScale, exchange: Exchange | undefined): TokenScale {
  const tokenScale = (exchange && scaleOf(exchange)) ?? before.tokenScale;
  return tokenScale === undefined ? {} : { tokenScale };
}

/** Ratios beyond these are no tokenizer's, but those of a call that was repeated, or of a model that says nothing. */
const [leastScale, mostScale] = [0.6, 2];

/** Undefined where it cannot be said, as of a request with images. */
function scaleOf({ request, reply }: Exchange): number | undefined {
  const texts = [request.system ?? "", request.tool === undefined ? "" : JSON.stringify(request.tool)];
  for (const { content } of request.messages) {
    if (typeof content !== "string") return undefined;
    texts.push(content);
  }
  const estimated = texts.reduce((sum, text) => sum + countTokens(text), 0);
  const scale = reply.usage.inputTokens / estimated;
  return scale >= leastScale && scale <= mostScale ? Number(scale.toFixed(3)) : undefined;
}

/** Counts by the estimate, corrected by what the provider counted. */
export function scaledCounter({ tokenScale = 1 }: TokenScale): TokenCounter {
  return (text) => countTokens(text) * tokenScale;
}

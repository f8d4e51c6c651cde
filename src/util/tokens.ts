/** Estimates the tokens of data that go to a model, for upper bounds. */

/** Characters in a token, on average: for estimates only, never for what was really used. */
export const charactersPerToken = 4;
/** What the largest picture that models take counts as. */
const IMAGE_CHARS = 1_600 * charactersPerToken;
/** The most parts of data that are looked at, which also ends cycles. */
const maxParts = 1_000_000;

/**
 * The tokens of a request as input: the characters of its texts and keys by four, and 1,600 for each picture. What is
 * no plain data, such as a signal or an agent of a connection, goes to no model.
 */
export function estimatedTokens(request: unknown): number {
  let chars = 0;
  let parts = 0;
  const waiting: unknown[] = [request];
  while (waiting.length > 0 && parts < maxParts) {
    const value = waiting.pop();
    parts += 1;
    if (typeof value === "string") chars += value.length;
    else if (typeof value !== "object" || value === null) chars += 1;
    else if (isImage(value)) chars += IMAGE_CHARS;
    else if (Array.isArray(value)) for (const item of value) waiting.push(item);
    else if (isPlain(value)) {
      for (const [key, item] of Object.entries(value)) {
        chars += key.length;
        waiting.push(item);
      }
    }
  }
  return Math.ceil(chars / charactersPerToken);
}

/** The tokens of `text`, estimated at four characters each. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

function isImage({ type }: { readonly type?: unknown }): boolean {
  return typeof type === "string" && /^(input_)?image(_url)?$/.test(type);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

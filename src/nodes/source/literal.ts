/** Reads literals that have a form in JSON, and `undefined`, out of tokens. */
import type { TokenReader } from "./tokens.ts";

/** A value in a box, because it may be undefined. */
export interface Literal {
  readonly value: unknown;
}

const WORDS: ReadonlyMap<string, Literal> = new Map([
  ["true", { value: true }],
  ["false", { value: false }],
  ["null", { value: null }],
  ["undefined", { value: undefined }],
]);

/** Passes a literal and gives it; undefined where there is something else, whose beginning may be passed then. */
export function readLiteral(tokens: TokenReader): Literal | undefined {
  if (tokens.takes("(")) {
    const inner = readLiteral(tokens);
    return tokens.takes(")") ? inner : undefined;
  }
  if (tokens.takes("[")) return array(tokens);
  if (tokens.takes("{")) return object(tokens);
  if (tokens.sees("-") || tokens.sees("+")) {
    const sign = tokens.takes("-") ? -1 : 1;
    if (sign === 1) tokens.takes("+");
    const size = readLiteral(tokens)?.value;
    return typeof size === "number" ? { value: sign * size } : undefined;
  }
  const text = tokens.pass("StringLiteral", "NoSubstitutionTemplate");
  if (text !== "") return { value: unescaped(text.slice(1, -1)) };
  return number(tokens) ?? WORDS.get(tokens.pass("IdentifierName"));
}

function number(tokens: TokenReader): { readonly value: number } | undefined {
  const digits = tokens.pass("NumericLiteral");
  // Neither the old octal numbers nor big integers.
  return digits === "" || /^0\d|n$/.test(digits) ? undefined : { value: Number(digits.replaceAll("_", "")) };
}

function array(tokens: TokenReader): Literal | undefined {
  const value: unknown[] = [];
  while (!tokens.takes("]")) {
    const item = readLiteral(tokens);
    if (item === undefined || !(tokens.takes(",") || tokens.sees("]"))) return undefined;
    value.push(item.value);
  }
  return { value };
}

function object(tokens: TokenReader): Literal | undefined {
  const entries: [string, unknown][] = [];
  while (!tokens.takes("}")) {
    const quoted = tokens.pass("StringLiteral");
    const key = quoted === "" ? keyOf(tokens) : unescaped(quoted.slice(1, -1));
    // `__proto__: x` sets the prototype instead of a property.
    if (key === "" || key === "__proto__" || !tokens.takes(":")) return undefined;
    const field = readLiteral(tokens);
    if (field === undefined || !(tokens.takes(",") || tokens.sees("}"))) return undefined;
    entries.push([key, field.value]);
  }
  return { value: Object.fromEntries(entries) };
}

function keyOf(tokens: TokenReader): string {
  const size = number(tokens);
  return size === undefined ? unescaped(tokens.pass("IdentifierName")) : String(size.value);
}

const SHORT: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", 0: "\0" };

/** The value of the text between quotes, or of a name with escapes. */
export function unescaped(text: string): string {
  const ends = text.replace(/\r\n?/g, "\n");
  return ends.replace(/\\(u\{[\da-fA-F]+\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|[\s\S])/g, (_, escape: string) => {
    const code = /^[ux]\{?([\da-fA-F]+)/.exec(escape)?.[1];
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return /[\n\u2028\u2029]/.test(escape) ? "" : (SHORT[escape] ?? escape);
  });
}

/** Reads literals that have a form in JSON, and `undefined`, out of a text. */
import type { Scanner } from "./scan.ts";

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

// Without the old octal numbers.
const NUMBER = /(?:0[xob][\da-f_]+|(?:(?:0|[1-9][\d_]*)(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?)(?![\w$.])/iy;
const TEMPLATE = /`(?:[^`\\$]|\\[\s\S]|\$(?!\{))*`/y;

/** Passes a literal and gives it; undefined where there is something else, whose beginning may be passed then. */
export function readLiteral(scanner: Scanner): Literal | undefined {
  if (scanner.takes("(")) {
    const inner = readLiteral(scanner);
    return scanner.takes(")") ? inner : undefined;
  }
  if (scanner.takes("[")) return array(scanner);
  if (scanner.takes("{")) return object(scanner);
  if (scanner.sees("-") || scanner.sees("+")) {
    const sign = scanner.takes("-") ? -1 : 1;
    if (sign === 1) scanner.takes("+");
    const size = readLiteral(scanner)?.value;
    return typeof size === "number" ? { value: sign * size } : undefined;
  }
  const text = scanner.quoted() || scanner.pass(TEMPLATE);
  if (text !== "") return { value: unescaped(text.slice(1, -1)) };
  return number(scanner) ?? WORDS.get(scanner.word());
}

function number(scanner: Scanner): { readonly value: number } | undefined {
  const digits = scanner.pass(NUMBER);
  return digits === "" ? undefined : { value: Number(digits.replaceAll("_", "")) };
}

function array(scanner: Scanner): Literal | undefined {
  const value: unknown[] = [];
  while (!scanner.takes("]")) {
    const item = readLiteral(scanner);
    if (item === undefined || !(scanner.takes(",") || scanner.sees("]"))) return undefined;
    value.push(item.value);
  }
  return { value };
}

function object(scanner: Scanner): Literal | undefined {
  const entries: [string, unknown][] = [];
  while (!scanner.takes("}")) {
    const quoted = scanner.quoted();
    const key = quoted === "" ? keyOf(scanner) : unescaped(quoted.slice(1, -1));
    // `__proto__: x` sets the prototype instead of a property.
    if (key === "" || key === "__proto__" || !scanner.takes(":")) return undefined;
    const field = readLiteral(scanner);
    if (field === undefined || !(scanner.takes(",") || scanner.sees("}"))) return undefined;
    entries.push([key, field.value]);
  }
  return { value: Object.fromEntries(entries) };
}

function keyOf(scanner: Scanner): string {
  const size = number(scanner);
  return size === undefined ? unescaped(scanner.word()) : String(size.value);
}

const SHORT: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v" };

/** The value of the text between quotes, or of a name with escapes. */
export function unescaped(text: string): string {
  const ends = text.replace(/\r\n?/g, "\n");
  // With the octal numbers of texts that are not strict.
  return ends.replace(
    /\\(u\{[\da-fA-F]+\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|[0-3]?[0-7]{1,2}|[\s\S])/g,
    (_, escape: string) => {
      const code = /^[ux]\{?([\da-fA-F]+)/.exec(escape)?.[1];
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      if (/^\d/.test(escape)) return String.fromCodePoint(Number.parseInt(escape, 8));
      return /[\n\u2028\u2029]/.test(escape) ? "" : (SHORT[escape] ?? escape);
    },
  );
}

/**
 * Parses the JSON that models write: strict JSON, but strings may hold raw line breaks and tabs, and a comma may stand
 * behind the last item. Both have one meaning only. Everything else that JSON refuses is refused with its place.
 */

/** What was read, or what is wrong and where. Positions are UTF-16 offsets into the text. */
export type LooseJson = { readonly value: unknown; readonly end: number } | JsonProblem;

/** Why a text is not JSON. */
export interface JsonProblem {
  readonly problem: string;
  readonly at: number;
}

/** Reads the JSON value that begins at `start`; `end` is the offset after it. */
export function readJsonAt(text: string, start: number): LooseJson {
  const reader = new LooseReader(text, start);
  try {
    return { value: reader.value(), end: reader.at };
  } catch (error) {
    if (error instanceof BrokenJson) return { problem: error.message, at: error.at };
    throw error;
  }
}

/** Reads a text that is one JSON value and nothing else. */
export function readJson(text: string): LooseJson {
  const read = readJsonAt(text, 0);
  if ("problem" in read || text.slice(read.end).trim() === "") return read;
  return { problem: "there is more text behind the value", at: read.end };
}

/** A problem with its place as people count: `… (line 2, column 7)`. */
export function problemText(text: string, { problem, at }: JsonProblem): string {
  const before = text.slice(0, at);
  return `${problem} (line ${before.split("\n").length}, column ${at - before.lastIndexOf("\n")})`;
}

class BrokenJson extends Error {
  readonly at: number;

  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

/** Deeper data is a mistake, and the code that walks it later would overflow the stack. */
const maxDepth = 1_000;

const space = /[ \t\r\n]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z]+/y;
/** A string up to its closing quote. */
const string = /"[^"\\]*(?:\\[^][^"\\]*)*"/y;

const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** Reads from left to right; `at` is the offset of what comes next. */
class LooseReader {
  readonly #text: string;
  at: number;
  #depth = 0;

  constructor(text: string, start: number) {
    this.#text = text;
    this.at = start;
  }

  value(): unknown {
    this.#take(space);
    const char = this.#text[this.at];
    if (char === "{") return this.#nested(() => this.#object());
    if (char === "[") return this.#nested(() => this.#array());
    if (char === '"') return this.#string();
    const from = this.at;
    const digits = this.#take(number);
    if (digits !== "") return Number(digits);
    const literal = this.#take(word);
    if (words.has(literal)) return words.get(literal);
    this.at = from;
    throw this.#broken("a value");
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new BrokenJson(`it is nested more than ${maxDepth} levels deep`, this.at);
    this.at += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    while (!this.#ends("}")) {
      if (this.#text[this.at] !== '"') throw this.#broken('a name in double quotes or "}"');
      const from = this.at;
      const key = this.#string();
      if (entries.has(key)) throw new BrokenJson(`it gives ${JSON.stringify(key)} twice`, from);
      if (!this.#sees(":")) throw this.#broken('":"');
      this.at += 1;
      entries.set(key, this.value());
      this.#comma("}");
    }
    // Makes own properties of all names, `__proto__` included.
    return Object.fromEntries(entries);
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    while (!this.#ends("]")) {
      items.push(this.value());
      this.#comma("]");
    }
    return items;
  }

  /** Takes the comma behind an item; before the closing bracket there may be none. */
  #comma(closing: string): void {
    if (this.#sees(",")) this.at += 1;
    else if (!this.#sees(closing)) throw this.#broken(`"," or "${closing}"`);
  }

  #ends(closing: string): boolean {
    const ends = this.#sees(closing);
    if (ends) this.at += 1;
    return ends;
  }

  #sees(char: string): boolean {
    this.#take(space);
    return this.#text[this.at] === char;
  }

  #string(): string {
    const from = this.at;
    const quoted = this.#take(string);
    if (quoted === "") throw new BrokenJson("a text begins and does not end", from);
    const escaped = quoted.replace(/[\n\r\t]/g, (char) => JSON.stringify(char).slice(1, -1));
    try {
      return JSON.parse(escaped) as string;
    } catch {
      throw new BrokenJson(escapeProblem(quoted), from);
    }
  }

  /** Takes what a sticky pattern matches here. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  #broken(expected: string): BrokenJson {
    const char = this.#text.codePointAt(this.at);
    const got = char === undefined ? "it ends" : `there is ${JSON.stringify(String.fromCodePoint(char))}`;
    return new BrokenJson(`${got} where ${expected} should be`, this.at);
  }
}

function escapeProblem(quoted: string): string {
  for (const [escape, bad] of quoted.matchAll(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|([^]))/g)) {
    if (bad !== undefined) return `a text has the escape ${escape}, which JSON has not; a backslash is written \\\\`;
  }
  return "a text has a control character";
}

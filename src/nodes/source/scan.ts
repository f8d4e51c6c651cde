/** Walks through valid JavaScript text, over whole strings, comments and brackets, without a parser. */

/** Words after which a slash begins a regular expression. */
const BEFORE_VALUE: ReadonlySet<string> = new Set(
  "return typeof case do else in instanceof of new void delete throw yield await".split(" "),
);

// What the language counts as space, and comments; a name may hold escapes.
const SPACE = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)*/y;
const WORD = /(?:[\p{ID_Continue}$\u200c\u200d]|\\u(?:\{[\da-f]+\}|[\da-f]{4}))+/iuy;
const QUOTED = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y;
const REGULAR = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** A place in a text, which moves forward as the text is read. */
export class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Passes what `pattern`, a sticky one, finds here, and gives it; "" where it finds nothing. */
  pass(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ""] = pattern.exec(this.text) ?? [];
    this.at += found.length;
    return found;
  }

  /** Passes space and comments, and tells whether `text` comes next. */
  sees(text: string): boolean {
    this.pass(SPACE);
    return this.text.startsWith(text, this.at);
  }

  /** Passes `text` and the space before it, if it comes next. */
  takes(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  /** Passes a name, a keyword or a number, and gives it; "" where there is none. */
  word(): string {
    this.pass(SPACE);
    return this.pass(WORD);
  }

  /** Passes a string, and gives it with its quotes; "" where there is none. */
  quoted(): string {
    this.pass(SPACE);
    return this.pass(QUOTED);
  }

  /** Passes an expression up to a comma or a closing bracket. Throws at the end of the text. */
  expression(): void {
    let isValue = false;
    while (!this.sees(",") && !/[)\]}]/.test(this.#next())) isValue = this.#token(isValue);
  }

  /** Passes a bracket and all up to the one that closes it. */
  brackets(): void {
    this.at += 1;
    let isValue = false;
    while (!/[)\]}]/.test(this.#next())) isValue = this.#token(isValue);
    this.at += 1;
  }

  /**
   * Passes one token, a whole one in brackets; returns whether a value ends with it. `isValue` says so of the token
   * before.
   */
  #token(isValue: boolean): boolean {
    const next = this.#next();
    if (/[([{]/.test(next)) {
      this.brackets();
      return true;
    }
    if (next === "`") {
      this.#template();
      return true;
    }
    if (this.pass(QUOTED) !== "" || (next === "/" && !isValue && this.pass(REGULAR) !== "")) return true;
    const word = this.pass(WORD);
    if (word !== "") return !BEFORE_VALUE.has(word);
    if (/^(?:\+\+|--)/.test(this.text.slice(this.at, this.at + 2))) {
      this.at += 2;
      return isValue;
    }
    this.at += 1;
    return false;
  }

  #template(): void {
    this.at += 1;
    for (;;) {
      this.pass(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y);
      if (this.text[this.at] === "`") break;
      this.at += 1;
      if (this.#next() !== "{") throw new SyntaxError("The template does not end.");
      this.brackets();
    }
    this.at += 1;
  }

  /** The next character past space and comments. */
  #next(): string {
    this.pass(SPACE);
    const next = this.text[this.at];
    if (next === undefined) throw new SyntaxError("The text ends too early.");
    return next;
  }
}

/** Walks through valid JavaScript text, over whole strings, comments and brackets, without a parser. */

/**
 * What the token before says of a slash and a brace: after a `value` a slash divides; after an `operator` a brace opens
 * an object, elsewhere a block. A `head` stands before brackets behind which a statement begins, a `dot` before a name.
 */
type Before = "value" | "operator" | "statement" | "head" | "dot";

/** What words say; others end a value. */
const WORDS: ReadonlyMap<string, Before> = new Map([
  ...said("operator", "return typeof case in instanceof of new void delete throw yield await"),
  ...said("statement", "else do"),
  ...said("head", "if while for with"),
]);

function said(before: Before, words: string): [string, Before][] {
  return words.split(" ").map((word) => [word, before]);
}

// What the language counts as space, and comments; a name may hold escapes.
const SPACE = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)*/y;
const WORD = /(?:[\p{ID_Continue}$\u200c\u200d]|\\u(?:\{[\da-f]+\}|[\da-f]{4}))+/iuy;
const QUOTED = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y;
// More than the language allows, all of which is one token where a text is valid.
const NUMBER = /\.?\d(?:[\w.]|(?<=e)[+-])*/iy;
const SIGN = /\+\+|--|=>|\.{3}|[\s\S]/y;
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

  /** Passes a name or a keyword, and gives it; "" where there is none. */
  word(): string {
    this.pass(SPACE);
    return this.pass(WORD);
  }

  /** Passes a string, and gives it with its quotes; "" where there is none. */
  quoted(): string {
    this.pass(SPACE);
    return this.pass(QUOTED);
  }

  /** Passes a number, and gives it; "" where there is none. */
  number(): string {
    this.pass(SPACE);
    return this.pass(NUMBER);
  }

  /** Passes an expression up to a comma or a closing bracket. Throws at the end of the text. */
  expression(): void {
    let before: Before = "operator";
    while (!this.sees(",") && !/[)\]}]/.test(this.#next())) before = this.#token(before);
  }

  /** Passes a bracket and all up to the one that closes it. */
  brackets(): void {
    // The keys of an object are read as the labels of a block are.
    this.#inside(this.text[this.at] === "{" ? "statement" : "operator");
  }

  #inside(start: Before): void {
    this.at += 1;
    let before = start;
    while (!/[)\]}]/.test(this.#next())) before = this.#token(before);
    this.at += 1;
  }

  /** Passes one token, a whole one in brackets. */
  #token(before: Before): Before {
    const next = this.#next();
    if (/[([{]/.test(next)) {
      this.brackets();
      return (next === "(" && before === "head") || (next === "{" && before !== "operator") ? "statement" : "value";
    }
    if (next === "`") {
      this.#template();
      return "value";
    }
    const isRegular = next === "/" && before !== "value" && this.pass(REGULAR) !== "";
    if (isRegular || this.pass(QUOTED) !== "" || this.pass(NUMBER) !== "") return "value";
    const word = this.pass(WORD);
    if (word !== "") return (before !== "dot" && WORDS.get(word)) || "value";
    const sign = this.pass(SIGN);
    if (/\+\+|--/.test(sign)) return before;
    if (/;|=>/.test(sign)) return "statement";
    return /^[.#]$/.test(sign) ? "dot" : "operator";
  }

  #template(): void {
    this.at += 1;
    for (;;) {
      this.pass(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y);
      if (this.text[this.at] === "`") break;
      this.at += 1;
      if (this.#next() !== "{") throw new SyntaxError("The template does not end.");
      this.#inside("operator");
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

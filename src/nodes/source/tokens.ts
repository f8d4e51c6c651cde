/** Reads the tokens of JavaScript text one by one, past space and comments, and no further than is asked for. */

import jsTokens, { type Token } from "js-tokens";

const SPACE: ReadonlySet<Token["type"]> = new Set([
  "WhiteSpace",
  "LineTerminatorSequence",
  "SingleLineComment",
  "MultiLineComment",
  "HashbangComment",
]);

/** What a bracket begins, or a template with parts, and what ends it. */
const isOpening = ({ type, value }: Token): boolean =>
  type === "TemplateHead" || (type === "Punctuator" && /^[([{]$/.test(value));
const isClosing = ({ type, value }: Token): boolean =>
  type === "TemplateTail" || (type === "Punctuator" && /^[)\]}]$/.test(value));

/** A place among the tokens of a text. It moves forward as tokens are passed, and can be set back. */
export class TokenReader {
  readonly #source: Iterator<Token>;
  readonly #tokens: Token[] = [];
  /** The index of the next token. */
  at = 0;

  constructor(text: string) {
    this.#source = jsTokens(text)[Symbol.iterator]();
  }

  /** Tells whether the next token is `text`. */
  sees(text: string): boolean {
    return this.#peek()?.value === text;
  }

  /** Passes the next token if it is `text`. */
  takes(text: string): boolean {
    const isNext = this.sees(text);
    if (isNext) this.at += 1;
    return isNext;
  }

  /** Passes the next token if it is of one of `types`, and gives its text; "" where it is not. */
  pass(...types: readonly Token["type"][]): string {
    const token = this.#peek();
    if (token === undefined || !types.includes(token.type)) return "";
    this.at += 1;
    return token.value;
  }

  /** Passes an expression up to a comma or a closing bracket. Throws at the end of the text. */
  expression(): void {
    for (;;) {
      const token = this.#next();
      if (isOpening(token)) this.#toClosing();
      else if (isClosing(token) || (token.type === "Punctuator" && token.value === ",")) break;
    }
    this.at -= 1;
  }

  /** Passes a bracket and all up to the one that closes it. Throws at the end of the text. */
  brackets(): void {
    this.at += 1;
    this.#toClosing();
  }

  #toClosing(): void {
    for (let depth = 1; depth > 0; ) {
      const token = this.#next();
      depth += isOpening(token) ? 1 : isClosing(token) ? -1 : 0;
    }
  }

  #next(): Token {
    const token = this.#peek();
    if (token === undefined) throw new SyntaxError("The text ends too early.");
    this.at += 1;
    return token;
  }

  #peek(): Token | undefined {
    while (this.#tokens.length <= this.at) {
      const { done, value } = this.#source.next();
      if (done === true) return undefined;
      if (!SPACE.has(value.type)) this.#tokens.push(value);
    }
    return this.#tokens[this.at];
  }
}

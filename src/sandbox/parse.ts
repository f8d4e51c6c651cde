/** Parses program texts within limits of work and depth, so that no text can hold up or end the process. */
import type { Comment, Options, Parser, Program, Token } from "acorn";
import { shorten } from "../util/cut.ts";
import { SourceError } from "../util/errors.ts";
import { loadAcorn, loadAcornTypeScript } from "../util/packages.ts";
import { placeOf } from "./errors.ts";
import type { TypedNode } from "./tree.ts";

/**
 * How deep the calls of a parser may nest: about 150 brackets, or 600 statements, or 600 operators in a row. Files in
 * the wild reach 60. V8 ends the process when it has to compile a regular expression at the end of the stack, so the
 * stack must never run out. QuickJS reads at most 254 brackets ahead.
 */
const maxDepth = 600;
/**
 * TypeScript is read by trial and error, which can take time exponential in the text. Counted are the characters that
 * are read; files in the wild are read 1.2 times at most.
 */
const maxReading = 5;

/** Not a SyntaxError: the parser of TypeScript takes those for a sign to try another reading. */
class LimitError extends Error {
  readonly pos: number;

  constructor(message: string, pos: number) {
    super(message);
    this.pos = pos;
  }
}

/** What nests in acorn and in its TypeScript, by how much of the stack it takes. */
const nesting: readonly (readonly [weight: number, methods: string])[] = [
  [1, "parseExprOp parseMaybeUnary parseExprAtom tsParseTypeOperatorOrHigher"],
  [2, "parseMaybeAssign parseBindingAtom parseNew tsParseType"],
  [4, "parseStatement tsTryParseDeclare tsTryParseGenericAsyncArrowFunction regexp_disjunction regexp_eatNestedClass"],
  [8, "parseClass"],
];

type Method = (this: LimitedParser, ...args: unknown[]) => unknown;

interface LimitedParser {
  readonly input: string;
  readonly start: number;
  readonly pos: number;
  /** Characters read so far, over and over again where the parser went back. */
  reading: number;
  depth: number;
  readonly tsParseConstModifier?: unknown;
}

/** Of the methods that are not in the types of the parsers, those that have a name here. */
interface Methods {
  [name: string]: Method | undefined;
  nextToken?: Method;
  raise?: Method;
  raiseRecoverable?: Method;
  tsTryParseTypeParameters?: Method;
}

function limited(Base: typeof Parser): typeof Parser {
  class Limited extends Base {
    reading = 0;
    depth = 0;
  }
  const inherited = Base.prototype as unknown as Methods;
  const own = Limited.prototype as unknown as Methods;
  const { nextToken, tsTryParseTypeParameters } = inherited;
  own.nextToken = function () {
    const before = this.pos;
    nextToken?.call(this);
    this.reading += this.pos - before;
    if (this.reading <= maxReading * (this.input.length + 1_000)) return;
    throw new LimitError("the text can be read in too many ways; write shorter expressions with `<`", this.start);
  };
  // Acorn counts the lines up to each error, also of readings that are only tried.
  own.raise = function (pos, message) {
    throw Object.assign(new SyntaxError(String(message)), { pos });
  };
  own.raiseRecoverable = own.raise;
  for (const [weight, names] of nesting) {
    for (const name of names.split(" ")) {
      const parse = inherited[name];
      if (parse !== undefined) own[name] = limitDepth(parse, weight);
    }
  }
  if (tsTryParseTypeParameters !== undefined) {
    // The parser knows `<const T>` in functions, and forgets it in the types of functions.
    own.tsTryParseTypeParameters = function (modifiers) {
      return tsTryParseTypeParameters.call(this, modifiers ?? this.tsParseConstModifier);
    };
  }
  return Limited;
}

function limitDepth(parse: Method, weight: number): Method {
  return function (...args) {
    this.depth += weight;
    try {
      if (this.depth > maxDepth) throw new LimitError("the text is nested too deeply", this.start);
      return parse.apply(this, args);
    } finally {
      this.depth -= weight;
    }
  };
}

let script: typeof Parser | undefined;
let typed: typeof Parser | undefined;

/** A parsed script, with its comments and tokens. */
export interface Script {
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly tokens: readonly Token[];
}

/** Parses a script. @throws SyntaxError of acorn's; see {@link problemWith}. */
export function parseScript(text: string): Script {
  script ??= loadAcorn().Parser.extend(limited);
  const [comments, tokens]: [Comment[], Token[]] = [[], []];
  const options: Options = { ecmaVersion: 2024, sourceType: "script", preserveParens: true };
  const more = { allowImportExportEverywhere: true, onComment: comments, onToken: tokens };
  return { program: script.parse(text, { ...options, ...more }), comments, tokens };
}

/** The statements of a text with types. @throws SyntaxError of acorn's; see {@link problemWith}. */
export function parseTypeScript(text: string): readonly TypedNode[] {
  typed ??= loadAcorn().Parser.extend(loadAcornTypeScript().tsPlugin(), limited);
  const options: Options = { ecmaVersion: 2024, sourceType: "module", preserveParens: true, locations: true };
  const more = { allowImportExportEverywhere: true, allowReturnOutsideFunction: true, checkPrivateFields: false };
  return typed.parse(text, { ...options, ...more }).body as unknown as readonly TypedNode[];
}

/** What a parser threw as an error at its place in `source`, which began at `head` of what was parsed. */
export function problemWith(thrown: unknown, source: string, head: number): SourceError {
  if (!(thrown instanceof LimitError || (thrown instanceof SyntaxError && "pos" in thrown))) throw thrown;
  const at = Math.max(0, (thrown.pos as number) - head);
  const { message } = thrown;
  if (source[at] === "@") return errorAt(source, at, "decorators are not allowed");
  if (!/^Unexpected (?:token|keyword)/.test(message)) return errorAt(source, at, shorten(message, 300));
  if (/\bawait\s+$/.test(source.slice(Math.max(0, at - 20), at))) {
    return errorAt(source, at, "`await` is allowed in async functions only");
  }
  const found = /[\p{ID_Continue}$]{1,40}|[^]/uy;
  found.lastIndex = at;
  const token = found.exec(source)?.[0];
  return errorAt(source, at, token === undefined ? "Unexpected end of the text" : `Unexpected \`${token}\``);
}

/** The error for a problem at an offset of the source. */
export function errorAt(source: string, offset: number, problem: string): SourceError {
  const { line, column } = placeOf(source, offset);
  return new SourceError(problem, source, line, column);
}

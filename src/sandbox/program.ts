/** Reads a program text: gives its JavaScript, and the tree of exactly what will be evaluated. */
import type { Statement, Token } from "acorn";
import { SourceError } from "../util/errors.ts";
import { eraseTypes } from "./erase.ts";
import { SandboxError } from "./errors.ts";
import { errorAt, parseScript, parseTypeScript, problemWith, type Script } from "./parse.ts";
import { differenceOf } from "./same-tree.ts";
import type { TypedNode } from "./tree.ts";

/** How a text is evaluated: between a head, which ends with a line, and a tail. */
export interface ProgramFrame {
  readonly head: string;
  readonly tail: string;
  /** The names that the head binds. */
  readonly names: readonly string[];
}

/** A text that parses. */
export interface ParsedProgram {
  /** The text without its types, equally long. */
  readonly code: string;
  readonly statements: readonly Statement[];
  readonly tokens: readonly Token[];
  /** Offsets in the tree are this much larger than those in the text. */
  readonly shift: number;
}

/**
 * Reads a text. Plain JavaScript is parsed once; a text with types three times: without success as JavaScript, with its
 * types, and without them.
 * @throws SourceError with the place.
 */
export function readProgram(source: string, frame: ProgramFrame): ParsedProgram {
  const script = scriptOf(source, source, frame);
  const plain = script instanceof SourceError ? undefined : programOf(script, source, source, frame);
  if (plain && !mayHoldTypes(plain.tokens)) return plain;
  const typed = readTypeScript(source);
  const code = eraseTypes(source, typed);
  if (code === source && plain) return plain;
  const erased = code === source ? script : scriptOf(source, code, frame);
  if (erased instanceof SourceError) throw erased;
  const program = programOf(erased, source, code, frame);
  const different = differenceOf(typed, program.statements as unknown as readonly TypedNode[], program.shift);
  if (different === undefined) return program;
  const fix = "write `as` instead of `<…>`, or put parentheses around the expression";
  throw errorAt(source, different.start, `without its types this would mean something else; ${fix}`);
}

function readTypeScript(source: string): readonly TypedNode[] {
  try {
    return parseTypeScript(source);
  } catch (thrown) {
    throw problemWith(thrown, source, 0);
  }
}

/** The script that will be evaluated, or why it does not parse. */
function scriptOf(source: string, code: string, { head, tail, names }: ProgramFrame): Script | SourceError {
  try {
    return parseScript(head + code + tail);
  } catch (thrown) {
    const problem = problemWith(thrown, source, head.length);
    if ((thrown as { readonly pos: number }).pos >= head.length) return problem;
    throw new SandboxError("bad-scope", `the scope names ${names.join(", ")} cannot be parameter names`);
  }
}

/** What is evaluated must be one function from the first to the last character, whatever the text closes or hides. */
function programOf(script: Script, source: string, code: string, { head, tail }: ProgramFrame): ParsedProgram {
  const shift = head.length;
  // A script may hold `<!--` comments, which a module reads as operators.
  const odd = script.comments.find(({ type, value, start, end }) => {
    return end - start !== value.length + (type === "Block" ? 4 : 2);
  });
  if (odd) throw errorAt(source, odd.start - shift, "HTML-like comments are not allowed");
  const [statement] = script.program.body;
  const bracket = statement?.type === "ExpressionStatement" ? statement.expression : undefined;
  const whole = bracket?.type === "ParenthesizedExpression" ? bracket.expression : undefined;
  if (whole?.type !== "FunctionExpression" || whole.end !== shift + code.length + tail.length - 1) {
    throw errorAt(source, (whole?.end ?? shift + 1) - 1 - shift, "the text closes a bracket that it did not open");
  }
  const end = shift + code.length;
  const statements = whole.body.body.filter(({ start }) => start >= shift && start < end);
  return { code, statements, tokens: script.tokens, shift };
}

const opening: ReadonlySet<string> = new Set(["(", "[", "{", "${"]);
const closing: ReadonlySet<string> = new Set([")", "]", "}"]);
/** Tokens that a list of types may hold outside of brackets, if the text is also JavaScript. */
const ofTypes: ReadonlySet<string> = new Set([
  ..."name privateId string num ` template , . | & +/- => ...".split(" "),
  ..."typeof void null this new import true false".split(" "),
]);

/**
 * True for JavaScript that TypeScript may read in another way: `f<T>(x)` compares there, and calls here. One pass over
 * the tokens, which looks for a `>` after a `<` with nothing between that cannot be a type.
 */
function mayHoldTypes(tokens: readonly Token[]): boolean {
  const open = [false];
  for (const { type, value } of tokens as readonly (Token & { readonly value?: unknown })[]) {
    const last = open.length - 1;
    if (opening.has(type.label)) open.push(false);
    else if (closing.has(type.label)) open.pop();
    else if (value === "<" || value === "<<") open[last] = true;
    else if (value === ">" || value === ">>" || value === ">>>") {
      if (open[last] === true) return true;
    } else if (!ofTypes.has(type.label)) open[last] = false;
  }
  return false;
}

/**
 * What a function's own text says of it: its kind, name and parameters, read from `Function.prototype.toString` without
 * any file.
 */
import { type Options, Parser } from "acorn";
import { numberedParams, type ParamInfo, readParams } from "./params.ts";
import type { SourceComment, SyntaxNode } from "./syntax.ts";

/**
 * What kind of function it is. `"class"`, `"getter"` and `"setter"` cannot be called like a function; `"native"` is one
 * whose text the engine keeps to itself (built in, bound, a Proxy) or that cannot be read.
 */
export type FunctionKind = "function" | "arrow" | "method" | "class" | "getter" | "setter" | "native";

/** The head of a function: all that stands before its body. */
export interface FunctionHead {
  readonly kind: FunctionKind;
  /** The function's `name`; left out when it has none. */
  readonly name?: string;
  readonly params: readonly ParamInfo[];
  readonly async: boolean;
  readonly generator: boolean;
}

/** A function's text and where in `text` its node is: a method had to be put into a class to be parsed. */
export interface RuntimeSyntax {
  readonly text: string;
  readonly node: SyntaxNode;
  /** The member that holds the function, for a method. */
  readonly member: SyntaxNode | undefined;
  readonly comments: readonly SourceComment[];
}

/** The text that the engine keeps of a function, past any `toString` that the function may carry itself. */
function textOf(fn: Function): string {
  return Function.prototype.toString.call(fn);
}

/**
 * The kind, name and parameters of a function, from its text alone. It parses only the head, so its cost does not grow
 * with the body. Never throws: of a function whose text cannot be read, the parameters are `arg0`, `arg1`, … by
 * `fn.length`.
 */
export function paramsOf(fn: Function): FunctionHead {
  const text = textOf(fn);
  const name = typeof fn.name === "string" && fn.name !== "" ? { name: fn.name } : {};
  if (isClassText(text))
    return { kind: "class", ...name, params: numberedParams(arity(fn)), async: false, generator: false };
  const found = NATIVE.test(text) ? undefined : (headOf(text, 0, "") ?? headOf(text, CLASS_OPEN.length, CLASS_OPEN));
  if (found === undefined) {
    const tag = Object.prototype.toString.call(fn);
    const [async, generator] = [tag.includes("Async"), tag.includes("Generator")];
    return { kind: "native", ...name, params: numberedParams(arity(fn)), async, generator };
  }
  const { node, kind } = found;
  const params = readParams(node.params ?? []);
  return { kind, ...name, params, async: node.async === true, generator: node.generator === true };
}

/** The whole syntax of a function's text; undefined for what is no readable function (native, a class, an accessor). */
export function syntaxOf(fn: Function): RuntimeSyntax | undefined {
  const text = textOf(fn);
  if (isClassText(text) || NATIVE.test(text)) return undefined;
  return functionSyntax(text) ?? methodSyntax(`${CLASS_OPEN}${text}})`);
}

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;
const CLASS_OPEN = "(class{";

// Lenient, as the text has run already: it may stem from a script or a module, and refer to what surrounded it.
const OPTIONS: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowSuperOutsideMethod: true,
  allowImportExportEverywhere: true,
  checkPrivateFields: false,
};

/** A class is told by its first word; a method that is named `class` has its parameters right behind. */
function isClassText(text: string): boolean {
  return /^class(?![\w$]|\s*\()/.test(text);
}

function arity(fn: Function): number {
  return Number.isSafeInteger(fn.length) && fn.length >= 0 ? Math.min(fn.length, 255) : 0;
}

interface Head {
  readonly node: SyntaxNode;
  readonly kind: FunctionKind;
}

/** What a HeadParser stops with. It is no Error, because an Error costs more than the parse. */
class HeadFound {
  readonly head: Head;
  constructor(head: Head) {
    this.head = head;
  }
}

/** The methods of acorn's parser that plugins may override; its types leave them out. */
interface ParserInternals {
  parseFunctionBody(node: SyntaxNode, isArrow: boolean, ...rest: unknown[]): unknown;
  parseClassMethod(method: SyntaxNode, ...rest: unknown[]): unknown;
  readonly start: number;
  nextToken(): void;
  parseExpression(): SyntaxNode;
}
type ParserConstructor = new (options: Options, input: string, startPos?: number) => ParserInternals;

/**
 * Stops at the body of the function that begins at `from`, with all before it parsed; functions inside of its defaults
 * are passed over.
 */
class HeadParser extends (Parser as unknown as ParserConstructor) {
  from = 0;
  private bodyOf = -1;
  private kind: FunctionKind = "function";

  override parseClassMethod(method: SyntaxNode, ...rest: unknown[]): unknown {
    if (method.start === this.from) {
      // The function's node of a method begins at its parameter list, where the parser stands now.
      this.bodyOf = this.start;
      this.kind = method.kind === "get" ? "getter" : method.kind === "set" ? "setter" : "method";
    }
    return super.parseClassMethod(method, ...rest);
  }

  override parseFunctionBody(node: SyntaxNode, isArrow: boolean, ...rest: unknown[]): unknown {
    if (node.start === this.bodyOf) throw new HeadFound({ node, kind: this.kind });
    if (node.start === this.from) throw new HeadFound({ node, kind: isArrow ? "arrow" : "function" });
    return super.parseFunctionBody(node, isArrow, ...rest);
  }
}

function headOf(text: string, from: number, prefix: string): Head | undefined {
  try {
    const parser = new HeadParser(OPTIONS, prefix + text, 0);
    parser.from = from;
    parser.nextToken();
    parser.parseExpression();
  } catch (stop) {
    if (stop instanceof HeadFound) return stop.head;
  }
  return undefined;
}

function functionSyntax(text: string): RuntimeSyntax | undefined {
  const comments: SourceComment[] = [];
  const node = parseExpression(text, comments);
  const isWhole = node !== undefined && node.end === text.length && /Function/.test(node.type);
  return isWhole ? { text, node, member: undefined, comments } : undefined;
}

function methodSyntax(text: string): RuntimeSyntax | undefined {
  const comments: SourceComment[] = [];
  const body = parseExpression(text, comments)?.body as SyntaxNode | undefined;
  const member = (body?.body as readonly SyntaxNode[] | undefined)?.[0];
  if (member?.type !== "MethodDefinition" || member.kind === "get" || member.kind === "set") return undefined;
  return { text, node: member.value as SyntaxNode, member, comments };
}

function parseExpression(text: string, comments: SourceComment[]): SyntaxNode | undefined {
  const onComment = (block: boolean, value: string, start: number, end: number): void => {
    comments.push({ block, text: value, start, end });
  };
  try {
    return Parser.parseExpressionAt(text, 0, { ...OPTIONS, onComment }) as unknown as SyntaxNode;
  } catch {
    return undefined;
  }
}

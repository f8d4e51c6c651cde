/**
 * What a function's own text says of it: its kind, name and parameters, read from `Function.prototype.toString` without
 * any file.
 */
import { type Literal, readLiteral, unescaped } from "./literal.ts";
import { isClassText, isNativeText, textOf } from "./own-text.ts";
import { freeName, numberedParams, type ParamInfo } from "./params.ts";
import { TokenReader } from "./tokens.ts";

/**
 * What kind of function it is. `"class"`, `"getter"` and `"setter"` cannot be called like a function; `"native"` is one
 * whose text the engine keeps to itself (built in, bound, a Proxy) or that cannot be read.
 */
export type FunctionKind = "function" | "arrow" | "method" | "class" | "getter" | "setter" | "native";

/** The head of a function: everything before its body. */
export interface FunctionHead {
  readonly kind: FunctionKind;
  /** The function's `name`; left out when it has none. */
  readonly name?: string;
  readonly params: readonly ParamInfo[];
  readonly async: boolean;
  readonly generator: boolean;
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
  const found = isNativeText(text) ? undefined : headOf(text);
  if (found === undefined) {
    const tag = Object.prototype.toString.call(fn);
    const [async, generator] = [tag.includes("Async"), tag.includes("Generator")];
    return { kind: "native", ...name, params: numberedParams(arity(fn)), async, generator };
  }
  return { ...found, ...name };
}

function arity(fn: Function): number {
  return Number.isSafeInteger(fn.length) && fn.length >= 0 ? Math.min(fn.length, 255) : 0;
}

/** What the text says before the body. */
interface Head {
  readonly kind: FunctionKind;
  readonly params: readonly ParamInfo[];
  readonly async: boolean;
  readonly generator: boolean;
}

/** The head of a function's text; undefined when it has none that can be read. */
function headOf(text: string): Head | undefined {
  try {
    return readHead(new TokenReader(text));
  } catch {
    return undefined;
  }
}

function readHead(tokens: TokenReader): Head {
  let async = passWord(tokens, "async", ["(", "=>"]);
  const isFunction = passWord(tokens, "function", []);
  const generator = tokens.takes("*");
  const side = (["get", "set"] as const).find((word) => !isFunction && passWord(tokens, word, ["(", "=>"]));
  const name = key(tokens);
  if (name !== "" && tokens.sees("=>")) return { kind: "arrow", params: named(name), async, generator };
  const params = parameters(tokens);
  // Without a name, or where that is `async`, only what follows tells an arrow from a method.
  const isArrow = !isFunction && tokens.takes("=>");
  if (isArrow && name === "async") async = true;
  const method = side === undefined ? "method" : side === "get" ? "getter" : "setter";
  return { kind: isFunction ? "function" : isArrow ? "arrow" : method, params, async, generator };
}

/** Passes a keyword, unless one of `others` behind it shows that it is a name here. */
function passWord(tokens: TokenReader, keyword: string, others: readonly string[]): boolean {
  const before = tokens.at;
  if (tokens.pass("IdentifierName") === keyword && !others.some((text) => tokens.sees(text))) return true;
  tokens.at = before;
  return false;
}

/** Passes the name of a function or the key of a method, and gives what a single parameter of an arrow could be. */
function key(tokens: TokenReader): string {
  if (tokens.sees("[")) tokens.brackets();
  else if (tokens.pass("StringLiteral", "NumericLiteral", "PrivateIdentifier") === "") return name(tokens);
  return "";
}

function name(tokens: TokenReader): string {
  return unescaped(tokens.pass("IdentifierName"));
}

function named(name: string): ParamInfo[] {
  return [{ name, rest: false, optional: false, pattern: undefined, hasDefault: false }];
}

function parameters(tokens: TokenReader): ParamInfo[] {
  if (!tokens.takes("(")) throw new SyntaxError("There is no list of parameters.");
  const params: ParamInfo[] = [];
  while (!tokens.takes(")")) {
    params.push(parameter(tokens));
    tokens.takes(",");
  }
  const declared = new Set(params.map(({ name }) => name));
  return params.map((param, index) =>
    param.pattern === undefined ? param : { ...param, name: freeName(index, declared) },
  );
}

function parameter(tokens: TokenReader): ParamInfo {
  const rest = tokens.takes("...");
  const pattern = tokens.sees("{") ? "{}" : tokens.sees("[") ? "[]" : undefined;
  if (pattern !== undefined) tokens.brackets();
  const declared = pattern === undefined ? name(tokens) : "";
  if (declared === "" && pattern === undefined) throw new SyntaxError("There is no parameter.");
  const hasDefault = tokens.takes("=");
  const literal = hasDefault ? defaultOf(tokens) : undefined;
  return { name: declared, rest, optional: hasDefault, pattern, hasDefault, ...(literal && { default: literal }) };
}

function defaultOf(tokens: TokenReader): Literal | undefined {
  const before = tokens.at;
  const literal = readLiteral(tokens);
  if (literal !== undefined && (tokens.sees(",") || tokens.sees(")"))) return literal;
  tokens.at = before;
  tokens.expression();
  return undefined;
}

/**
 * What a function's own text says of it: its kind, name and parameters, read from `Function.prototype.toString` without
 * any file.
 */
import { type Literal, readLiteral, unescaped } from "./literal.ts";
import { isClassText, isNativeText, textOf } from "./own-text.ts";
import { freeName, numberedParams, type ParamInfo } from "./params.ts";
import { Scanner } from "./scan.ts";

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
export function headOf(text: string): Head | undefined {
  try {
    return readHead(new Scanner(text));
  } catch {
    return undefined;
  }
}

function readHead(scanner: Scanner): Head {
  let async = passWord(scanner, "async", ["(", "=>"]);
  const isFunction = passWord(scanner, "function", []);
  const generator = scanner.takes("*");
  const side = (["get", "set"] as const).find((word) => !isFunction && passWord(scanner, word, ["(", "=>"]));
  const name = key(scanner);
  if (name !== "" && scanner.sees("=>")) return { kind: "arrow", params: named(name), async, generator };
  const params = parameters(scanner);
  // Without a name, or where that is `async`, only what follows tells an arrow from a method.
  const isArrow = !isFunction && scanner.takes("=>");
  if (isArrow && name === "async") async = true;
  const method = side === undefined ? "method" : side === "get" ? "getter" : "setter";
  return { kind: isFunction ? "function" : isArrow ? "arrow" : method, params, async, generator };
}

/** Passes a keyword, unless one of `others` behind it shows that it is a name here. */
function passWord(scanner: Scanner, keyword: string, others: readonly string[]): boolean {
  const before = scanner.at;
  if (scanner.word() === keyword && !others.some((text) => scanner.sees(text))) return true;
  scanner.at = before;
  return false;
}

/** Passes the name of a function or the key of a method, and gives what a single parameter of an arrow could be. */
function key(scanner: Scanner): string {
  if (scanner.sees("[")) scanner.brackets();
  scanner.takes("#");
  return scanner.quoted() === "" && scanner.number() === "" ? unescaped(scanner.word()) : "";
}

function named(name: string): ParamInfo[] {
  return [{ name, rest: false, optional: false, pattern: undefined, hasDefault: false }];
}

function parameters(scanner: Scanner): ParamInfo[] {
  if (!scanner.takes("(")) throw new SyntaxError("There is no list of parameters.");
  const params: ParamInfo[] = [];
  while (!scanner.takes(")")) {
    params.push(parameter(scanner));
    scanner.takes(",");
  }
  const declared = new Set(params.map(({ name }) => name));
  return params.map((param, index) =>
    param.pattern === undefined ? param : { ...param, name: freeName(index, declared) },
  );
}

function parameter(scanner: Scanner): ParamInfo {
  const rest = scanner.takes("...");
  const pattern = scanner.sees("{") ? "{}" : scanner.sees("[") ? "[]" : undefined;
  if (pattern !== undefined) scanner.brackets();
  const name = pattern === undefined ? unescaped(scanner.word()) : "";
  if (name === "" && pattern === undefined) throw new SyntaxError("There is no parameter.");
  const hasDefault = scanner.takes("=");
  const literal = hasDefault ? defaultOf(scanner) : undefined;
  return { name, rest, optional: hasDefault, pattern, hasDefault, ...(literal && { default: literal }) };
}

function defaultOf(scanner: Scanner): Literal | undefined {
  const before = scanner.at;
  const literal = readLiteral(scanner);
  if (literal !== undefined && (scanner.sees(",") || scanner.sees(")"))) return literal;
  scanner.at = before;
  scanner.expression();
  return undefined;
}

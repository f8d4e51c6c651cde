/**
 * The shape of a function's text: what it says, without how it is written, so that a formatter or a compiler changes
 * nothing.
 */

import type { Options } from "acorn";
import { isRecord } from "../../util/is-record.ts";
import { hashOf } from "../../util/json.ts";
import { loadAcorn } from "../../util/packages.ts";

/** A function as text. */
export interface FunctionShape {
  /** Equal for texts that differ in white space, comments, quotes, semicolons and the marks of compilers. */
  readonly hash: string;
  /** The variables that it mentions, in order, each once. */
  readonly mentions: readonly Mention[];
  /** Variables and fields that it writes to. */
  readonly writes: ReadonlySet<string>;
}

/** A variable, or a member of an imported module's object, as compilers write imports. */
export interface Mention {
  readonly name: string;
  readonly module: string | undefined;
}

type SyntaxTree = Readonly<Record<string, unknown>> & { readonly type: string };

const options: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowSuperOutsideMethod: true,
  allowImportExportEverywhere: true,
  allowAwaitOutsideFunction: true,
  checkPrivateFields: false,
};

/** Methods that change the collection that they are called on. */
const changing: ReadonlySet<string> = new Set(
  "push pop shift unshift splice sort reverse fill copyWithin set add delete clear".split(" "),
);

/** The shape of a function; undefined when the engine does not show its text. */
export function shapeOf(fn: Function): FunctionShape | undefined {
  const tree = parseFunction(Function.prototype.toString.call(fn));
  if (tree === undefined) return undefined;
  const mentions = new Map<string, Mention>();
  // The name of the function itself is ignored: compilers put numbers behind names that are taken.
  const plain = plainOf({ ...tree, id: null, key: null }, (mention) =>
    mentions.set(mention.name, mentions.get(mention.name) ?? mention),
  );
  return { hash: hashOf(plain).slice(0, 16), mentions: [...mentions.values()], writes: writtenIn(tree) };
}

/**
 * The names of variables and fields that a whole program assigns to, or changes by a method of collections; undefined
 * when it does not parse.
 */
export function writesOf(program: string): ReadonlySet<string> | undefined {
  const { Parser } = loadAcorn();
  for (const sourceType of ["module", "script"] as const) {
    try {
      const tree = Parser.parse(program, { ...options, sourceType, allowHashBang: true });
      return writtenIn(tree as unknown as SyntaxTree);
    } catch {
      // The other kind of program, or not a program.
    }
  }
  return undefined;
}

/** A method parses only inside something that has methods. */
function parseFunction(text: string): SyntaxTree | undefined {
  const { Parser } = loadAcorn();
  for (const [open, close] of [
    ["(", ")"],
    ["({", "})"],
    ["(class{", "})"],
  ]) {
    try {
      return Parser.parseExpressionAt(`${open}${text}${close}`, 0, options) as unknown as SyntaxTree;
    } catch {
      // Another kind of function.
    }
  }
  return undefined;
}

type Mentioned = (mention: Mention) => void;

/** Keys that say where and how something is written, not what. */
const layout: ReadonlySet<string> = new Set(["type", "start", "end", "raw", "shorthand", "directive", "sourceType"]);

/** The tree as JSON, without layout and without what compilers add. */
function plainOf(value: unknown, mentioned: Mentioned): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isFiller(item)).map((item) => plainOf(item, mentioned));
  }
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof RegExp) return String(value);
  if (!isTree(value)) return isRecord(value) ? plainRecord(value, mentioned) : value;
  const tree = unwrap(value);
  if (tree !== value) return plainOf(tree, mentioned);
  const module = importedFrom(tree);
  if (module !== undefined) {
    const { name } = tree["property"] as { readonly name: string };
    mentioned({ name, module });
    return ["Identifier", { name }];
  }
  if (tree.type === "Identifier") mentioned({ name: tree["name"] as string, module: undefined });
  return [tree.type, plainRecord(tree, mentioned)];
}

function plainRecord(record: Readonly<Record<string, unknown>>, mentioned: Mentioned): Record<string, unknown> {
  const isNamed = record["computed"] === false;
  const entries = Object.entries(record).filter(([key, value]) => !layout.has(key) && value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      // The name of a field is not a variable.
      const isField = isNamed && (key === "property" || key === "key");
      return [key, plainOf(value, isField ? () => {} : mentioned)];
    }),
  );
}

/** Empty statements, `"use strict"`, and the `__name(fn, "fn")` with which esbuild keeps names. */
function isFiller(value: unknown): boolean {
  if (!isTree(value)) return false;
  if (value.type === "EmptyStatement" || value["directive"] === "use strict") return true;
  if (value.type === "StaticBlock") return (value["body"] as readonly unknown[]).every(isFiller);
  return value.type === "ExpressionStatement" && isNaming(value["expression"]);
}

function isNaming(value: unknown): boolean {
  return isTree(value) && value.type === "CallExpression" && identifierIn(value["callee"]) === "__name";
}

/** The content of the wrappers of compilers: `__name(fn, "fn")`, `(0, fn)`, `(fn)`, `void 0`. */
function unwrap(tree: SyntaxTree): SyntaxTree {
  if (isNaming(tree)) return (tree["arguments"] as readonly SyntaxTree[])[0] ?? tree;
  if (tree.type === "ParenthesizedExpression" || tree.type === "ChainExpression")
    return tree["expression"] as SyntaxTree;
  const { expressions, operator, argument } = tree as { [key: string]: unknown };
  if (tree.type === "SequenceExpression") {
    const [first, second, ...others] = expressions as readonly SyntaxTree[];
    return others.length === 0 && first?.["value"] === 0 && second !== undefined ? second : tree;
  }
  const isVoid = tree.type === "UnaryExpression" && operator === "void" && (argument as SyntaxTree)["value"] === 0;
  return isVoid ? ({ type: "Identifier", name: "undefined" } as SyntaxTree) : tree;
}

/** The module in `__vite_ssr_import_0__.t`, `import_tracegrad.t`, which are `t` in the author's text. */
function importedFrom(tree: SyntaxTree): string | undefined {
  if (tree.type !== "MemberExpression" || tree["computed"] === true) return undefined;
  const name = identifierIn(tree["object"]);
  return name !== undefined && /^(?:__vite_ssr_import_\d+__|import_\w+|_?\w+_1)$/.test(name) ? name : undefined;
}

function identifierIn(value: unknown): string | undefined {
  return isTree(value) && value.type === "Identifier" ? (value["name"] as string) : undefined;
}

function writtenIn(tree: SyntaxTree): ReadonlySet<string> {
  const written = new Set<string>();
  const waiting: unknown[] = [tree];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) waiting.push(...(value as unknown[]));
    if (!isTree(value)) continue;
    const { left, argument, callee } = value as Readonly<Record<string, unknown>>;
    if (value.type === "AssignmentExpression" || /^For(?:In|Of)Statement$/.test(value.type)) targetsIn(left, written);
    if (value.type === "UpdateExpression") targetsIn(argument, written);
    if (value.type === "UnaryExpression" && value["operator"] === "delete") targetsIn(argument, written);
    if (isTree(callee) && changing.has(fieldIn(callee) ?? "")) targetsIn(callee["object"], written);
    waiting.push(...Object.values(value));
  }
  return written;
}

/** The names on the path to a target of an assignment: `a.b.c = 1` changes a, b and c. */
function targetsIn(target: unknown, written: Set<string>): void {
  if (Array.isArray(target)) for (const one of target as unknown[]) targetsIn(one, written);
  if (!isTree(target) || target.type === "VariableDeclaration") return;
  const name = identifierIn(target) ?? fieldIn(target);
  if (name !== undefined) written.add(name);
  for (const key of ["object", "elements", "properties", "argument", "left", "expression"])
    targetsIn(target[key], written);
  if (target.type === "Property") targetsIn(target["value"], written);
}

function fieldIn(value: SyntaxTree): string | undefined {
  if (value.type !== "MemberExpression") return undefined;
  const { property } = value as { readonly property?: { readonly name?: string; readonly value?: unknown } };
  return value["computed"] === true ? undefined : property?.name;
}

function isTree(value: unknown): value is SyntaxTree {
  return isRecord(value) && typeof value["type"] === "string";
}

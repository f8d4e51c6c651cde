/** The heads of the functions of installed packages, as our scanner and as a parser read them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "acorn";
import { expect, test } from "vitest";
import { type FunctionHead, headOf } from "../../../src/nodes/source/head.ts";
import { readParams } from "../../../src/nodes/source/params.ts";
import type { SyntaxNode } from "../../../src/nodes/source/syntax.ts";

/** Written by hand, compiled and minified, as modules and as scripts. */
const packages = [
  ...["acorn", "ai", "async", "commander", "csv-parse", "diff", "fast-check", "graphology", "immer", "knip"],
  ...["openai", "pure-rand", "simple-statistics", "fastq", "tokenx", "zod"],
];

const modules = join(import.meta.dirname, "../../../node_modules");

interface FoundFunction {
  /** As `Function.prototype.toString` gives it. */
  readonly text: string;
  readonly kind: FunctionHead["kind"];
  readonly node: SyntaxNode;
}

/** The JavaScript files of a package, without those of packages inside. */
function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.[cm]?js$/.test(name) && !/node_modules/.test(name))
    .map((name) => join(folder, name));
}

function treeOf(text: string): SyntaxNode | undefined {
  for (const sourceType of ["module", "script"] as const) {
    try {
      const options = {
        ecmaVersion: "latest",
        sourceType,
        allowHashBang: true,
        allowReturnOutsideFunction: true,
      } as const;
      return parse(text, options) as unknown as SyntaxNode;
    } catch {
      // The other kind, or no JavaScript.
    }
  }
  return undefined;
}

interface Holder {
  readonly type: string;
  readonly method?: boolean;
  readonly static?: boolean;
  readonly kind?: string;
  readonly start: number;
  readonly end: number;
}

/** The functions below a node, but no constructors, whose texts are those of their classes. */
function* functionsIn(text: string, node: SyntaxNode, holder: Holder): Generator<FoundFunction> {
  const own = node as unknown as Holder;
  if (/Function/.test(node.type)) yield* found(text, node, holder);
  for (const part of Object.values(node))
    for (const child of Array.isArray(part) ? (part as unknown[]) : [part])
      if (typeof (child as SyntaxNode | null)?.type === "string") yield* functionsIn(text, child as SyntaxNode, own);
}

function* found(text: string, node: SyntaxNode, holder: Holder): Generator<FoundFunction> {
  if (node.type === "ArrowFunctionExpression") yield { text: text.slice(node.start, node.end), kind: "arrow", node };
  else if (holder.type === "MethodDefinition" || (holder.type === "Property" && isMethod(holder, node))) {
    const own = text.slice(holder.start, holder.end);
    const kind = holder.kind === "get" ? "getter" : holder.kind === "set" ? "setter" : "method";
    if (holder.kind !== "constructor") yield { text: holder.static ? own.replace(/^static\s*/, "") : own, kind, node };
  } else yield { text: text.slice(node.start, node.end), kind: "function", node };
}

/** Whether a function is what a property is, not its computed key or a default in it. */
function isMethod(holder: Holder, node: SyntaxNode): boolean {
  return (holder.method === true || holder.kind !== "init") && node.end === holder.end;
}

interface ReadFile {
  readonly file: string;
  readonly text: string;
  readonly tree: SyntaxNode;
}

function* files(): Generator<ReadFile> {
  for (const file of packages.flatMap((name) => filesOf(join(modules, name)))) {
    const text = readFileSync(file, "utf8");
    const tree = treeOf(text);
    if (tree !== undefined) yield { file, text, tree };
  }
}

test("the scanner reads the heads of the functions of packages as a parser does", () => {
  const faults: unknown[] = [];
  let count = 0;
  for (const { file, text, tree } of files()) {
    for (const { text: own, kind, node } of functionsIn(text, tree, tree as unknown as Holder)) {
      const { async, generator } = node as unknown as { readonly async: boolean; readonly generator: boolean };
      const expected = { kind, params: readParams(node.params ?? []), async, generator };
      const head = headOf(own);
      count += 1;
      if (!isDeepStrictEqual(head, expected)) faults.push({ file, text: own.slice(0, 300), head, expected });
    }
  }
  expect(faults.slice(0, 5)).toEqual([]);
  expect(count).toBeGreaterThan(5_000);
});

// Heads are simple in most programs. A default may hold any code: here, all that there is.
test("the scanner finds the end of a default that holds a whole file", () => {
  const faults: string[] = [];
  let count = 0;
  for (const { file, text, tree } of files()) {
    const code = text.slice(tree.start).replace(/^#!.*/, "");
    count += 1;
    const names = headOf(`(a = () => {${code}\n}, b = "/") => a`)?.params.map(({ name }) => name);
    if (!isDeepStrictEqual(names, ["a", "b"])) faults.push(file);
  }
  expect(faults).toEqual([]);
  expect(count).toBeGreaterThan(1_000);
});

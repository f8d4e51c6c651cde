/** The signature of the entry function: what a text must define, and what it defines. */
import type { AnyNode, Function as FunctionNode, Pattern } from "acorn";
import { shorten } from "../util/cut.ts";
import type { SourceError } from "../util/errors.ts";
import { sameName } from "../util/names.ts";
import { closest } from "./globals.ts";
import { errorAt } from "./parse.ts";
import type { ParsedProgram } from "./program.ts";
import type { CodeSpec } from "./sandbox.ts";
import { unwrapParentheses } from "./tree.ts";

interface NamedDefinition {
  readonly name: string;
  readonly at: number;
  readonly fn: FunctionNode | undefined;
  /** The declaration's keyword, such as `let` or `class`. */
  readonly kind: string;
}

/**
 * Finds the entry function of a parsed text.
 * @throws SourceError unless it is defined exactly once, at top level, with the given signature.
 */
export function entryOf({ statements, shift }: ParsedProgram, source: string, spec: CodeSpec): FunctionNode {
  const all = statements.flatMap(definitionsOf);
  const [first, second] = all.filter((definition) => definition.name === spec.entry);
  const wanted = `\`${signature(spec.async, false, spec.entry, spec.params)}\``;
  const fail = (problem: string, at: number): SourceError => errorAt(source, Math.max(0, at - shift), problem);
  if (!first) {
    const functions = all.filter((definition) => definition.fn).map((definition) => definition.name);
    const near = closest(spec.entry, functions) ?? (functions.length === 1 ? functions[0] : undefined);
    const found = near === undefined ? "" : `; found \`${near}\``;
    const at = all.find((definition) => definition.name === near)?.at ?? 0;
    throw fail(`expected ${wanted} at the top level${found}`, near === undefined ? 0 : at);
  }
  if (second) throw fail(`\`${spec.entry}\` is defined twice; define it once`, second.at);
  if (!first.fn || first.kind === "var") {
    throw fail(`expected ${wanted} as a function declaration or a const or let with a function`, first.at);
  }
  const params = first.fn.params.map(paramOf);
  const got = signature(first.fn.async, first.fn.generator, spec.entry, params);
  const isSame = params.length === spec.params.length && params.every((name, index) => mayBe(name, index, spec));
  if (first.fn.async !== spec.async || first.fn.generator || !isSame)
    throw fail(`expected ${wanted}, got \`${shorten(got, 500)}\``, first.at);
  return first.fn;
}

function definitionsOf(statement: AnyNode): NamedDefinition[] {
  if (statement.type === "FunctionDeclaration") {
    return [{ name: statement.id?.name ?? "", at: statement.start, fn: statement, kind: "function" }];
  }
  if (statement.type === "ClassDeclaration") {
    return [{ name: statement.id?.name ?? "", at: statement.start, fn: undefined, kind: "class" }];
  }
  if (statement.type !== "VariableDeclaration") return [];
  return statement.declarations.flatMap(({ id, init, start }) => {
    if (id.type !== "Identifier") return [];
    const value = init ? unwrapParentheses(init) : undefined;
    const isFunction = value?.type === "FunctionExpression" || value?.type === "ArrowFunctionExpression";
    return [{ name: id.name, at: start, fn: isFunction ? value : undefined, kind: statement.kind }];
  });
}

/** As {@link CodeSpec.params} writes it; a default value is no part of the signature. */
function paramOf(pattern: Pattern): string {
  if (pattern.type === "Identifier") return pattern.name;
  if (pattern.type === "AssignmentPattern") return paramOf(pattern.left);
  if (pattern.type === "RestElement") return `...${paramOf(pattern.argument)}`;
  return pattern.type === "ObjectPattern" ? "{}" : "[]";
}

/** Whether a parameter of a text can be the one at its place: bundlers and minifiers rename those of the program. */
function mayBe(param: string, index: number, { params, renamed }: CodeSpec): boolean {
  const wanted = params[index] ?? "";
  const name = /[^.{}[\]]+$/;
  return sameName(param, wanted) || (renamed === true && param.replace(name, "_") === wanted.replace(name, "_"));
}

function signature(async: boolean, generator: boolean, name: string, params: readonly string[]): string {
  return `${async ? "async " : ""}function${generator ? "*" : ""} ${name}(${params.join(", ")})`;
}

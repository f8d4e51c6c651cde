/** The text of a function as it runs, with the names that it uses from outside and what would not work elsewhere. */

import type { AnyNode, Identifier } from "acorn";
import { freeNames } from "../sandbox/free.ts";
import { parseScript } from "../sandbox/parse.ts";
import { childrenOf, unwrapParentheses } from "../sandbox/tree.ts";
import { messageOf } from "../util/errors.ts";

/** A function as text. */
export interface FunctionText {
  /** An expression; of a method what stands in an object literal. */
  readonly text: string;
  readonly isMethod: boolean;
  /** The variables that it uses and does not declare, each once, imports by their names. */
  readonly free: readonly FreeName[];
  /** Whether it is an arrow that uses `this`. */
  readonly hasOuterThis: boolean;
  /** The fields that it reads by name. */
  readonly fields: readonly ReadField[];
}

/** A variable from outside; of an import that was compiled, also the variable of its module. */
export interface FreeName {
  readonly name: string;
  readonly module: string | undefined;
}

/** A field that a function reads: of a variable from outside, of what such a function gives, or of something else. */
export interface ReadField {
  readonly field: string;
  readonly variable: string | undefined;
  readonly called: string | undefined;
}

/** Why a function has no text that runs elsewhere. */
export interface NoText {
  readonly problem: string;
}

/** The text of `fn`, or why there is none. Names of `parts` are no modules of a compiler. */
export function functionText(fn: Function, parts: object): FunctionText | NoText {
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}$/.test(text)) return { problem: "it is native or bound, so that it has no text" };
  if (/^class\b/.test(text)) return { problem: "it is a class. Give what is made of it" };
  const asExpression = parse(`(${text})`);
  const isMethod = asExpression instanceof Error;
  const body = isMethod ? parse(`({${text}})`) : asExpression;
  if (body instanceof Error) return { problem: `its text does not parse: ${messageOf(body)}` };
  return read(text, body, { isMethod, parts });
}

function parse(text: string): readonly AnyNode[] | Error {
  try {
    return parseScript(text).program.body;
  } catch (thrown) {
    return thrown as Error;
  }
}

/** A member of a module's object, and the name that the author imported. */
interface CompiledImport extends FreeName {
  readonly node: AnyNode;
}

function read(
  text: string,
  body: readonly AnyNode[],
  { isMethod, parts }: { readonly isMethod: boolean; readonly parts: object },
): FunctionText | NoText {
  const free = new Set<AnyNode>(freeNames(body as Parameters<typeof freeNames>[0]));
  const fields: ReadField[] = [];
  const imports: CompiledImport[] = [];
  let hasOuterThis = false;
  for (const { node, isInFunction } of nodesIn(body)) {
    const problem = problemWith(node, free);
    if (problem !== undefined) return { problem };
    if (node.type === "ThisExpression" && !isInFunction) hasOuterThis = true;
    if (node.type !== "MemberExpression" || node.computed || node.property.type !== "Identifier") continue;
    const { object, property } = node;
    if (object.type === "Identifier" && free.has(object) && isModule(object.name, parts)) {
      imports.push({ node, name: property.name, module: object.name });
      free.delete(object);
    } else fields.push(fieldOf(object, property.name, free));
  }
  const own = [...free].map((node) => ({ name: (node as Identifier).name, module: undefined }));
  const byName = new Map([...own, ...imports].map(({ name, module }) => [name, { name, module }]));
  const named = withNames(text, imports, isMethod ? 2 : 1);
  return { text: named, isMethod, free: [...byName.values()], hasOuterThis, fields };
}

function problemWith(node: AnyNode, free: ReadonlySet<AnyNode>): string | undefined {
  if (node.type === "Super") return "it uses `super`, which an object without its class has not";
  if (node.type === "PrivateIdentifier") return `it uses the private \`#${node.name}\``;
  if (node.type === "ImportExpression") return "it uses `import()`";
  const written = writtenBy(node);
  if (written === undefined || !free.has(written)) return undefined;
  return `it changes \`${written.name}\`, a variable outside of it. Keep it in an object, or inside`;
}

function writtenBy(node: AnyNode): Identifier | undefined {
  const target =
    node.type === "AssignmentExpression" ? node.left : node.type === "UpdateExpression" ? node.argument : undefined;
  return target?.type === "Identifier" ? target : undefined;
}

/** Of `(await ask(x)).data`: the field `data` of what `ask` gives. */
function fieldOf(object: AnyNode, field: string, free: ReadonlySet<AnyNode>): ReadField {
  let of = unwrapParentheses(object);
  if (of.type === "AwaitExpression") of = unwrapParentheses(of.argument);
  const nameOf = (node: AnyNode) => (node.type === "Identifier" && free.has(node) ? node.name : undefined);
  return { field, variable: nameOf(of), called: of.type === "CallExpression" ? nameOf(of.callee) : undefined };
}

/** The object of a module, in which compilers look up imports: `__vite_ssr_import_0__`, `import_lib`, `lib_js_1`. */
function isModule(name: string, parts: object): boolean {
  return !Object.hasOwn(parts, name) && /^(?:__vi\w*_import_\d+__|import_\w+|_?\w+_1)$/.test(name);
}

/** The text with imports by name, as the author wrote them. */
function withNames(text: string, imports: readonly CompiledImport[], shift: number): string {
  const fromLast = [...imports].sort((a, b) => b.node.start - a.node.start);
  return fromLast.reduce(
    (left, { node, name }) => left.slice(0, node.start - shift) + name + left.slice(node.end - shift),
    text,
  );
}

interface PlacedNode {
  readonly node: AnyNode;
  /** Whether a function with a `this` of its own is around it. */
  readonly isInFunction: boolean;
}

function nodesIn(body: readonly AnyNode[]): readonly PlacedNode[] {
  const found: PlacedNode[] = body.map((node) => ({ node, isInFunction: false }));
  for (const { node, isInFunction } of found) {
    const own = node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || node.type === "ClassBody";
    for (const child of childrenOf(node)) found.push({ node: child, isInFunction: isInFunction || own });
  }
  return found;
}

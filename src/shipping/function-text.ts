/** The text of a function as it runs, with the names that it uses from outside and what would not work elsewhere. */

import type { AnyNode, Identifier } from "acorn";
import { freeNames } from "../sandbox/free.ts";
import { parseScript } from "../sandbox/parse.ts";
import { childrenOf } from "../sandbox/tree.ts";
import { messageOf } from "../util/errors.ts";

/** A function as text. */
export interface FunctionText {
  /** An expression; of a method what stands in an object literal. */
  readonly text: string;
  readonly isMethod: boolean;
  /** The variables that it uses and does not declare, each once. */
  readonly free: readonly string[];
  /** Whether it is an arrow that uses `this`. */
  readonly hasOuterThis: boolean;
  /** Names of the variables whose field `data` it reads; undefined for what is no variable. */
  readonly dataOf: readonly (string | undefined)[];
}

/** The text of `fn`, or why there is none. Names of `parts` are no modules of a compiler. */
export function functionText(fn: Function, parts: object): FunctionText | { readonly problem: string } {
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}$/.test(text)) return { problem: "it is native or bound, so that it has no text" };
  if (/^class\b/.test(text)) return { problem: "it is a class. Give what is made of it" };
  for (const isMethod of [false, true]) {
    const parsed = parse(isMethod ? `({${text}})` : `(${text})`);
    if (parsed instanceof Error && !isMethod) continue;
    return parsed instanceof Error
      ? { problem: `its text does not parse: ${messageOf(parsed)}` }
      : read(text, parsed, { isMethod, parts });
  }
  return { problem: "its text does not parse" };
}

function parse(text: string): readonly AnyNode[] | Error {
  try {
    return parseScript(text).program.body;
  } catch (thrown) {
    return thrown as Error;
  }
}

function read(
  text: string,
  body: readonly AnyNode[],
  { isMethod, parts }: { readonly isMethod: boolean; readonly parts: object },
): FunctionText | { readonly problem: string } {
  const free = new Set<AnyNode>(freeNames(body as Parameters<typeof freeNames>[0]));
  const dataOf: (string | undefined)[] = [];
  const imports: ImportedName[] = [];
  let hasOuterThis = false;
  for (const { node, isInFunction } of nodesIn(body)) {
    const problem = problemWith(node, free);
    if (problem !== undefined) return { problem };
    if (node.type === "ThisExpression" && !isInFunction) hasOuterThis = true;
    const member = memberIn(node);
    if (member?.name === "data") dataOf.push(member.object.type === "Identifier" ? member.object.name : undefined);
    if (member === undefined || !free.has(member.object) || !isModule(member.object, parts)) continue;
    imports.push({ node, name: member.name });
    free.delete(member.object);
  }
  const names = [...[...free].map((node) => (node as Identifier).name), ...imports.map(({ name }) => name)];
  const shift = isMethod ? 2 : 1;
  return { text: withNames(text, imports, shift), isMethod, free: [...new Set(names)], hasOuterThis, dataOf };
}

function problemWith(node: AnyNode, free: ReadonlySet<AnyNode>): string | undefined {
  if (node.type === "Super") return "it uses `super`, which an object without its class has not";
  if (node.type === "PrivateIdentifier") return `it uses the private \`#${node.name}\``;
  if (node.type === "ImportExpression") return "it uses `import()`";
  const written = writtenBy(node);
  if (written === undefined || !free.has(written)) return undefined;
  return `it changes \`${written.name}\`, a variable outside of it. Keep it in an object, or inside`;
}

interface NamedMember {
  readonly object: AnyNode;
  readonly name: string;
}

function memberIn(node: AnyNode): NamedMember | undefined {
  if (node.type !== "MemberExpression" || node.computed || node.property.type !== "Identifier") return undefined;
  return { object: node.object, name: node.property.name };
}

/** The object of a module, in which compilers look up imports: `__vite_ssr_import_0__`, `import_lib`, `lib_js_1`. */
function isModule(node: AnyNode, parts: object): boolean {
  if (node.type !== "Identifier" || Object.hasOwn(parts, node.name)) return false;
  return /^(?:__vi\w*_import_\d+__|import_\w+|_?\w+_1)$/.test(node.name);
}

/** A member of a module's object, and the name that the author imported. */
interface ImportedName {
  readonly node: AnyNode;
  readonly name: string;
}

/** The text with imports by name, as the author wrote them. */
function withNames(text: string, imports: readonly ImportedName[], shift: number): string {
  const fromLast = [...imports].sort((a, b) => b.node.start - a.node.start);
  return fromLast.reduce(
    (left, { node, name }) => left.slice(0, node.start - shift) + name + left.slice(node.end - shift),
    text,
  );
}

function writtenBy(node: AnyNode): Identifier | undefined {
  const target =
    node.type === "AssignmentExpression" ? node.left : node.type === "UpdateExpression" ? node.argument : node;
  return target !== node && target.type === "Identifier" ? target : undefined;
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

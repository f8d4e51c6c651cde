/** Erases types from a text: each becomes spaces, so that every line and column stays where the author put it. */
import { errorAt } from "./parse.ts";
import { childrenOf, type TypedNode } from "./tree.ts";

/** Expressions that are an expression and a type. */
export const typeWrappers: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
]);

/** TypeScript that is more than types: it would have to be compiled. */
const compiled: Readonly<Record<string, string>> = {
  TSEnumDeclaration: "TypeScript enum is not allowed; use an object of plain values",
  TSModuleDeclaration: "TypeScript namespace is not allowed; write its functions at the top level",
  TSParameterProperty: "TypeScript parameter property is not allowed; declare a field and assign it in the constructor",
  TSImportEqualsDeclaration: "`import` is not allowed; pass what is needed in the bundle's `scope` option",
  TSExportAssignment: "`export` is not allowed; define the function without it",
  TSNamespaceExportDeclaration: "`export` is not allowed; define the function without it",
  Decorator: "decorators are not allowed",
};

/** What stands where a statement or a member of a class stands. */
const standing: ReadonlySet<string> = new Set(
  `TSInterfaceDeclaration TSTypeAliasDeclaration TSModuleDeclaration TSEnumDeclaration TSDeclareFunction
  TSIndexSignature VariableDeclaration ClassDeclaration MethodDefinition PropertyDefinition ImportDeclaration
  ExportNamedDeclaration ExportDefaultDeclaration ExportAllDeclaration`.split(/\s+/),
);

const lineEnd = /[\n\r\u2028\u2029]/;
const modifiers: ReadonlySet<string> = new Set(
  "public private protected readonly override abstract declare".split(" "),
);

/** True for what disappears whole: types, and statements and class members that only declare. */
export function isErased(node: TypedNode): boolean {
  if (node.declare === true) return true;
  if (node.abstract === true && !node.type.startsWith("Class")) return true;
  if (node.type === "MethodDefinition") return (node.value as TypedNode).type === "TSDeclareMethod";
  if (node.importKind === "type" || node.exportKind === "type") return true;
  if (node.type.startsWith("Export") && node.declaration) return isErased(node.declaration);
  return node.type.startsWith("TS") && !typeWrappers.has(node.type) && !Object.hasOwn(compiled, node.type);
}

/** The text without its types, equally long. @throws SourceError for TypeScript that is more than types. */
export function eraseTypes(source: string, program: readonly TypedNode[]): string {
  const eraser = new Eraser(source);
  const waiting: [node: TypedNode, inHead: boolean][] = program.map((node) => [node, false]);
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const [node, inHead] = item;
    if (!eraser.erase(node, inHead)) continue;
    const isLoop = node.type.startsWith("For");
    for (const child of childrenOf(node)) waiting.push([child, isLoop && child !== node.body]);
  }
  return eraser.result();
}

class Eraser {
  readonly #source: string;
  readonly #units: string[];
  /** What takes the place of a blank. */
  readonly #marks: [at: number, mark: string][] = [];
  /** Where erased passages end. */
  readonly #erasedTo = new Set<number>();
  /** Where statements and fields end. */
  readonly #ends: number[] = [];

  constructor(source: string) {
    this.#source = source;
    this.#units = source.split("");
  }

  result(): string {
    for (const [at, mark] of this.#marks) this.#units[at] = mark;
    // Where a type ended a statement, the next line must not become a part of it.
    for (const end of this.#ends) if (this.#erasedTo.has(end)) this.#units[end - 1] = ";";
    return this.#units.join("");
  }

  /** Blanks what is type about a node itself; says whether there may be more below it. */
  erase(node: TypedNode, inHead: boolean): boolean {
    if (isErased(node)) {
      this.#blank(node.start, node.end);
      // The statement or member before it ends here, as it did.
      if (standing.has(node.type)) this.#marks.push([node.start, ";"]);
      else if (node.type.endsWith("Specifier")) this.#blankNext(node.end, ",");
      return false;
    }
    const refused = Object.hasOwn(compiled, node.type) ? compiled[node.type] : undefined;
    if (refused !== undefined) throw errorAt(this.#source, node.start, refused);
    if (typeWrappers.has(node.type)) this.#wrapper(node);
    else if (node.type === "Identifier") this.#identifier(node);
    else if (node.type.startsWith("Class") && node.type !== "ClassBody") this.#class(node);
    else if (node.type.endsWith("Definition")) this.#member(node);
    else if (node.type.includes("Function")) this.#function(node);
    const ends = node.type.endsWith("Statement") || /^(?:VariableDeclaration|PropertyDefinition)$/.test(node.type);
    if (ends && !inHead) this.#ends.push(node.end);
    return true;
  }

  #blank(start: number, end: number): void {
    for (let at = start; at < end; at++) if (!lineEnd.test(this.#units[at] as string)) this.#units[at] = " ";
    this.#erasedTo.add(end);
  }

  /** The offset of the next character that is neither space nor comment. */
  #next(from: number): number {
    const trivia = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/y;
    trivia.lastIndex = from;
    trivia.test(this.#source);
    return trivia.lastIndex;
  }

  /** Blanks the next character if it is one of `marks`. */
  #blankNext(from: number, marks: string): void {
    const at = this.#next(from);
    if (at < this.#source.length && marks.includes(this.#source[at] as string)) this.#blank(at, at + 1);
  }

  #wrapper(node: TypedNode): void {
    const { start, end } = node.expression as TypedNode;
    if (node.type === "TSTypeAssertion") this.#blank(node.start, start);
    else this.#blank(end, node.end);
  }

  /** `x?: T` and `x!: T`. */
  #identifier(node: TypedNode): void {
    if (node.typeAnnotation === undefined && node.optional !== true) return;
    const name = /(?:[\p{ID_Continue}$]|\\u[\da-f]{4}|\\u\{[\da-f]+\})+/iuy;
    name.lastIndex = node.start;
    name.test(this.#source);
    // The parser calls the callee of `x?.<T>()` optional.
    const at = this.#next(name.lastIndex);
    if (!this.#source.startsWith("?.", at)) this.#blankNext(at, "?!");
  }

  #class(node: TypedNode): void {
    if (node.abstract === true) this.#blank(node.start, node.start + "abstract".length);
    if (node.implements === undefined || node.implements.length === 0) return;
    const before = node.superTypeParameters ?? node.superClass ?? node.typeParameters ?? node.id;
    const from = before?.end ?? node.start + "class".length;
    this.#blank(from, (node.body as TypedNode).start);
  }

  #member(node: TypedNode): void {
    const key = node.key as TypedNode;
    const gap = this.#source.slice(node.start, key.start);
    for (const { 0: found, index } of gap.matchAll(/\/\/.*|\/\*[^]*?\*\/|\w+/g)) {
      if (!modifiers.has(found)) continue;
      this.#blank(node.start + index, node.start + index + found.length);
      // Without its modifier, `[key]` would go on with the field before it.
      if (index === 0) this.#marks.push([node.start, ";"]);
    }
    this.#blankNext(node.computed === true ? this.#next(key.end) + 1 : key.end, "?!");
  }

  #function(node: TypedNode): void {
    const first = node.params?.[0];
    if (first?.type === "Identifier" && first.name === "this") {
      this.#blank(first.start, first.end);
      this.#blankNext(first.end, ",");
    }
    if (node.type !== "ArrowFunctionExpression") return;
    // No line may end between `async` and `(`, nor between `)` and `=>`.
    const { typeParameters: head, returnType: result } = node;
    if (head && node.async === true) this.#unbreak(head.start, this.#next(head.end));
    if (result === undefined) return;
    let closing = result.start - 1;
    while (/\s/.test(this.#source[closing] as string)) closing--;
    this.#unbreak(result.end - 1, closing);
  }

  /** Moves the bracket at `from` to the other end of a type, `to`, when the type is on several lines. */
  #unbreak(to: number, from: number): void {
    if (!lineEnd.test(this.#source.slice(Math.min(from, to), Math.max(from, to)))) return;
    this.#marks.push([to, this.#source[from] as string], [from, " "]);
  }
}

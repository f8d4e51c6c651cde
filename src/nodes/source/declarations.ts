/** Finds the types that a signature names: in its file, and through relative imports in other files of the program. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseFile } from "./parse.ts";
import { childrenOf, isNode, type ParsedText, type SyntaxNode, walk } from "./syntax.ts";

/** A type that a signature names, itself or through other types. */
export interface TypeDeclaration {
  readonly name: string;
  /** The declaration with its JSDoc; empty for a type of a package. */
  readonly text: string;
  /** Where it stands: the path of a file, or the name of a package. */
  readonly from: string;
}

/** A name with what declares it. */
export interface NamedType {
  /** Interfaces of one name are several. */
  readonly nodes: readonly SyntaxNode[];
  /** Where names in the declarations are looked up. */
  readonly file: TypeFile;
}

/** How much is gathered for one signature. */
const limits = { declarations: 40, chars: 20_000, hops: 20 };

/** The types that one file declares and imports. */
export class TypeFile {
  readonly path: string;
  readonly parsed: ParsedText;
  /** Names that mean one thing here and another thing there. */
  readonly #local: ReadonlySet<string>;
  /** What names stand for, once they were looked up: every result of a function is compared with its type. */
  readonly #found = new Map<string, NamedType | string | undefined>();

  constructor(path: string, parsed: ParsedText) {
    this.path = path;
    this.parsed = parsed;
    this.#local = localTypes(parsed.program);
  }

  /** What a name stands for in this file; a text is the package that it comes from. */
  find(name: string): NamedType | string | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#lookUp(name, limits.hops));
    return this.#found.get(name);
  }

  #lookUp(name: string, hops: number): NamedType | string | undefined {
    if (this.#local.has(name)) return undefined;
    const nodes = this.#statements().filter((node) => isType(node) && node.id?.name === name);
    if (nodes.length > 0) return { nodes, file: this };
    for (const node of bodyOf(this.parsed.program)) {
      if (node.type !== "ImportDeclaration") continue;
      const specifier = specifiersOf(node).find(({ local }) => nameOf(local) === name);
      if (specifier !== undefined) return this.#imported(node, importedName(specifier), hops);
    }
    return undefined;
  }

  #statements(): readonly SyntaxNode[] {
    return bodyOf(this.parsed.program).map((node) =>
      /^Export(Named|Default)Declaration$/.test(node.type) && isNode(node.declaration) ? node.declaration : node,
    );
  }

  #imported({ source }: SyntaxNode & Specified, name: string, hops: number): NamedType | string | undefined {
    const from = isNode(source) ? String(source.value) : "";
    if (!/^\.{1,2}\//.test(from)) return from;
    const file = hops > 0 ? fileAt(resolve(dirname(this.path), from)) : undefined;
    return file?.exported(name, hops - 1);
  }

  /** What this file exports under a name. */
  exported(name: string, hops: number): NamedType | string | undefined {
    for (const node of bodyOf(this.parsed.program)) {
      if (name === "default" && node.type === "ExportDefaultDeclaration" && isNode(node.declaration))
        return isType(node.declaration) ? { nodes: [node.declaration], file: this } : undefined;
      const specifier = specifiersOf(node).find(({ exported }) => exported !== undefined && nameOf(exported) === name);
      if (specifier === undefined) continue;
      const local = nameOf(specifier.local);
      return isNode((node as Specified).source) ? this.#imported(node, local, hops) : this.#lookUp(local, hops);
    }
    const own = this.#lookUp(name, 0);
    if (typeof own === "object") return own;
    for (const node of bodyOf(this.parsed.program)) {
      const found = node.type === "ExportAllDeclaration" ? this.#imported(node, name, hops) : undefined;
      if (typeof found === "object") return found;
    }
    return undefined;
  }
}

/** The declarations that the head of a function names, and those that these name, in the order in which they are met. */
export function declaredTypes(file: TypeFile, fn: SyntaxNode): readonly TypeDeclaration[] {
  const found = new Map<string, TypeDeclaration>();
  const heads = [...(fn.params ?? []), fn.returnType, fn.typeParameters].filter(isNode);
  const waiting = heads.flatMap((node) => namesIn(node).map((name) => ({ name, file })));
  let chars = 0;
  for (const { name, file: scope } of waiting) {
    const type = scope.find(name);
    if (type === undefined || found.size >= limits.declarations) continue;
    if (typeof type === "string") {
      found.set(`${type} ${name}`, { name, text: "", from: type });
      continue;
    }
    const key = `${type.file.path} ${type.nodes[0]?.start}`;
    const text = type.nodes.map((node) => textOf(type.file, node)).join("\n\n");
    if (found.has(key) || chars + text.length > limits.chars) continue;
    chars += text.length;
    found.set(key, { name: type.nodes[0]?.id?.name ?? name, text, from: type.file.path });
    waiting.push(...type.nodes.flatMap((node) => namesIn(node).map((inner) => ({ name: inner, file: type.file }))));
  }
  return [...found.values()];
}

/** The fields that import and export statements have beside those of other nodes. */
interface Specified {
  readonly source?: unknown;
  readonly specifiers?: readonly Specifier[];
}

interface Specifier {
  readonly local: SyntaxNode;
  readonly imported?: SyntaxNode;
  readonly exported?: SyntaxNode;
}

function specifiersOf(node: SyntaxNode & Specified): readonly Specifier[] {
  return node.specifiers ?? [];
}

function importedName({ imported, local }: Specifier): string {
  return imported === undefined ? "default" : nameOf(imported ?? local);
}

function nameOf(node: SyntaxNode): string {
  return node.name ?? String(node.value);
}

function bodyOf({ body }: SyntaxNode): readonly (SyntaxNode & Specified)[] {
  return Array.isArray(body) ? (body as readonly SyntaxNode[]) : [];
}

function isType({ type }: SyntaxNode): boolean {
  return /^TS(Interface|TypeAlias|Enum)Declaration$/.test(type);
}

/** The names of types that are declared anywhere but at the top level, type parameters too. */
function localTypes(program: SyntaxNode): ReadonlySet<string> {
  const names = new Set<string>();
  walk(program, (node, ancestors) => {
    if (node.type === "TSTypeParameter" && node.name !== undefined) names.add(node.name);
    const above = ancestors?.node.type ?? "";
    const isTop = above === "Program" || (above.startsWith("Export") && ancestors?.above?.node.type === "Program");
    if (!isTop && (isType(node) || node.type === "ClassDeclaration") && node.id?.name) names.add(node.id.name);
  });
  return names;
}

/** The names of types under a node, without those that it declares as type parameters. */
function namesIn(node: SyntaxNode): readonly string[] {
  const [names, own] = [new Set<string>(), new Set<string>()];
  const waiting: SyntaxNode[] = [node];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { typeName, name, expression } = at as SyntaxNode & { readonly typeName?: SyntaxNode };
    if (at.type === "TSTypeParameter" && name !== undefined) own.add(name);
    if (at.type === "TSTypeReference" && isNode(typeName)) names.add(leftmost(typeName));
    if (at.type === "TSExpressionWithTypeArguments" && isNode(expression)) names.add(leftmost(expression));
    // Backwards, so that they are met in the order of the text.
    waiting.push(...childrenOf(at).sort((a, b) => b.start - a.start));
  }
  return [...names].filter((name) => !own.has(name));
}

function leftmost(node: SyntaxNode): string {
  let left = node;
  while (isNode(left.left ?? left.object)) left = (left.left ?? left.object) as SyntaxNode;
  return left.name ?? "";
}

/** A declaration as it stands in its file, with the JSDoc before it. */
function textOf({ parsed: { text, comments } }: TypeFile, node: SyntaxNode): string {
  const declaration = text.slice(node.start, node.end);
  const before = comments.findLast((comment) => comment.end <= node.start);
  const isDoc = before?.block === true && before.text.startsWith("*");
  const isNext = isDoc && /^\s*(export\s+)?(default\s+)?(declare\s+)?$/.test(text.slice(before.end, node.start));
  return isNext ? `/*${before.text}*/\n${declaration}` : declaration;
}

/** The file that an import of a path leads to. */
function fileAt(path: string): TypeFile | undefined {
  const stem = path.replace(/\.([cm]?)js(x?)$/, "");
  const [, kind = ""] = /\.([cm]?)jsx?$/.exec(path) ?? [];
  const endings =
    stem === path ? ["", ".ts", ".tsx", ".d.ts", "/index.ts"] : [`.${kind}ts`, `.${kind}tsx`, `.d.${kind}ts`];
  for (const ending of endings) {
    const file = stem + ending;
    const parsed = /\.[cm]?tsx?$/.test(file) && existsSync(file) ? parseFile(file) : undefined;
    if (parsed !== undefined) return new TypeFile(file, parsed);
  }
  return undefined;
}

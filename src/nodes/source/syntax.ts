/**
 * The syntax tree as this folder reads it: one loose node type over ESTree and its TypeScript extension, and a few
 * questions to a node.
 */

/**
 * A node of the tree; which of the optional fields are there depends on `type`. Positions are UTF-16 offsets into the
 * text.
 */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly name?: string;
  readonly value?: unknown;
  readonly kind?: string;
  readonly operator?: string;
  readonly async?: boolean;
  readonly generator?: boolean;
  readonly computed?: boolean;
  readonly static?: boolean;
  readonly method?: boolean;
  readonly optional?: boolean;
  readonly id?: SyntaxNode | null;
  readonly key?: SyntaxNode;
  readonly left?: SyntaxNode;
  readonly right?: SyntaxNode;
  readonly init?: SyntaxNode | null;
  readonly callee?: SyntaxNode;
  readonly object?: SyntaxNode;
  readonly property?: SyntaxNode;
  readonly argument?: SyntaxNode;
  readonly parameter?: SyntaxNode;
  readonly expression?: SyntaxNode | boolean;
  readonly declaration?: SyntaxNode | null;
  readonly source?: SyntaxNode | null;
  readonly typeParameters?: SyntaxNode;
  readonly returnType?: SyntaxNode;
  readonly body?: SyntaxNode | readonly SyntaxNode[];
  readonly params?: readonly SyntaxNode[];
  readonly arguments?: readonly SyntaxNode[];
  readonly declarations?: readonly SyntaxNode[];
  readonly elements?: readonly (SyntaxNode | null)[];
  readonly properties?: readonly SyntaxNode[];
  readonly decorators?: readonly SyntaxNode[];
  readonly expressions?: readonly SyntaxNode[];
  readonly quasis?: readonly SyntaxNode[];
}

/** A comment of a file; `text` is what is between its marks. */
export interface SourceComment {
  readonly block: boolean;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A parsed text: the tree, and the comments in the order of the text. */
export interface ParsedText {
  readonly text: string;
  readonly program: SyntaxNode;
  readonly comments: readonly SourceComment[];
}

/** True for anything that looks like a node of the tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** The nodes directly under a node, in no promised order. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) children.push(...(value as unknown[]).filter(isNode));
    else if (isNode(value)) children.push(value);
  }
  return children;
}

/**
 * Calls `see` for a node and everything under it, with its ancestors, outermost first. A loop, so that depth costs no
 * stack.
 */
export function walk(root: SyntaxNode, see: (node: SyntaxNode, ancestors: Ancestors) => void): void {
  const waiting: { node: SyntaxNode; ancestors: Ancestors }[] = [{ node: root, ancestors: undefined }];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    see(item.node, item.ancestors);
    const ancestors: Ancestors = { node: item.node, above: item.ancestors };
    for (const child of childrenOf(item.node)) waiting.push({ node: child, ancestors });
  }
}

/** The way from a node up to the root as a linked list, so that a walk shares it between siblings. */
export type Ancestors = { readonly node: SyntaxNode; readonly above: Ancestors } | undefined;

/** True for a function with a body; overload signatures and abstract methods have none. */
export function isFunction(node: SyntaxNode): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type) && isNode(node.body);
}

/** True for the TypeScript wrappers that do not change the value: `as`, `satisfies`, `!`, `<T>x`, and parentheses. */
export function isWrapper(node: SyntaxNode): boolean {
  return /^(TSAsExpression|TSSatisfiesExpression|TSNonNullExpression|TSTypeAssertion|ParenthesizedExpression)$/.test(
    node.type,
  );
}

/** The value inside of such wrappers. */
export function unwrap(node: SyntaxNode): SyntaxNode {
  let inner = node;
  while (isWrapper(inner) && isNode(inner.expression)) inner = inner.expression;
  return inner;
}

/** The name of a member as `function.name` would show it: `extract`, `#secret`, `a-b`; undefined for a computed one. */
export function memberName(member: SyntaxNode): string | undefined {
  const key = member.key ?? member.property;
  if (key === undefined) return undefined;
  if (key.type === "Literal") return String(key.value);
  if (member.computed === true) return undefined;
  return key.type === "PrivateIdentifier" ? `#${key.name}` : key.name;
}

/** Syntax trees as the checks read them: one loose node type over ESTree and TypeScript, and the children of a node. */
import type { AnyNode } from "acorn";

/**
 * A node of a tree that may hold types; which of the optional fields are there depends on `type`. Positions are UTF-16
 * offsets into the parsed text.
 */
export interface TypedNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly name?: string;
  readonly value?: unknown;
  readonly async?: boolean;
  readonly computed?: boolean;
  readonly optional?: boolean;
  readonly declare?: boolean;
  readonly abstract?: boolean;
  readonly declaration?: TypedNode | null;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly id?: TypedNode | null;
  readonly key?: TypedNode;
  readonly body?: TypedNode | readonly TypedNode[];
  readonly params?: readonly TypedNode[];
  readonly expression?: TypedNode | boolean;
  readonly superClass?: TypedNode | null;
  readonly implements?: readonly TypedNode[];
  readonly typeAnnotation?: TypedNode;
  readonly typeParameters?: TypedNode;
  readonly superTypeParameters?: TypedNode;
  readonly returnType?: TypedNode;
}

/** All nodes directly below a node, in the order of its fields. */
export function childrenOf<T extends object>(node: T): T[] {
  const children: T[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (!Array.isArray(value)) {
      if (isNode(value)) children.push(value as T);
    } else for (const item of value as unknown[]) if (isNode(item)) children.push(item as T);
  }
  return children;
}

/** True for anything that looks like a node of a tree. */
export function isNode(value: unknown): value is TypedNode {
  return typeof value === "object" && value !== null && typeof (value as TypedNode).type === "string";
}

/** The expression inside of parentheses. */
export function unwrapParentheses(node: AnyNode): AnyNode {
  let inner = node;
  while (inner.type === "ParenthesizedExpression") inner = inner.expression;
  return inner;
}

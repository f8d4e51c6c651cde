/** Compares the tree of an erased text with the tree of the text with types: nothing but the types may be missing. */
import { isErased, typeWrappers } from "./erase.ts";
import { isNode, type TypedNode } from "./tree.ts";

/** Says nothing about what a program does. */
const ignored: ReadonlySet<string> = new Set(["type", "start", "end", "loc", "value", "sourceType", "directive"]);

/**
 * Where the statements of a text with types and those of the same text without types, which begins `head` characters
 * later, differ in more than types; undefined when they do not.
 */
export function differenceOf(
  typed: readonly TypedNode[],
  plain: readonly TypedNode[],
  head: number,
): TypedNode | undefined {
  const waiting: [typed: unknown, plain: unknown, owner: TypedNode][] = [];
  const compareLists = (left: readonly unknown[], right: readonly unknown[], owner: TypedNode): boolean => {
    const [lefts, rights] = [left.filter(isProgram), right.filter(isProgram)];
    lefts.forEach((item, i) => waiting.push([item, rights[i], owner]));
    return lefts.length === rights.length;
  };
  const whole: TypedNode = { type: "Program", start: 0, end: 0 };
  if (!compareLists(typed, plain, whole)) return whole;
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const [left, right, owner] = [unwrap(pair[0]), unwrap(pair[1]), pair[2]];
    if (!isNode(left) || !isNode(right)) {
      if ((left ?? false) !== (right ?? false)) return owner;
      continue;
    }
    if (left.type !== right.type || !isSameLeaf(left, right, head)) return left;
    for (const [field, inner] of Object.entries(right)) {
      if (ignored.has(field) && !isNode(inner)) continue;
      const other = (left as unknown as Record<string, unknown>)[field];
      if (Array.isArray(inner)) {
        if (!Array.isArray(other) || !compareLists(other, inner, left)) return left;
      } else if (isNode(inner) || typeof inner !== "object" || inner === null) waiting.push([other, inner, left]);
    }
  }
  return undefined;
}

/** Leaves stand where they stood. */
function isSameLeaf(left: TypedNode, right: TypedNode, head: number): boolean {
  if (!/^(?:Identifier|PrivateIdentifier|Literal|TemplateElement|ThisExpression)$/.test(right.type)) return true;
  if (left.start + head !== right.start) return false;
  return right.type !== "TemplateElement" || left.end - left.start === right.end - right.start;
}

/** The types, what only declares, and the `;` that stand in their place. */
function isProgram(item: unknown): boolean {
  if (!isNode(item)) return true;
  if (item.type === "EmptyStatement" || (item.type === "Identifier" && item.name === "this")) return false;
  return !isErased(item);
}

/** The expression without its types. Parentheses stay in both trees, so that a chain ends where it ended. */
function unwrap(item: unknown): unknown {
  let inner = item;
  while (isNode(inner) && (typeWrappers.has(inner.type) || inner.type === "ChainExpression")) inner = inner.expression;
  return inner;
}

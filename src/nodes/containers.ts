/**
 * Nodes inside of data: what a container of them is called, and which objects hide them where they are not looked for.
 */

import { isMap, isProxy, isSet } from "node:util/types";
import { TracegradError } from "../util/errors.ts";
import { replaceLeaves } from "../util/tree.ts";
import { typeName } from "../util/type-name.ts";
import { type Operation, operator } from "./operation.ts";

const record = operator("record", [], "A record of the fields.");
const list = operator("list", ["item"], "An array of the items.", true);
const mapping = operator("mapping", [], "A map of the entries.");
const set = operator("set", ["item"], "A set of the items.", true);

/** What puts the parts of `value` together, when there are nodes inside. */
export function containerOperation(value: unknown): Operation {
  if (Array.isArray(value)) return list;
  if (isMap(value)) return mapping;
  return isSet(value) ? set : record;
}

/**
 * An object with this key holds nodes to be looked at, such as a graph of a run: it is not a value that was made of
 * them.
 */
export const ofNodes: unique symbol = Symbol("ofNodes");

/** A node is inside an object that is not searched, so credit would not get through. */
export class HiddenNodeError extends TracegradError {
  override readonly name: string = "HiddenNodeError";

  constructor(holder: object, hidden: { readonly name: string }) {
    super(
      "hidden-node",
      `The node "${hidden.name}" is inside an object of type ${typeName(holder)}. Nodes are looked for in arrays, ` +
        "plain records, maps and sets only, so credit would get lost here. Give the node itself, a record with it, or " +
        "its value, with `.data`.",
    );
  }
}

/** What is known of a node here. */
interface FoundNode {
  readonly name: string;
  readonly operation: Operation;
  peek(): unknown;
}

/** How many objects are looked at for one that may hide a node. */
const maxLooked = 1_000;
/** Objects with so many parts, such as clients, are looked at once: a program may pass the same one at every call. */
const many = 100;
const lookedAt = new WeakSet<object>();

/**
 * A node in a field of `holder`, at any depth, or of what is in its fields. Parameters do not count: an object that
 * holds them is a program and no value. Private fields, and getters of a class, are not looked at. Never throws.
 */
export function nodeHiddenIn<N extends FoundNode>(
  holder: object,
  isNode: (value: unknown) => value is N,
): N | undefined {
  try {
    // Most objects that come here have no objects in them.
    const parts = objectsIn(holder);
    return parts === none || lookedAt.has(holder) ? undefined : nodeAmong(parts, holder, isNode);
  } catch {
    // What we cannot read, the program cannot read.
    return undefined;
  }
}

function nodeAmong<N extends FoundNode>(
  parts: readonly object[],
  holder: object,
  isNode: (value: unknown) => value is N,
): N | undefined {
  // A set gives what is added while it is walked, too.
  const objects = new Set<object>(parts);
  for (const object of objects) {
    if (isNode(object)) {
      if (object.operation.kind !== "parameter") return object;
    } else for (const part of objectsIn(object)) objects.add(part);
    if (objects.size > maxLooked) break;
  }
  if (objects.size > many) lookedAt.add(holder);
  return undefined;
}

const none: readonly object[] = [];

/** The objects directly inside of `object`; none in what has no fields of the program's, or must not be looked at. */
function objectsIn(object: object): readonly object[] {
  if (object instanceof Date || isProxy(object) || ArrayBuffer.isView(object)) return none;
  // An error keeps the node of what failed beside its text.
  if (object instanceof Error || object instanceof Promise || ofNodes in object) return none;
  let found: object[] | undefined;
  for (const part of partsOf(object)) {
    if (typeof part === "object" && part !== null) (found ??= []).push(part);
  }
  return found ?? none;
}

function partsOf(object: object): readonly unknown[] {
  if (Array.isArray(object)) return object;
  const fields = Object.values(object);
  if (object instanceof Map) return [...fields, ...object.keys(), ...object.values()];
  return object instanceof Set ? [...fields, ...object] : fields;
}

/** A value without its nodes, and these. */
interface ValueParts<N> {
  /** With the value of each node in its place. */
  readonly plain: unknown;
  readonly leaves: readonly N[];
  /** Where each was. */
  readonly names: readonly string[];
}

/**
 * Takes the nodes out of `value`.
 * @param isLeaf What is replaced. What is no node hides one.
 * @throws HiddenNodeError
 */
export function takeApart<N extends FoundNode>(
  value: unknown,
  isLeaf: (item: object) => boolean,
  isNode: (value: unknown) => value is N,
): ValueParts<N> {
  const [leaves, names]: [N[], string[]] = [[], []];
  const replace = (leaf: object, path: string) => {
    if (!isNode(leaf)) throw new HiddenNodeError(leaf, nodeHiddenIn(leaf, isNode) as N);
    leaves.push(leaf);
    names.push(path);
    return leaf.peek();
  };
  const isList = Array.isArray(value) || value instanceof Set;
  return { plain: replaceLeaves(value, { isLeaf, replace }, isList ? "item" : ""), leaves, names };
}

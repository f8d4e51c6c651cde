/** Writes arrays and records of nodes as literals: `[first, { text: second }]`. */

import type { Node } from "../../nodes/node.ts";
import { imageName, imageOf } from "../../util/images.ts";
import { keyText } from "../../util/path-text.ts";
import { preview } from "../../util/preview.ts";
import { isContainer } from "../../util/tree.ts";
import { type CallPart, type CallScope, inputOf } from "./call.ts";

/** The longest text of a part without nodes, in characters. */
const maxPart = 400;
/** The deepest level at which nodes are found. */
const maxDepth = 20;

/** An array or a record of nodes. */
export interface ContainerLiteral {
  readonly parts: readonly CallPart[];
  /** The parts of each item of an array; undefined for a record. */
  readonly items: readonly (readonly CallPart[])[] | undefined;
}

/** The literal of a node that is an array or a record of others; undefined if it is not, or not all are found. */
export function literalOf(number: number, scope: CallScope): ContainerLiteral | undefined {
  const node = scope.numbered.nodes[number] as Node;
  const { kind, name } = node.operation;
  if (kind !== "operator" || (name !== "list" && name !== "record")) return undefined;
  const value = scope.graph.valueOf(node);
  if (!isContainer(value)) return undefined;
  const writer = new LiteralWriter(number, scope);
  const items = Array.isArray(value) ? value.map((item) => writer.write(item, 1)) : undefined;
  const parts = items === undefined ? writer.write(value, 0) : listParts(items);
  return writer.isDone ? { parts, items } : undefined;
}

/** The items between brackets. */
export function listParts(items: readonly (readonly CallPart[])[]): readonly CallPart[] {
  return ["[", ...items.flatMap((item, index) => (index === 0 ? item : [", ", ...item])), "]"];
}

/** Writes a value. Its inputs are in the order in which the value is read. */
class LiteralWriter {
  readonly #number: number;
  readonly #scope: CallScope;
  /** The numbers of the inputs. */
  readonly #leaves: Uint32Array;
  #next = 0;

  constructor(number: number, scope: CallScope) {
    const { from, parents } = scope.numbered;
    this.#number = number;
    this.#scope = scope;
    this.#leaves = parents.subarray(from[number], from[number + 1]);
  }

  /** Whether every node was found. */
  get isDone(): boolean {
    return this.#next === this.#leaves.length;
  }

  write(value: unknown, depth: number): readonly CallPart[] {
    if (this.#isNext(value)) return [inputOf(this.#number, this.#next++, this.#scope)];
    if (this.isDone || depth > maxDepth || !isContainer(value)) {
      return [preview(value, maxPart)];
    }
    const image = imageOf(value);
    const isWhole = image !== undefined && !Object.values(value).some((part) => this.#isNext(part));
    if (isWhole) return [imageName(image)];
    if (Array.isArray(value)) return listParts(value.map((item) => this.write(item, depth + 1)));
    const fields = Object.entries(value).map(([key, field]) => [`${keyText(key)}: `, ...this.write(field, depth + 1)]);
    return ["{ ", ...fields.flatMap((field, index) => (index === 0 ? field : [", ", ...field])), " }"];
  }

  #isNext(value: unknown): boolean {
    if (this.isDone) return false;
    const { graph, numbered } = this.#scope;
    return Object.is(graph.valueOf(numbered.nodes[this.#leaves[this.#next] as number] as Node), value);
  }
}

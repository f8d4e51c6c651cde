/** Finds inputs that are the same in every call of an operation. They are written in the call, not as values. */

import type { Graph } from "../../graph/graph.ts";
import type { NumberedNodes } from "../../graph/numbered.ts";
import type { Node } from "../../nodes/node.ts";
import { inputName, inputNameOf, type Operation } from "../../nodes/operation.ts";
import { getOrSet } from "../../util/collections.ts";
import { preview } from "../../util/preview.ts";

/** The numbers of the nodes of one run, in the order in which they are written. */
export interface RunNodes {
  readonly graph: Graph;
  readonly order: Uint32Array;
}

/** The longest value that is written in a call, in characters. */
export const maxLiteral = 60;

/** An input of an operation, in all its calls. */
interface Slot {
  /** The text of the input, as long as it is short and the same in every call so far. */
  literal: string | undefined;
  count: number;
}

/** The inputs of some runs that are short and the same in every call. */
export class FixedInputs {
  readonly #nodes: NumberedNodes;
  readonly #slots: Slot[] = [];
  /** The slot of each edge. */
  readonly #slotOf: Uint32Array;
  readonly #byName = new Map<string, number>();
  readonly #byOperation = new Map<Operation, number[]>();

  constructor(nodes: NumberedNodes, runs: readonly RunNodes[]) {
    this.#nodes = nodes;
    this.#slotOf = new Uint32Array(nodes.parents.length);
    for (const run of runs) for (const number of run.order) this.#read(run, number);
  }

  /** The text of an input that is the same in every call; undefined for any other. */
  textOf(edge: number): string | undefined {
    const { literal, count } = this.#slots[this.#slotOf[edge] as number] as Slot;
    if (literal === undefined || count === 1) return undefined;
    const parent = this.#nodes.nodes[this.#nodes.parents[edge] as number] as Node;
    return parent.operation.kind === "input" ? literal : undefined;
  }

  #read(run: RunNodes, number: number): void {
    const { nodes, from, parents } = this.#nodes;
    const [node, start, end] = [nodes[number] as Node, from[number] as number, from[number + 1] as number];
    for (let edge = start; edge < end; edge++) {
      const at = this.#slotAt(node, edge - start);
      this.#slotOf[edge] = at;
      const slot = this.#slots[at] as Slot;
      slot.count += 1;
      // Most inputs differ, which two calls show.
      if (slot.count > 1 && slot.literal === undefined) continue;
      const literal = this.#literalOf(run, parents[edge] as number);
      if (slot.count === 1) slot.literal = literal;
      else if (slot.literal !== literal) slot.literal = undefined;
    }
  }

  #slotAt(node: Node, index: number): number {
    const { operation, details, parents } = node;
    // Only the names of hidden inputs differ between the calls of an operation.
    if (details !== undefined && index >= parents.length - details.hidden.length) {
      return this.#slotNamed(`${operation.name}.${inputNameOf(node, index)}`);
    }
    const known = getOrSet(this.#byOperation, operation, (): number[] => []);
    return (known[index] ??= this.#slotNamed(`${operation.name}.${inputName(operation, index)}`));
  }

  #slotNamed(name: string): number {
    return getOrSet(this.#byName, name, () => this.#slots.push({ literal: undefined, count: 0 }) - 1);
  }

  /** A short value from outside, as text. */
  #literalOf({ graph }: RunNodes, number: number): string | undefined {
    const { nodes, from } = this.#nodes;
    const node = nodes[number] as Node;
    if (node.operation.kind !== "input" || from[number + 1] !== from[number]) return undefined;
    const value = graph.valueOf(node);
    if ((typeof value === "object" && value !== null) || typeof value === "function") return undefined;
    if (typeof value === "string" && value.length > maxLiteral) return undefined;
    const text = preview(value, maxLiteral);
    return text.length <= maxLiteral ? text : undefined;
  }
}

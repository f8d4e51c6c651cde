/** Finds the patterns of a graph: the steps of an episode, the turns of an agent, the runs of a batch. */

import { ExceptionNode, type Node } from "../nodes/node.ts";
import { inputNameOf, type Operation } from "../nodes/operation.ts";
import { getOrSet } from "../util/collections.ts";
import { sortedByKey } from "../util/count-sort.ts";
import { fold } from "./fold.ts";
import { type NodesOfGraph, type NumberedNodes, numberNodes } from "./numbered.ts";
import { type CallList, type FoldedList, withPatterns } from "./pattern.ts";
import { sortByUse } from "./sort-by-use.ts";

/** Nodes, parents before children, with their patterns. */
export interface FoldedNodes extends FoldedList {
  readonly nodes: readonly Node[];
  /**
   * The arrays that continue an earlier one, by their place, with the number of items that they share. The earlier
   * array is their first input and stands for these items.
   */
  readonly histories: ReadonlyMap<number, number>;
}

const known = new WeakMap<readonly Node[], FoldedNodes>();

/**
 * Folds nodes of a graph. They are tried in their own order and in that of their use, and the order that folds more
 * is taken. The time is linear in nodes and edges. The result is kept with the list of nodes.
 */
export function foldNodes(part: NodesOfGraph): FoldedNodes {
  return getOrSet(known, part.nodes, () => {
    const numbered = numberNodes(part);
    const shapes = new Shapes(numbered.nodes);
    const all = { lists: [Uint32Array.from(part.nodes.keys())], groupOf: new Int32Array(part.nodes.length) };
    const asRun = foldInOrder(numbered, sharedFirst(numbered), shapes);
    const byUse = foldInOrder(numbered, sortByUse(numbered, all)[0] as Uint32Array, shapes);
    const best = countFolded(byUse) < countFolded(asRun) ? byUse : asRun;
    return best.patterns.length === 0 ? unfolded(numbered) : best;
  });
}

/** The same nodes without patterns. */
export function unfoldedNodes(part: NodesOfGraph): FoldedNodes {
  return unfolded(numberNodes(part));
}

function unfolded({ nodes, from, parents }: NumberedNodes): FoldedNodes {
  return { nodes, histories: new Map(), ...withPatterns({ from, refs: parents }, []) };
}

/** The nodes in order, but first those without inputs that have several uses: they are in no pattern. */
function sharedFirst({ nodes, from, parents }: NumberedNodes): Uint32Array {
  const uses = new Uint32Array(nodes.length);
  for (const parent of parents) uses[parent] = (uses[parent] as number) + 1;
  return sortedByKey(uses.map((count, number) => (count > 1 && from[number] === from[number + 1] ? 0 : 1)));
}

/** How many nodes remain if each pattern counts once. */
export function countFolded({ nodes, patterns }: FoldedNodes): number {
  let count = nodes.length;
  for (const { period, count: times } of patterns) count -= period * (times - 1);
  return count;
}

/** The name of the `index`-th input of the node at `place`. Items that an array adds to an earlier one have no number. */
export function foldedInputName({ nodes, histories }: NodesWithHistories, place: number, index: number): string {
  const behind = histories.get(place);
  const node = nodes[place] as Node;
  if (behind === undefined) return inputNameOf(node, index);
  return index === 0 ? "..." : inputNameOf(node, index - 1 + behind).replace(/^item_\d+/, "item");
}

type NodesWithHistories = Pick<FoldedNodes, "nodes" | "histories">;

function foldInOrder(numbered: NumberedNodes, order: Uint32Array, shapes: Shapes): FoldedNodes {
  const nodes = Array.from(order, (number) => numbered.nodes[number] as Node);
  const { from, refs, histories } = withHistories(nodes, inOrder(numbered, order));
  const own = order.map((number) => shapes.of[number] as number);
  for (const place of histories.keys()) {
    const count = (from[place + 1] as number) - (from[place] as number);
    const inputs = Array.from({ length: count }, (_, index) => foldedInputName({ nodes, histories }, place, index));
    own[place] = shapes.numberOf({ ...(nodes[place] as Node).operation, inputs });
  }
  return { nodes, histories, ...fold({ shapes: own, from, refs }) };
}

/** The inputs of nodes in another order. */
function inOrder({ from, parents }: NumberedNodes, order: Uint32Array): CallList {
  const places = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) places[order[place] as number] = place;
  const starts = new Uint32Array(order.length + 1);
  const refs = new Uint32Array(parents.length);
  let next = 0;
  for (let place = 0; place < order.length; place++) {
    const number = order[place] as number;
    const end = from[number + 1] as number;
    for (let edge = from[number] as number; edge < end; edge++)
      refs[next++] = places[parents[edge] as number] as number;
    starts[place + 1] = next;
  }
  return { from: starts, refs };
}

/** How many of the last arrays are compared with a new one, to find the one that it continues. */
const maxLists = 8;

/** The inputs, with an earlier array as the input of one that continues it: a history of messages. */
function withHistories(nodes: readonly Node[], inputs: CallList): CallList & Pick<FoldedNodes, "histories"> {
  const histories = new Map<number, number>();
  const lists: { readonly at: number; readonly items: Uint32Array }[] = [];
  const from = new Uint32Array(nodes.length + 1);
  const refs = new Uint32Array(inputs.refs.length);
  let next = 0;
  for (let at = 0; at < nodes.length; at++) {
    let own = inputs.refs.subarray(inputs.from[at], inputs.from[at + 1]);
    const { kind, name } = (nodes[at] as Node).operation;
    if (kind === "operator" && name === "list" && own.length > 1) {
      const items = own;
      const before = lists.find((list) => list.items.every((item, index) => item === items[index]));
      if (before !== undefined) {
        histories.set(at, before.items.length);
        refs[next++] = before.at;
        own = own.subarray(before.items.length);
      }
      lists.unshift({ at, items });
      lists.length = Math.min(lists.length, maxLists);
    }
    refs.set(own, next);
    next += own.length;
    from[at + 1] = next;
  }
  return { from, refs: refs.subarray(0, next), histories };
}

/** Numbers for what was called. */
class Shapes {
  readonly #byText = new Map<string, number>();
  #next = 0;
  /** The shape of each node. Each exception has its own, so it is never part of a pattern. */
  readonly of: Uint32Array;

  constructor(nodes: readonly Node[]) {
    const byOperation = new Map<Operation, number>();
    this.of = Uint32Array.from(nodes, (node) => {
      const { operation, details } = node;
      if (node instanceof ExceptionNode) return this.#next++;
      if (details === undefined) return getOrSet(byOperation, operation, () => this.numberOf(operation));
      return this.numberOf(operation, details.hidden);
    });
  }

  numberOf({ kind, name, base = "", inputs }: Operation, hidden: readonly string[] = []): number {
    return getOrSet(this.#byText, [kind, name, base, ...inputs, ...hidden].join(" "), () => this.#next++);
  }
}

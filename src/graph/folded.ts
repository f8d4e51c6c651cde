/** A graph with the patterns that repeat in it: the steps of an episode, the turns of an agent, the runs of a batch. */

import { ExceptionNode, type Node } from "../nodes/node.ts";
import { inputNameOf, type Operation } from "../nodes/operation.ts";
import { getOrSet } from "../util/collections.ts";
import { sortedByKey } from "../util/count-sort.ts";
import { fold, type RepeatBlock } from "./fold.ts";
import { type NodesOfGraph, type NumberedNodes, numberNodes } from "./numbered.ts";
import { sortByUse } from "./sort-by-use.ts";

/** Nodes, parents before children, with where their inputs came from, and the patterns in them. */
export interface FoldedNodes {
  readonly nodes: readonly Node[];
  /** Where the inputs of each node begin in `refs`; one more than there are nodes, so that it says where they end. */
  readonly from: Uint32Array;
  /** The place of what went in, for each input of each node. */
  readonly refs: Uint32Array;
  /** Arrays that go on from an earlier one, which is their first input: how many inputs it stands for. */
  readonly histories: ReadonlyMap<number, number>;
  readonly patterns: readonly RepeatBlock[];
  /** The pattern of each node, by its place in `patterns`; below 0 for a node in none. */
  readonly patternOf: Int32Array;
}

/** A pattern of four is shorter than its calls. The longest pattern bounds the time. */
const limits = { minCount: 4, maxPeriod: 200 };

const known = new WeakMap<readonly Node[], FoldedNodes>();

/**
 * The patterns among nodes of a graph, in their order or in that of their use, whichever leaves less to show. The time
 * is linear in nodes and edges, and spent once for a list of nodes.
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

/** The nodes as they are. */
export function unfoldedNodes(part: NodesOfGraph): FoldedNodes {
  return unfolded(numberNodes(part));
}

function unfolded({ nodes, from, parents }: NumberedNodes): FoldedNodes {
  const patternOf = new Int32Array(nodes.length).fill(-1);
  return { nodes, from, refs: parents, histories: new Map(), patterns: [], patternOf };
}

/** The nodes in order, but those first that come from nowhere and go to several places: they are in no pattern. */
function sharedFirst({ nodes, from, parents }: NumberedNodes): Uint32Array {
  const uses = new Uint32Array(nodes.length);
  for (const parent of parents) uses[parent] = (uses[parent] as number) + 1;
  return sortedByKey(uses.map((count, number) => (count > 1 && from[number] === from[number + 1] ? 0 : 1)));
}

/** How many nodes there are when each pattern is there once. */
export function countFolded({ nodes, patterns }: FoldedNodes): number {
  let count = nodes.length;
  for (const { period, count: times } of patterns) count -= period * (times - 1);
  return count;
}

/** Where the node is shown that stands at `place`: in the first repetition of its pattern. */
export function firstAt({ patterns, patternOf }: FoldedNodes, place: number): number {
  const pattern = patterns[patternOf[place] as number];
  return pattern === undefined ? place : pattern.at + ((place - pattern.at) % pattern.period);
}

/** The name of the `index`-th input of the node at `place`. What was added to an array has no number of its own. */
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
  const patterns = fold({ shapes: own, from, refs }, limits);
  const patternOf = new Int32Array(nodes.length).fill(-1);
  for (const [index, { at, period, count }] of patterns.entries()) patternOf.fill(index, at, at + period * count);
  return { nodes, from, refs, histories, patterns, patternOf };
}

type Inputs = Pick<FoldedNodes, "from" | "refs">;

/** The inputs of nodes in another order. */
function inOrder({ from, parents }: NumberedNodes, order: Uint32Array): Inputs {
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

/** How many arrays back one is looked for that another one goes on from. */
const maxLists = 8;

/** The inputs, where an array that goes on from an earlier one has that one as its input: a history of messages. */
function withHistories(nodes: readonly Node[], inputs: Inputs): Inputs & Pick<FoldedNodes, "histories"> {
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

/** What was called, as numbers. */
class Shapes {
  readonly #byText = new Map<string, number>();
  #next = 0;
  /** The shape of each node. An exception is like no other: it is always shown by itself. */
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

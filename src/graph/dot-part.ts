/** Which nodes of a graph a drawing shows, and which of them are used so often that they are drawn apart. */

import type { Node } from "../nodes/node.ts";
import type { Graph } from "./graph.ts";
import type { Subgraph } from "./subgraph.ts";

/**
 * Graphviz takes minutes to lay out a value with a hundred uses: one with more than these is drawn again, small, at
 * each.
 */
const mostUses = 3;

/** What is drawn of a graph. */
export interface DotPart {
  readonly nodes: readonly Node[];
  /** By place in `nodes`: 1 for those included. */
  readonly isIncluded: Uint8Array;
  /** How many are drawn. */
  readonly count: number;
  /** By place in `nodes`: how many edges leave the node. */
  readonly uses: Uint32Array;
  /** Values that enter a subgraph from outside. */
  readonly entering: ReadonlySet<Node> | undefined;
  /** The parents of a node as far as they belong to what is drawn. */
  readonly parentsOf: (node: Node) => readonly Node[];
}

const none: readonly Node[] = [];

/**
 * Chooses what is drawn: at most `maxNodes` nodes of `subgraph`, or of the whole graph. Leaves their places as slots.
 */
export function partOf(graph: Graph, maxNodes: number, subgraph: Subgraph | undefined): DotPart {
  const nodes = subgraph?.nodes ?? graph.nodes;
  const entering = subgraph?.inputs;
  const parentsOf = (node: Node) => (entering?.has(node) === true ? none : graph.parentsOf(node));
  for (let at = 0; at < nodes.length; at++) (nodes[at] as Node).slot = at;
  const isIncluded = new Uint8Array(nodes.length);
  const count = Math.min(nodes.length, maxNodes);
  if (count === nodes.length) isIncluded.fill(1);
  else keepNearest(graph.output as Node, { isIncluded, count, parentsOf });
  const uses = new Uint32Array(nodes.length);
  for (let at = 0; at < nodes.length; at++) {
    if (isIncluded[at] === 0) continue;
    for (const { slot } of parentsOf(nodes[at] as Node)) uses[slot] = (uses[slot] as number) + 1;
  }
  return { nodes, isIncluded, count, uses, entering, parentsOf };
}

/** Marks the nodes nearest to the output: breadth first, until there are enough. */
function keepNearest(
  output: Node,
  { isIncluded, count, parentsOf }: Pick<DotPart, "isIncluded" | "count" | "parentsOf">,
): void {
  const queue = [output];
  isIncluded[output.slot] = 1;
  for (let at = 0; queue.length < count; at++) {
    for (const parent of parentsOf(queue[at] as Node)) {
      if (isIncluded[parent.slot] === 1 || queue.length === count) continue;
      isIncluded[parent.slot] = 1;
      queue.push(parent);
    }
  }
}

/** True for what comes from nowhere. */
export function isSource(part: DotPart, at: number): boolean {
  return part.parentsOf(part.nodes[at] as Node).length === 0;
}

/** True for what goes to so many places that it is drawn again at each use. */
export function isHub(part: DotPart, at: number): boolean {
  return (part.uses[at] as number) > mostUses;
}

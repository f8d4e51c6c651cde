/** Numbers the nodes of a subgraph. Arrays of numbers for its edges are much faster to read than nodes. */

import type { Node } from "../nodes/node.ts";
import type { Subgraph } from "./subgraph.ts";

/** Nodes, parents before children. The number of a node is its index. */
export interface NumberedNodes {
  readonly nodes: readonly Node[];
  /** Where the parents of each node begin in `parents`. The last entry, one more than there are nodes, is the end. */
  readonly from: Uint32Array;
  /** The numbers of the parents of all nodes. A node that enters the subgraph has none. */
  readonly parents: Uint32Array;
}

/** Nodes of a graph, parents before children. The parents of `inputs` are ignored. */
export type NodesOfGraph = Pick<Subgraph, "graph" | "nodes" | "inputs">;

const none: readonly Node[] = [];

/** Numbers nodes of a graph. Each has its number as `slot` until the next walk over a graph. */
export function numberNodes({ graph, nodes, inputs }: NodesOfGraph): NumberedNodes {
  for (let number = 0; number < nodes.length; number++) (nodes[number] as Node).slot = number;
  const isInput = new Uint8Array(nodes.length);
  for (const input of inputs) isInput[input.slot] = 1;
  const from = new Uint32Array(nodes.length + 1);
  const parentsAt = (number: number) => (isInput[number] === 1 ? none : graph.parentsOf(nodes[number] as Node));
  for (let number = 0; number < nodes.length; number++) {
    from[number + 1] = (from[number] as number) + parentsAt(number).length;
  }
  const parents = new Uint32Array(from[nodes.length] as number);
  let edge = 0;
  for (let number = 0; number < nodes.length; number++) {
    for (const { slot } of parentsAt(number)) parents[edge++] = slot;
  }
  return { nodes, from, parents };
}

/** The number of a node in `numbered`, which must be the last walk over a graph; undefined if it is not in there. */
export function numberOf(node: Node, { nodes }: NumberedNodes): number | undefined {
  return nodes[node.slot] === node ? node.slot : undefined;
}

const unknown = 0xffffffff;

/** How many calls lie between each node and the output. One loop from the end is enough: parents come first. */
export function distancesOf({ nodes, from, parents }: NumberedNodes): Uint32Array {
  const distances = new Uint32Array(nodes.length).fill(unknown);
  for (let number = nodes.length - 1; number >= 0; number--) {
    if (distances[number] === unknown) distances[number] = 0;
    const next = (distances[number] as number) + 1;
    const end = from[number + 1] as number;
    for (let edge = from[number] as number; edge < end; edge++) {
      const parent = parents[edge] as number;
      if (next < (distances[parent] as number)) distances[parent] = next;
    }
  }
  return distances;
}

/** The nodes of a subgraph by number, with their edges in arrays of numbers, which are read much faster than nodes. */

import type { Node } from "../nodes/node.ts";
import type { Subgraph } from "./subgraph.ts";

/** Nodes, parents before children: the number of a node is its place here. */
export interface NumberedNodes {
  readonly nodes: readonly Node[];
  /** Where the parents of each node begin in `parents`; one more than there are nodes, so that it says where they end. */
  readonly from: Uint32Array;
  /** The numbers of the parents of all nodes. Values that enter the subgraph have none. */
  readonly parents: Uint32Array;
}

/** Nodes of a graph, parents before children. What made the `inputs` is not looked at. */
export type NodesOfGraph = Pick<Subgraph, "graph" | "nodes" | "inputs">;

const none: readonly Node[] = [];

/** Numbers the nodes of a graph. Until the next walk over a graph, each has its number as `slot`. */
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

/** The number of a node that was numbered by the last walk over a graph; undefined for any other. */
export function numberOf(node: Node, { nodes }: NumberedNodes): number | undefined {
  return nodes[node.slot] === node ? node.slot : undefined;
}

const unknown = 0xffffffff;

/** How many calls lie between each node and the output: one loop from the end, since children come after parents. */
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

/** The order in which a prompt lists what ran: each call right before what needs it. */

import type { Node } from "../nodes/node.ts";
import type { Graph } from "./graph.ts";

/** What is read of a graph. */
type Edges = Pick<Graph, "parentsOf">;

/**
 * Nodes of `graph` from its beginning to its end: those with the most calls between them and the output come first,
 * and of equal ones the one whose use comes first. A program could have run in this order, which depends on what went
 * where alone: the same run gives the same prompt, whichever of two calls at one time came back first.
 * @param nodes Some nodes of the graph, parents before children.
 */
export function sortByUse(graph: Edges, nodes: readonly Node[]): readonly Node[] {
  const steps = stepsToEnd(graph, nodes);
  const byStep: Node[][] = [];
  for (const [index, node] of nodes.entries()) (byStep[steps[index] as number] ??= []).push(node);
  return byStep.reverse().flat();
}

/** The longest way from each node to the end, in calls. */
function stepsToEnd(graph: Edges, nodes: readonly Node[]): Uint32Array {
  for (const [index, node] of nodes.entries()) node.slot = index;
  const steps = new Uint32Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const next = (steps[index] as number) + 1;
    for (const parent of graph.parentsOf(nodes[index] as Node)) {
      // A parent that is not listed has a slot of another walk.
      if (nodes[parent.slot] === parent && (steps[parent.slot] as number) < next) steps[parent.slot] = next;
    }
  }
  return steps;
}

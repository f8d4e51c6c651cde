/** The part of a graph that matters to the parameters: what depends on them, and the values that enter it. */

import type { Node } from "../nodes/node.ts";
import { Parameter } from "../nodes/parameter.ts";
import type { Graph } from "./graph.ts";

/**
 * The minimal subgraph of a graph: nodes that depend on a trainable parameter (the parameters included), and the other
 * parents of those nodes, as inputs. All of them are ancestors of the output, as every node of a graph is.
 * Source: Cheng et al. 2024, "Trace is the Next AutoDiff", the propagator of OptoPrime.
 */
export interface Subgraph {
  readonly graph: Graph;
  /** The nodes in the order in which they ran, inputs among them. */
  readonly nodes: readonly Node[];
  /** Values that enter the subgraph from outside: what made them does not depend on a parameter. */
  readonly inputs: ReadonlySet<Node>;
  /** The trainable parameters that the output depends on. */
  readonly parameters: readonly Parameter[];
}

const unreached = 0;
const dependent = 1;
const entering = 2;

/** Computes the minimal subgraph in two loops over the nodes in order. */
export function minimalSubgraphOf(graph: Graph): Subgraph {
  const { nodes } = graph;
  const role = new Uint8Array(nodes.length);
  const parameters = markDependents(graph, role);
  const inputs = new Set<Node>();
  for (let at = 0; at < nodes.length; at++) {
    if (role[at] !== dependent) continue;
    for (const parent of graph.parentsOf(nodes[at] as Node)) {
      if (role[parent.slot] !== unreached) continue;
      role[parent.slot] = entering;
      inputs.add(parent);
    }
  }
  return { graph, nodes: nodes.filter((_, at) => role[at] !== unreached), inputs, parameters };
}

/** Gives each node its place as `slot`, and marks those that depend on a trainable parameter. Parents come first. */
function markDependents(graph: Graph, role: Uint8Array): readonly Parameter[] {
  const parameters: Parameter[] = [];
  for (let at = 0; at < graph.nodes.length; at++) {
    const node = graph.nodes[at] as Node;
    node.slot = at;
    if (node instanceof Parameter && node.trainable) {
      parameters.push(node);
      role[at] = dependent;
      continue;
    }
    for (const parent of graph.parentsOf(node)) {
      if (role[parent.slot] !== dependent) continue;
      role[at] = dependent;
      break;
    }
  }
  return parameters;
}

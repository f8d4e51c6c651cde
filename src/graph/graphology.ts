/**
 * A graph as a graphology graph, for its traversals, metrics, layouts and exports. The package is loaded here, at the
 * first call.
 */

import type { MultiDirectedGraph } from "graphology";
import type { Node } from "../nodes/node.ts";
import { inputNameOf, type OperationKind } from "../nodes/operation.ts";
import { Parameter } from "../nodes/parameter.ts";
import type { Graph } from "./graph.ts";

/** What a graphology node knows. */
export interface NodeAttributes {
  /** The unique name, which is the node's key too. */
  name: string;
  op: string;
  kind: OperationKind;
  /** The value as the run saw it, by reference. */
  value: unknown;
  doc: string | undefined;
  /** True for parameters that an optimizer may rewrite. */
  trainable: boolean;
}

/** What a graphology edge knows. */
export interface EdgeAttributes {
  /** The name of the input that the source went into. */
  input: string;
}

/**
 * `graph` as a directed graphology multigraph, edges from parent to child. The key of a node is its unique name, that
 * of an edge the name of the child with the place of the input: `sum:0`, `sum:1`.
 */
export async function toGraphology(graph: Graph): Promise<MultiDirectedGraph<NodeAttributes, EdgeAttributes>> {
  const { MultiDirectedGraph } = await import("graphology");
  const multigraph = new MultiDirectedGraph<NodeAttributes, EdgeAttributes>();
  for (const node of graph.nodes) {
    const name = graph.nameOf(node);
    multigraph.addNode(name, attributesOf(graph, node, name));
    for (const [index, parent] of graph.parentsOf(node).entries()) {
      multigraph.addDirectedEdgeWithKey(`${name}:${index}`, graph.nameOf(parent), name, {
        input: inputNameOf(node, index),
      });
    }
  }
  return multigraph;
}

function attributesOf(graph: Graph, node: Node, name: string): NodeAttributes {
  return {
    name,
    op: node.op,
    kind: node.operation.kind,
    value: graph.valueOf(node),
    doc: node.doc,
    trainable: node instanceof Parameter && node.trainable,
  };
}

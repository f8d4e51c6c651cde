/**
 * Plans a backward pass before anything is spent: the nodes that lead to parameters, level by level from the output.
 */

import { NoParameterError } from "../../graph/credit.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { getOrSet } from "../../util/collections.ts";

/** An input of a node that leads to a parameter. */
export interface JudgedInput {
  readonly node: Node;
  /** Its index among the graph's nodes. */
  readonly index: number;
  /** Its positions among the node's parents: a value that went in twice is one input with two places. */
  readonly places: readonly number[];
}

/** A node, with its inputs that lead to a parameter. */
export interface PlannedNode {
  readonly node: Node;
  readonly index: number;
  readonly inputs: readonly JudgedInput[];
}

/** What a backward pass is about. */
export interface PlanScope {
  /** The parameters to reach. Default: all trainable ones. */
  readonly targets: ReadonlySet<Parameter> | undefined;
  /** The places of the output's inputs that need no feedback. */
  readonly spared: ReadonlySet<number>;
}

/** The levels of a backward pass. All successors of a node are in earlier levels, so a level can be done at once. */
export interface BackwardPlan {
  readonly levels: readonly (readonly PlannedNode[])[];
  /** The parameters that the output depends on, in the order of the graph; also those that no feedback reaches. */
  readonly parameters: readonly Parameter[];
}

/**
 * Plans the pass from the output to the targets. Time is linear in nodes and edges.
 * @throws NoParameterError when the output depends on none of them.
 */
export function planOf(graph: Graph, { targets, spared }: PlanScope): BackwardPlan {
  const { nodes } = graph;
  const leads = new Uint8Array(nodes.length);
  const parameters: Parameter[] = [];
  for (const [at, node] of nodes.entries()) {
    node.slot = at;
    if (node instanceof Parameter && node.trainable && (targets?.has(node) ?? true)) {
      parameters.push(node);
      leads[at] = 1;
    } else if (graph.parentsOf(node).some((parent) => leads[parent.slot] === 1)) leads[at] = 1;
  }
  if (parameters.length === 0) throw new NoParameterError(graph);
  return { levels: levelsOf(graph, leads, spared), parameters };
}

/**
 * The level of a node is its longest path to the output. Children come after parents, so one loop from the end finds
 * it.
 */
function levelsOf(graph: Graph, leads: Uint8Array, spared: ReadonlySet<number>): readonly (readonly PlannedNode[])[] {
  const { nodes } = graph;
  // Levels count from 1; 0 is of a node that no feedback reaches.
  const level = new Uint32Array(nodes.length);
  level[nodes.length - 1] = 1;
  const levels: PlannedNode[][] = [];
  for (let index = nodes.length - 1; index >= 0; index--) {
    const own = level[index] as number;
    if (leads[index] === 0 || own === 0) continue;
    const node = nodes[index] as Node;
    const inputs = inputsOf(graph, node, leads, node === graph.output ? spared : none);
    for (const input of inputs) level[input.index] = Math.max(level[input.index] as number, own + 1);
    (levels[own - 1] ??= []).push({ node, index, inputs });
  }
  return levels.map((steps) => steps.reverse());
}

const none: ReadonlySet<number> = new Set();

function inputsOf(graph: Graph, node: Node, leads: Uint8Array, spared: ReadonlySet<number>): readonly JudgedInput[] {
  const inputs = new Map<Node, { node: Node; index: number; places: number[] }>();
  for (const [place, parent] of graph.parentsOf(node).entries()) {
    if (leads[parent.slot] === 0 || spared.has(place)) continue;
    getOrSet(inputs, parent, () => ({ node: parent, index: parent.slot, places: [] })).places.push(place);
  }
  return [...inputs.values()];
}

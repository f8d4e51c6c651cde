/** Which nodes of a graph a drawing shows, and which of them are used so often that they are drawn apart. */

import type { Node } from "../nodes/node.ts";
import { type DotEdge, edgesInto } from "./dot-edges.ts";
import { countFolded, type FoldedNodes, firstAt, foldNodes, unfoldedNodes } from "./folded.ts";
import type { FoldedGraph } from "./folded-text.ts";
import type { Graph } from "./graph.ts";
import type { Subgraph } from "./subgraph.ts";

/**
 * Graphviz takes minutes to lay out a value with a hundred uses: one with more than these is drawn again, small, at
 * each.
 */
const mostUses = 3;

/** What is drawn of a graph. */
export interface DotPart extends FoldedGraph {
  /** By place in the folded nodes: 1 for those that are drawn. */
  readonly isIncluded: Uint8Array;
  /** How many nodes are not drawn, not even as a repetition of a pattern. */
  readonly left: number;
  /** By place: how many edges leave the node, those to the next repetition aside. */
  readonly uses: Uint32Array;
  /** Values that enter a subgraph from outside. */
  readonly entering: ReadonlySet<Node>;
}

/** What a part is chosen by. */
export interface PartOptions {
  readonly maxNodes: number;
  readonly fold: boolean;
  readonly subgraph?: Subgraph;
}

/** Chooses what is drawn: at most `maxNodes` nodes of `subgraph`, or of the whole graph. */
export function partOf(graph: Graph, { maxNodes, fold, subgraph }: PartOptions): DotPart {
  const { nodes, inputs: entering } = subgraph ?? { nodes: graph.nodes, inputs: new Set<Node>() };
  const folded = (fold ? foldNodes : unfoldedNodes)({ graph, nodes, inputs: entering });
  const isIncluded = countFolded(folded) <= maxNodes ? everyFirst(folded) : nearest(folded, maxNodes);
  const uses = new Uint32Array(folded.nodes.length);
  let left = folded.nodes.length;
  for (let place = 0; place < isIncluded.length; place++) {
    if (isIncluded[place] === 0) continue;
    left -= folded.patterns[folded.patternOf[place] as number]?.count ?? 1;
    for (const { source, isBack } of edgesInto(folded, place)) if (!isBack) uses[source] = (uses[source] as number) + 1;
  }
  return { graph, folded, isIncluded, left, uses, entering };
}

function everyFirst(folded: FoldedNodes): Uint8Array {
  const isFirst = new Uint8Array(folded.nodes.length).fill(1);
  for (const { at, period, count } of folded.patterns) isFirst.fill(0, at + period, at + period * count);
  return isFirst;
}

/** The nodes nearest to the output, which is the last one: breadth first, until there are enough. */
function nearest(folded: FoldedNodes, most: number): Uint8Array {
  const isIncluded = new Uint8Array(folded.nodes.length);
  const queue = [firstAt(folded, folded.nodes.length - 1)];
  isIncluded[queue[0] as number] = 1;
  for (let at = 0; at < queue.length && queue.length < most; at++) {
    for (const { source } of edgesInto(folded, queue[at] as number)) {
      if (isIncluded[source] === 1 || queue.length === most) continue;
      isIncluded[source] = 1;
      queue.push(source);
    }
  }
  return isIncluded;
}

/** The edges into a node that is drawn from others that are drawn. */
export function includedEdges({ folded, isIncluded }: DotPart, place: number): readonly DotEdge[] {
  const edges = edgesInto(folded, place);
  return edges.every(({ source }) => isIncluded[source] === 1)
    ? edges
    : edges.filter(({ source }) => isIncluded[source] === 1);
}

/** True for what comes from nowhere. */
export function isSource({ folded }: DotPart, place: number): boolean {
  return folded.from[place] === folded.from[place + 1];
}

/** True for what goes to so many places that it is drawn again at each use. */
export function isHub(part: DotPart, place: number): boolean {
  return (part.uses[place] as number) > mostUses;
}

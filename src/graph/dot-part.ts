/** Chooses the nodes of a drawing, and those that are drawn again at each use. */

import type { Node } from "../nodes/node.ts";
import { type DotEdge, edgesInto } from "./dot-edges.ts";
import { countFolded, type FoldedNodes } from "./folded.ts";
import { type FoldedGraph, foldGraph } from "./folded-text.ts";
import type { Graph } from "./graph.ts";
import { endOfPattern, firstAt, patternAt } from "./pattern.ts";
import type { Subgraph } from "./subgraph.ts";

/** A node with more uses is drawn again, small, at each: Graphviz takes minutes to lay out a node with a hundred. */
const maxUses = 3;

/** What is drawn of a graph. */
export interface DotPart extends FoldedGraph {
  /** By place: 1 for nodes that are drawn. */
  readonly isIncluded: Uint8Array;
  /** By place: the edges into a node that is drawn, from others that are. */
  readonly edges: readonly (readonly DotEdge[])[];
  /** How many nodes are left out. Repetitions of a pattern that is drawn are not. */
  readonly left: number;
  /** By place: how many edges leave the node, without those to the next repetition. */
  readonly uses: Uint32Array;
  /** The nodes that enter a subgraph from outside. */
  readonly entering: ReadonlySet<Node>;
}

/** Options of `partOf`. */
export interface PartOptions {
  readonly maxNodes: number;
  readonly fold: boolean;
  readonly subgraph?: Subgraph;
}

/** Chooses what is drawn: at most `maxNodes` nodes of `subgraph`, or of the whole graph. */
export function partOf(graph: Graph, { maxNodes, fold, subgraph }: PartOptions): DotPart {
  const { nodes, inputs: entering } = subgraph ?? { nodes: graph.nodes, inputs: new Set<Node>() };
  const of = foldGraph({ graph, nodes, inputs: entering }, fold);
  const { folded } = of;
  const all = new Array<readonly DotEdge[] | undefined>(folded.nodes.length);
  const edgesAt = (place: number) => (all[place] ??= edgesInto(folded, place));
  const isIncluded = countFolded(folded) <= maxNodes ? everyFirst(folded) : nearest(folded, maxNodes, edgesAt);
  const isPart = ({ source }: DotEdge) => isIncluded[source] === 1;
  const edges: (readonly DotEdge[])[] = [];
  const uses = new Uint32Array(folded.nodes.length);
  let left = folded.nodes.length;
  for (let place = 0; place < isIncluded.length; place++) {
    if (isIncluded[place] === 0) continue;
    left -= patternAt(folded, place)?.count ?? 1;
    const own = edgesAt(place);
    edges[place] = own.every(isPart) ? own : own.filter(isPart);
    for (const { source, isBack } of own) if (!isBack) uses[source] = (uses[source] as number) + 1;
  }
  return { ...of, isIncluded, edges, left, uses, entering };
}

function everyFirst(folded: FoldedNodes): Uint8Array {
  const isFirst = new Uint8Array(folded.nodes.length).fill(1);
  for (const pattern of folded.patterns) isFirst.fill(0, pattern.at + pattern.period, endOfPattern(pattern));
  return isFirst;
}

/** The nodes nearest to the output, which is the last one: breadth first, until there are enough. */
function nearest(folded: FoldedNodes, most: number, edgesAt: (place: number) => readonly DotEdge[]): Uint8Array {
  const isIncluded = new Uint8Array(folded.nodes.length);
  const queue = [firstAt(folded, folded.nodes.length - 1)];
  isIncluded[queue[0] as number] = 1;
  for (let at = 0; at < queue.length && queue.length < most; at++) {
    for (const { source } of edgesAt(queue[at] as number)) {
      if (isIncluded[source] === 1 || queue.length === most) continue;
      isIncluded[source] = 1;
      queue.push(source);
    }
  }
  return isIncluded;
}

/** Whether a node has no inputs. */
export function isSource({ folded }: DotPart, place: number): boolean {
  return folded.from[place] === folded.from[place + 1];
}

/** Whether a node has so many uses that it is drawn again at each. */
export function isHub(part: DotPart, place: number): boolean {
  return (part.uses[place] as number) > maxUses;
}

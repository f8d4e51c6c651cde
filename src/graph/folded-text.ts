/** Names and calls in a folded list, as in `for k = 1 to 9, with sum[0] = start: sum[k] = add(x=sum[k-1], y=y[k])`. */

import type { Node } from "../nodes/node.ts";
import { callText } from "./call-text.ts";
import { type FoldedNodes, foldedInputName, foldNodes, unfoldedNodes } from "./folded.ts";
import type { Graph } from "./graph.ts";
import type { NodesOfGraph } from "./numbered.ts";
import { type FoldedList, firstAt, type Pattern, patternAt, repetitionOf } from "./pattern.ts";

/** A folded list whose values have names. */
export interface NamedList {
  readonly folded: FoldedList;
  /** The name of the value at a place, without the number of its repetition. */
  readonly stemAt: (place: number) => string;
}

/** A graph with its nodes, folded. */
export interface FoldedGraph extends NamedList {
  readonly graph: Graph;
  readonly folded: FoldedNodes;
}

/** Folds nodes of a graph, unless `fold` is false. */
export function foldGraph(part: NodesOfGraph, fold: boolean): FoldedGraph {
  const { graph } = part;
  const folded = fold ? foldNodes(part) : unfoldedNodes(part);
  return { graph, folded, stemAt: (place) => graph.nameOf(folded.nodes[firstAt(folded, place)] as Node) };
}

/**
 * The name of the value at a place. In a pattern it has the number of its repetition: `add[3]`.
 * @param within The pattern whose second repetition is written as its `k`-th: `add[k]`, after `add[k-1]`.
 */
export function nameAt({ folded, stemAt }: NamedList, place: number, within?: Pattern): string {
  const pattern = patternAt(folded, place);
  if (pattern === undefined) return stemAt(place);
  const index = repetitionOf(pattern, place);
  if (pattern !== within) return `${stemAt(place)}[${index + 1}]`;
  return `${stemAt(place)}${index === 0 ? "[k-1]" : "[k]"}`;
}

/** The head of a pattern as a loop: `for k = 1 to 9, with sum[0] = start:`. */
export function loopHead(of: NamedList, pattern: Pattern): string {
  const begins = beginsOf(of, pattern);
  return `for k = 1 to ${pattern.count}${begins.length === 0 ? "" : `, with ${begins.join(", ")}`}:`;
}

/** What the first repetition takes where the others take a value of the previous one: `sum[0] = start`. */
function beginsOf(of: NamedList, { at, period }: Pattern): readonly string[] {
  const { from, refs } = of.folded;
  const begins = new Set<string>();
  for (let place = at; place < at + period; place++) {
    const [first, second] = [from[place] as number, from[place + period] as number];
    for (let input = 0; first + input < (from[place + 1] as number); input++) {
      const [begun, ref] = [refs[first + input] as number, refs[second + input] as number];
      if (ref >= at && begun < at) begins.add(`${of.stemAt(ref)}[0] = ${nameAt(of, begun)}`);
    }
  }
  return [...begins];
}

/** The call that made the node at a place, such as `add(x=price, y=tax)`. */
export function callAt(of: FoldedGraph, place: number, within?: Pattern): string {
  const { nodes, from, refs } = of.folded;
  const first = from[place] as number;
  return callText(nodes[place] as Node, (from[place + 1] as number) - first, (index) => {
    const ref = refs[first + index] as number;
    const input = foldedInputName(of.folded, place, index);
    return { input, parent: nodes[ref] as Node, name: nameAt(of, ref, within) };
  });
}

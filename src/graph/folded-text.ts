/** Names and calls of folded nodes: `add[k] = add(x=add[k-1], y=y[k])`. */

import type { Node } from "../nodes/node.ts";
import { callText } from "./call-text.ts";
import type { RepeatBlock } from "./fold.ts";
import { type FoldedNodes, firstAt, foldedInputName } from "./folded.ts";
import type { Graph } from "./graph.ts";

/** A graph with its nodes, folded. */
export interface FoldedGraph {
  readonly graph: Graph;
  readonly folded: FoldedNodes;
}

/** The repetition of its pattern that the node at a place is in, from 0; and the pattern. */
export function repetitionAt({ patterns, patternOf }: FoldedNodes, place: number): [number, RepeatBlock] | undefined {
  const pattern = patterns[patternOf[place] as number];
  return pattern === undefined ? undefined : [Math.floor((place - pattern.at) / pattern.period), pattern];
}

/**
 * The name of the node at a place: of a pattern with the number of its repetition, `add[3]`.
 * @param within The pattern whose second repetition stands for its `k`-th one.
 */
export function nameAt({ graph, folded }: FoldedGraph, place: number, within?: RepeatBlock): string {
  const repetition = repetitionAt(folded, place);
  const name = graph.nameOf(folded.nodes[firstAt(folded, place)] as Node);
  if (repetition === undefined) return name;
  const [index, pattern] = repetition;
  if (pattern !== within) return `${name}[${index + 1}]`;
  return index === 0 ? `${name}[k-1]` : `${name}[k]`;
}

/** The call that made the node at a place, such as `add(x=price, y=tax)`. */
export function callAt(of: FoldedGraph, place: number, within?: RepeatBlock): string {
  const { nodes, from, refs } = of.folded;
  const first = from[place] as number;
  return callText(nodes[place] as Node, (from[place + 1] as number) - first, (index) => {
    const ref = refs[first + index] as number;
    const input = foldedInputName(of.folded, place, index);
    return { input, parent: nodes[ref] as Node, name: nameAt(of, ref, within) };
  });
}

/** What the first repetition has where the others have a value of the one before: `add[0] = start`. */
export function beginsOf(of: FoldedGraph, { at, period }: RepeatBlock): readonly string[] {
  const { folded } = of;
  const begins = new Set<string>();
  for (let place = at; place < at + period; place++) {
    const [from, from2] = [folded.from[place] as number, folded.from[place + period] as number];
    for (let edge = from; edge < (folded.from[place + 1] as number); edge++) {
      const [first, second] = [folded.refs[edge] as number, folded.refs[from2 + edge - from] as number];
      if (second < at || first >= at) continue;
      const name = of.graph.nameOf(folded.nodes[firstAt(folded, second)] as Node);
      begins.add(`${name}[0] = ${nameAt(of, first)}`);
    }
  }
  return [...begins];
}

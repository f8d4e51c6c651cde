/** The edges of a drawing, in which each pattern is drawn once. */

import { type FoldedNodes, foldedInputName } from "./folded.ts";
import { firstAt, type Pattern, patternAt, repetitionOf } from "./pattern.ts";

/** An edge into a node of a drawing. */
export interface DotEdge {
  /** The place of the node that it comes from. */
  readonly source: number;
  /** The input that it goes to, and the repetition that it belongs to; empty if there is only one of each. */
  readonly label: string;
  /** Whether it comes from the previous repetition. */
  readonly isBack: boolean;
}

/** The edges into the node that is drawn at a place. */
export function edgesInto(folded: FoldedNodes, place: number): readonly DotEdge[] {
  const { from, refs } = folded;
  const [first, end] = [from[place] as number, from[place + 1] as number];
  const isOnly = end - first === 1;
  const nameOf = (index: number): string => (isOnly ? "" : foldedInputName(folded, place, index));
  const pattern = patternAt(folded, place);
  if (pattern !== undefined) return patternEdges(folded, pattern, { place, nameOf });
  const edges: DotEdge[] = [];
  for (let edge = first; edge < end; edge++) {
    const ref = refs[edge] as number;
    if (patternAt(folded, ref) === undefined) {
      edges.push({ source: ref, label: nameOf(edge - first), isBack: false });
      continue;
    }
    // Inputs in a row from repetitions of one node are one edge.
    let last = edge;
    while (last + 1 < end && firstAt(folded, refs[last + 1] as number) === firstAt(folded, ref)) last += 1;
    const inputs = edge === last ? nameOf(edge - first) : `${nameOf(edge - first)} to ${nameOf(last - first)}`;
    edges.push({ ...leaving(folded, [ref, refs[last] as number], inputs), isBack: false });
    edge = last;
  }
  return edges;
}

/** An edge from one node, in a pattern from some of its repetitions. */
function leaving(
  folded: FoldedNodes,
  [first, last]: readonly [number, number],
  input: string,
): Pick<DotEdge, "source" | "label"> {
  const source = firstAt(folded, first);
  const pattern = patternAt(folded, first);
  if (pattern === undefined) return { source, label: input };
  const [from, to] = [repetitionOf(pattern, first), repetitionOf(pattern, last)];
  const isLast = from === to && from === pattern.count - 1;
  const repetitions = from === to ? `k = ${from + 1}` : `k = ${from + 1} to ${to + 1}`;
  return { source, label: isLast ? input : joinLabel(input, repetitions) };
}

function joinLabel(input: string, repetitions: string): string {
  return input === "" ? repetitions : `${input}, ${repetitions}`;
}

interface PatternTarget {
  /** A place in the first repetition. */
  readonly place: number;
  readonly nameOf: (index: number) => string;
}

/** The edges into a node of a pattern: those of the second repetition, and those of the first where they differ. */
function patternEdges(
  folded: FoldedNodes,
  { at, period }: Pattern,
  { place, nameOf }: PatternTarget,
): readonly DotEdge[] {
  const { from, refs } = folded;
  const [first, second] = [from[place] as number, from[place + period] as number];
  const edges: DotEdge[] = [];
  for (let index = 0; index < (from[place + 1] as number) - first; index++) {
    const [begun, ref] = [refs[first + index] as number, refs[second + index] as number];
    const input = nameOf(index);
    if (ref < at) edges.push({ ...leaving(folded, [ref, ref], input), isBack: false });
    else if (ref >= at + period) edges.push({ source: ref - period, label: input, isBack: false });
    else {
      edges.push({ ...leaving(folded, [begun, begun], joinLabel(input, "k = 1")), isBack: false });
      edges.push({ source: ref, label: joinLabel(input, "k - 1"), isBack: true });
    }
  }
  return edges;
}

/** The edges of a drawing: those of the nodes, with a pattern that repeats drawn once. */

import { type FoldedNodes, firstAt, foldedInputName } from "./folded.ts";
import { repetitionAt } from "./folded-text.ts";

/** An edge between two nodes that are drawn. */
export interface DotEdge {
  /** The place of the node that it comes from. */
  readonly source: number;
  /** The input that it goes to, and of which repetition of a pattern it is; empty when that is plain. */
  readonly label: string;
  /** Whether it comes from the repetition before. */
  readonly isBack: boolean;
}

/** The edges into the node that is drawn at a place. */
export function edgesInto(folded: FoldedNodes, place: number): readonly DotEdge[] {
  const { from, refs } = folded;
  const [first, end] = [from[place] as number, from[place + 1] as number];
  const isOnly = end - first === 1;
  const nameOf = (index: number): string => (isOnly ? "" : foldedInputName(folded, place, index));
  if ((folded.patternOf[place] as number) >= 0) return patternEdges(folded, place, nameOf);
  const edges: DotEdge[] = [];
  for (let edge = first; edge < end; edge++) {
    const ref = refs[edge] as number;
    if ((folded.patternOf[ref] as number) < 0) {
      edges.push({ source: ref, label: nameOf(edge - first), isBack: false });
      continue;
    }
    // Several repetitions of one node, one after the other, are one edge.
    let last = edge;
    while (last + 1 < end && firstAt(folded, refs[last + 1] as number) === firstAt(folded, ref)) last += 1;
    const inputs = edge === last ? nameOf(edge - first) : `${nameOf(edge - first)} to ${nameOf(last - first)}`;
    edges.push({ ...leaving(folded, [ref, refs[last] as number], inputs), isBack: false });
    edge = last;
  }
  return edges;
}

/** An edge out of a pattern, from some of its repetitions. */
function leaving(
  folded: FoldedNodes,
  [first, last]: readonly [number, number],
  input: string,
): Pick<DotEdge, "source" | "label"> {
  const source = firstAt(folded, first);
  const [from, pattern] = repetitionAt(folded, first) ?? [];
  if (from === undefined || pattern === undefined) return { source, label: input };
  const to = repetitionAt(folded, last)?.[0] ?? from;
  const isLast = from === to && from === pattern.count - 1;
  const repetitions = from === to ? `k = ${from + 1}` : `k = ${from + 1} to ${to + 1}`;
  return { source, label: isLast ? input : joinLabel(input, repetitions) };
}

function joinLabel(input: string, repetitions: string): string {
  return input === "" ? repetitions : `${input}, ${repetitions}`;
}

/** The edges into a node of a pattern: those of its second repetition, and where the first one differs those too. */
function patternEdges(folded: FoldedNodes, place: number, nameOf: (index: number) => string): readonly DotEdge[] {
  const { from, refs } = folded;
  const [, { at, period }] = repetitionAt(folded, place) as NonNullable<ReturnType<typeof repetitionAt>>;
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

/** Which runs a graph is made of: the members of a batch, nested ones too, or the graph itself. */

import type { FeedbackRecord } from "../../graph/feedback.ts";
import { type Graph, LearningGraph } from "../../graph/graph.ts";
import { type NumberedNodes, numberOf } from "../../graph/numbered.ts";
import type { NodeGroups } from "../../graph/sort-by-use.ts";
import { Parameter } from "../../nodes/parameter.ts";

/** One run, with what was said of it where that is known. */
export interface MemberRun {
  readonly graph: Graph;
  readonly feedback: FeedbackRecord | undefined;
}

/**
 * The runs of a graph. Batches in a batch are taken apart where the feedback on their members is known; the nodes that
 * only list the outputs of a batch are in no run.
 */
export function memberRuns(graph: Graph, feedback: FeedbackRecord | undefined): readonly MemberRun[] {
  if (!(graph instanceof LearningGraph) || !graph.batched) return [{ graph, feedback }];
  const judged = feedback === undefined ? [] : graph.judged(feedback);
  return graph.members.flatMap((member, index) => memberRuns(member, judged[index]?.feedback));
}

const inNone = -1;
const inSeveral = -2;

/**
 * The nodes of each run among those that were numbered just now, and the numbers of those of several runs, in the order
 * in which they are met: parameters are of all.
 */
export function nodesByRun(
  runs: readonly MemberRun[],
  numbered: NumberedNodes,
): NodeGroups & { readonly shared: readonly number[] } {
  const groupOf = new Int32Array(numbered.nodes.length).fill(inNone);
  const shared: number[] = [];
  for (const [run, { graph }] of runs.entries()) {
    for (const node of graph.nodes) {
      const number = numberOf(node, numbered);
      if (number === undefined || groupOf[number] === inSeveral) continue;
      const isFirst = groupOf[number] === inNone && !(node instanceof Parameter);
      groupOf[number] = isFirst ? run : inSeveral;
      if (!isFirst) shared.push(number);
    }
  }
  const lists = runs.map(({ graph }, run) => {
    const list: number[] = [];
    for (const node of graph.nodes) {
      const number = numberOf(node, numbered);
      if (number !== undefined && groupOf[number] === run) list.push(number);
    }
    return new Uint32Array(list);
  });
  return { lists, groupOf, shared };
}

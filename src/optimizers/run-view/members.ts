/** Finds the runs of a graph: the members of a batch, nested ones too, or the graph itself. */

import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import { type Graph, LearningGraph } from "../../graph/graph.ts";
import { type NumberedNodes, numberOf } from "../../graph/numbered.ts";
import type { NodeGroups } from "../../graph/sort-by-use.ts";
import { Parameter } from "../../nodes/parameter.ts";

/** One run, with the feedback on it if it has its own. */
export interface MemberRun {
  readonly graph: Graph;
  readonly feedback: FeedbackRecord | undefined;
}

/**
 * The runs of a graph. A batch in a batch counts as its members if the feedback on each is known. Nodes that only list
 * the outputs of a batch are in no run.
 */
export function memberRuns(graph: Graph, feedback: FeedbackRecord | undefined): readonly MemberRun[] {
  if (!(graph instanceof LearningGraph) || !graph.batched) return [{ graph, feedback }];
  const judged = feedback === undefined ? [] : graph.judged(feedback);
  return graph.members.flatMap((member, index) => memberRuns(member, judged[index]?.feedback));
}

const inNone = -1;
const inSeveral = -2;

/**
 * The numbers of the nodes of each run, and of those that several runs share. Parameters are always shared. The nodes
 * must have been numbered just before.
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

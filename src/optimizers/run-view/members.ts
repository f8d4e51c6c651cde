/** Which runs a graph is made of: the members of a batch, nested ones too, or the graph itself. */

import type { FeedbackRecord } from "../../graph/feedback.ts";
import { type Graph, LearningGraph } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
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

/** The nodes of each run, parents before children, among `wanted`; and those of several: parameters are of all. */
export function nodesByRun(
  runs: readonly MemberRun[],
  wanted: ReadonlySet<Node>,
): { readonly own: readonly (readonly Node[])[]; readonly shared: ReadonlySet<Node> } {
  const seen = new Set<Node>();
  const shared = new Set<Node>();
  const all = runs.map(({ graph }) => graph.nodes.filter((node) => wanted.has(node)));
  for (const nodes of all)
    for (const node of nodes) (seen.has(node) || node instanceof Parameter ? shared : seen).add(node);
  return { own: all.map((nodes) => nodes.filter((node) => !shared.has(node))), shared };
}

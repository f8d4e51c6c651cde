/** Several graphs as members of one learning graph, and several signals as one credit. Nothing is copied. */

import { Node } from "../nodes/node.ts";
import { operator } from "../nodes/operation.ts";
import type { Parameter } from "../nodes/parameter.ts";
import type { Credit, Signal } from "./credit.ts";
import { originOf } from "./delivery.ts";
import { combine, type FeedbackRecord } from "./feedback.ts";
import { type Graph, LearningGraph } from "./graph.ts";
import { minimalSubgraphOf } from "./subgraph.ts";

const operation = operator("batchify", ["item"], "Lists the outputs of independent runs, by index.", true);

/** One learning graph with the given members, whose output lists theirs. */
export function joinGraphs(members: readonly Graph[]): LearningGraph<readonly unknown[]> {
  const outputs = members.map((member) => member.output);
  const output = new Node<readonly unknown[]>(
    operation,
    members.map((member) => member.value),
    outputs,
  );
  const parts = [...members.flatMap((member) => member.parts), { root: output, since: output.id, cut: true }];
  return new LearningGraph<readonly unknown[]>(output, members, { parts, batched: true });
}

/**
 * The credit behind signals that were left with parameters: that of their graph, or, when they come from several graphs
 * or feedbacks, that of the batch of them, with the feedback by index. Undefined when there is no signal.
 */
export function creditBehind(waiting: ReadonlyMap<Parameter, readonly Signal[]>): Credit | undefined {
  const sources = new Map<object, Signal[]>();
  for (const signal of [...waiting.values()].flat()) {
    const source = originOf(signal) ?? signal.feedback;
    const same = sources.get(source);
    if (same === undefined) sources.set(source, [signal]);
    else same.push(signal);
  }
  const groups = [...sources.values()];
  if (groups.length === 0) return undefined;
  const feedback = groups.map(([first]) => (originOf(first as Signal) ?? (first as Signal)).feedback);
  const [only, ...others] = groups as [Signal[], ...Signal[][]];
  if (others.length === 0) {
    return { feedback: feedback[0] as FeedbackRecord, signals: new Map(only.map((one) => [one.parameter, one])) };
  }
  return creditOf(waiting, groups, feedback);
}

/** The credit of several groups of signals, each with a graph and feedback of its own. */
function creditOf(
  waiting: ReadonlyMap<Parameter, readonly Signal[]>,
  groups: readonly (readonly Signal[])[],
  given: readonly FeedbackRecord[],
): Credit {
  const graphs = groups.map(([first]) => first?.subgraph?.graph).filter((graph) => graph !== undefined);
  const joined = graphs.length === groups.length ? joinGraphs(graphs) : undefined;
  const subgraph = joined === undefined ? undefined : minimalSubgraphOf(joined);
  // The batch keeps which feedback is whose, for propagators that go back through each member.
  const feedback = joined?.aggregate(given) ?? combine(given);
  const signals = new Map<Parameter, Signal>();
  for (const [parameter, several] of waiting) {
    // Of several runs the newest value counts: it is the one that an update would replace.
    const newest = several.reduce((best, next) => (best.version > next.version ? best : next));
    // Without a graph that tells which feedback belongs to what, each parameter keeps to its own.
    const own = several.length === 1 ? newest.feedback : combine(several.map((one) => one.feedback));
    signals.set(parameter, { ...newest, feedback: subgraph === undefined ? own : feedback, subgraph });
  }
  return { feedback, signals };
}

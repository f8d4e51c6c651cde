/** Several graphs as members of one learning graph, and several signals as one credit. Nothing is copied. */

import { Node } from "../nodes/node.ts";
import { operator } from "../nodes/operation.ts";
import type { Parameter } from "../nodes/parameter.ts";
import type { Credit, Signal } from "./credit.ts";
import { combine, type FeedbackRecord } from "./feedback.ts";
import { type Graph, LearningGraph } from "./graph.ts";
import { minimalSubgraphOf, type Subgraph } from "./subgraph.ts";

const operation = operator("batchify", ["item"], "Lists the outputs of independent runs, by index.", true);

/** One learning graph with the given members, whose output lists theirs. */
export function join(members: readonly Graph[]): LearningGraph<readonly unknown[]> {
  const outputs = members.map((member) => member.output);
  const output = new Node<readonly unknown[]>(
    operation,
    members.map((member) => member.value),
    outputs,
  );
  const parts = [...members.flatMap((member) => member.parts), { root: output, since: output.id }];
  return new LearningGraph<readonly unknown[]>(output, members, { parts, batched: true });
}

/**
 * The credit behind signals that were left with parameters: that of their graph, or, when they come from several graphs or
 * feedbacks, that of the batch of them, with the feedback by index. Undefined when there is no signal.
 */
export function creditBehind(waiting: ReadonlyMap<Parameter, readonly Signal[]>): Credit | undefined {
  const sources = new Map<FeedbackRecord, Signal[]>();
  for (const signal of [...waiting.values()].flat()) {
    const same = sources.get(signal.feedback);
    if (same === undefined) sources.set(signal.feedback, [signal]);
    else same.push(signal);
  }
  const [first, ...others] = sources.values();
  if (first?.[0] === undefined) return undefined;
  if (others.length === 0) return creditOf(first, first[0].subgraph, first[0].feedback);
  const signals = [...sources.values()];
  const graphs = signals.map((same) => same[0]?.subgraph?.graph).filter((graph) => graph !== undefined);
  const subgraph = graphs.length === signals.length ? minimalSubgraphOf(join(graphs)) : undefined;
  return creditOf(signals.flat(), subgraph, combine([...sources.keys()]));
}

function creditOf(signals: readonly Signal[], subgraph: Subgraph | undefined, feedback: FeedbackRecord): Credit {
  const merged = new Map<Parameter, Signal>();
  for (const signal of signals) {
    const seen = merged.get(signal.parameter);
    // Of several runs the newest value counts: it is the one that an update would replace.
    const newest = seen !== undefined && seen.version > signal.version ? seen : signal;
    merged.set(signal.parameter, { ...newest, feedback, subgraph });
  }
  return { feedback, signals: merged };
}

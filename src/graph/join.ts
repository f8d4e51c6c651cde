/** Several graphs as members of one learning graph, and several credits as one. Nothing is copied. */

import { Node } from "../nodes/node.ts";
import { operator } from "../nodes/operation.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { groupBy } from "../util/collections.ts";
import type { Credit, Signal } from "./credit.ts";
import { combine } from "./feedback.ts";
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
 * Several credits as one: that of the batch of their graphs, with the feedback by index. One credit is returned
 * unchanged; undefined when there is none.
 */
export function joinCredits(credits: readonly Credit[]): Credit | undefined {
  if (credits.length <= 1) return credits[0];
  const given = credits.map((credit) => credit.feedback);
  const graphs = credits.map(graphBehind).filter((graph) => graph !== undefined);
  const batch = graphs.length === credits.length ? joinGraphs(graphs) : undefined;
  const subgraph = batch === undefined ? undefined : minimalSubgraphOf(batch);
  // The batch keeps which feedback is whose, for propagators that go back through each member.
  const feedback = batch?.aggregate(given) ?? combine(given);
  const byParameter = groupBy(
    credits.flatMap((credit) => [...credit.signals.values()]),
    (signal) => signal.parameter,
  );
  const signals = [...byParameter].map(([parameter, several]): [Parameter, Signal] => {
    // Of several runs the newest value counts: it is the one that an update would replace.
    const newest = several.reduce((best, next) => (best.version > next.version ? best : next));
    // Without a graph, nothing says which feedback belongs to what: each parameter keeps its own.
    const own = several.length === 1 ? newest.feedback : combine(several.map((one) => one.feedback));
    return [parameter, { ...newest, feedback: subgraph === undefined ? own : feedback, subgraph }];
  });
  return { feedback, signals: new Map(signals) };
}

function graphBehind({ signals }: Credit): Graph | undefined {
  const [first] = signals.values();
  return first?.subgraph?.graph;
}

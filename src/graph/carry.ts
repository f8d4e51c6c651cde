/** What feedback on a graph becomes at its parameters, without a language model. */

import type { Parameter } from "../nodes/parameter.ts";
import { type Credit, NoParameterError, type Signal } from "./credit.ts";
import type { FeedbackRecord } from "./feedback-record.ts";
import type { Graph } from "./graph.ts";
import { minimalSubgraphOf, type Subgraph } from "./subgraph.ts";

/** Carries the feedback and the minimal subgraph to each parameter. */
export function carrySubgraph(graph: Graph, feedback: FeedbackRecord): Credit {
  const subgraph = minimalSubgraphOf(graph);
  return creditOf(graph, feedback, subgraph.parameters, () => ({ feedback, subgraph }));
}

type Carried = { readonly feedback: FeedbackRecord; readonly subgraph: Subgraph | undefined };

/**
 * The credit of `feedback` for these parameters of `graph`.
 * @param carry What a parameter gets.
 * @throws NoParameterError when there are none.
 */
export function creditOf(
  graph: Graph,
  feedback: FeedbackRecord,
  parameters: readonly Parameter[],
  carry: (parameter: Parameter) => Carried,
): Credit {
  if (parameters.length === 0) throw new NoParameterError(graph);
  const signals = new Map<Parameter, Signal>();
  for (const parameter of parameters) {
    const { value, version } = graph.read(parameter);
    signals.set(parameter, { parameter, value, version, ...carry(parameter) });
  }
  return { feedback, signals };
}

/** Makes a problem for an optimizer from a credit: plain records, in which nothing is cut yet. */

import type { Credit, Signal } from "../graph/credit.ts";
import { type FeedbackRecord, feedbackText } from "../graph/feedback.ts";
import { callOf } from "../graph/show.ts";
import type { Subgraph } from "../graph/subgraph.ts";
import type { Node } from "../nodes/node.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { getOrSet } from "../util/collections.ts";
import { UniqueNames } from "../util/names.ts";
import { typeName } from "../util/type-name.ts";

/** A value that the optimizer may rewrite. */
export interface Variable {
  /** Unique in the problem; what the optimizer answers with. */
  readonly name: string;
  readonly parameter: Parameter;
  /** The value that ran, and its version: an update for it is refused once a newer one is live. */
  readonly value: unknown;
  readonly version: number;
}

/** A value that gives context: it is shown, but may not be changed. */
export interface ContextValue {
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
  /** The call that made it; undefined for an input. */
  readonly call: string | undefined;
  /** The documentation of an input; that of calls is in {@link Problem.docs}. */
  readonly doc: string | undefined;
  readonly role: "input" | "other" | "output";
  /** How many calls lie between this value and the output. The first to be left out are the farthest. */
  readonly distance: number;
}

/** What an optimizer must solve: change the variables so that the outputs follow the feedback. */
export interface Problem {
  readonly variables: readonly Variable[];
  /** In the order in which they ran. */
  readonly context: readonly ContextValue[];
  /** What the operations do: a line each, in the order of their first call. */
  readonly docs: readonly { readonly name: string; readonly doc: string }[];
  readonly feedback: FeedbackRecord;
}

/** The problem of changing `own` parameters by `credit`. Other parameters in the graph are shown as inputs. */
export function problemOf(credit: Credit, own: Iterable<Parameter>): Problem {
  const signals = [...own].map((parameter) => credit.signals.get(parameter)).filter((signal) => signal !== undefined);
  const subgraph = signals[0]?.subgraph;
  if (subgraph === undefined) {
    const variables = nameVariables(signals);
    return { variables, context: [], docs: [], feedback: feedbackOf(credit, signals, variables) };
  }
  const { graph } = subgraph;
  const variables = signals.map(({ parameter, value, version }) => ({
    name: graph.nameOf(parameter as Node),
    parameter,
    value,
    version,
  }));
  return {
    variables,
    ...contextOf(subgraph, new Set<Node>(signals.map((signal) => signal.parameter))),
    feedback: credit.feedback,
  };
}

/** The feedback; where a propagator gave each parameter its own, all of these by name. */
function feedbackOf({ feedback }: Credit, signals: readonly Signal[], variables: readonly Variable[]): FeedbackRecord {
  const [first, ...others] = signals.map((signal) => signal.feedback);
  if (first === undefined) return feedback;
  if (others.every((other) => other === first)) return first;
  const images = [...new Set(signals.flatMap((signal) => signal.feedback.images ?? []))];
  return {
    text: signals.map((signal, index) => `${variables[index]?.name}: ${feedbackText(signal.feedback)}`).join("\n"),
    ...(images.length === 0 ? {} : { images }),
  };
}

/** Names for parameters whose graph is not carried. */
function nameVariables(signals: readonly Signal[]): readonly Variable[] {
  const unique = new UniqueNames();
  return signals.map(({ parameter, value, version }) => ({
    name: unique.take(parameter.name),
    parameter,
    value,
    version,
  }));
}

function contextOf(subgraph: Subgraph, variables: ReadonlySet<Node>): Pick<Problem, "context" | "docs"> {
  const { graph, inputs } = subgraph;
  const distance = distances(subgraph);
  const calls: Node[] = [];
  const context: ContextValue[] = [];
  for (const [index, node] of subgraph.nodes.entries()) {
    if (variables.has(node)) continue;
    const isRoot = inputs.has(node) || graph.parentsOf(node).length === 0;
    const doc = node.doc;
    if (!isRoot) calls.push(node);
    context.push({
      name: graph.nameOf(node),
      type: typeName(graph.valueOf(node)),
      value: graph.valueOf(node),
      call: isRoot ? undefined : callOf(graph, node),
      doc: isRoot ? doc : undefined,
      role: node === graph.output ? "output" : isRoot ? "input" : "other",
      distance: distance[index] ?? 0,
    });
  }
  return { context, docs: docsOf(subgraph, calls) };
}

/** What the calls do: a line an operation; where several operations share a name, each goes by its first call's. */
function docsOf({ graph }: Subgraph, calls: readonly Node[]): Problem["docs"] {
  const byName = new Map<string, Map<string, Node>>();
  for (const call of calls) {
    const { doc, op } = call;
    if (doc === undefined || doc === "") continue;
    getOrSet(
      getOrSet(byName, op, () => new Map<string, Node>()),
      doc,
      () => call,
    );
  }
  return [...byName].flatMap(([op, docs]) =>
    [...docs].map(([doc, first]) => ({ name: docs.size === 1 ? op : graph.nameOf(first), doc })),
  );
}

/**
 * Calls between each node of the subgraph and the output, in one loop from the end, since children come after parents.
 */
function distances({ graph, nodes, inputs }: Subgraph): readonly number[] {
  const distance = new Array<number>(nodes.length).fill(Infinity);
  for (const [index, node] of nodes.entries()) node.slot = index;
  if (nodes.length > 0) distance[nodes.length - 1] = 0;
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index] as Node;
    if (inputs.has(node)) continue;
    const next = (distance[index] as number) + 1;
    for (const { slot } of graph.parentsOf(node)) if (next < (distance[slot] as number)) distance[slot] = next;
  }
  return distance;
}

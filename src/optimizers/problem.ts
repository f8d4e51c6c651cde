/** Makes a problem for an optimizer from a credit: plain records, in which nothing is cut yet. */

import type { Credit, Signal } from "../graph/credit.ts";
import type { FeedbackRecord } from "../graph/feedback-record.ts";
import { feedbackText } from "../graph/feedback-text.ts";
import type { Subgraph } from "../graph/subgraph.ts";
import type { Node } from "../nodes/node.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { getOrSet } from "../util/collections.ts";
import { uniqueNames } from "../util/names.ts";
import type { DocumentedCall } from "./run-view/run-reader.ts";
import { tracesOf } from "./run-view/runs.ts";
import type { ContextValue, RunValues } from "./run-view/values.ts";

/** A value that the optimizer may rewrite. */
export interface Variable {
  /** Unique in the problem; what the optimizer answers with. */
  readonly name: string;
  readonly parameter: Parameter;
  /** The value that ran, and its version: an update for it is refused once a newer one is live. */
  readonly value: unknown;
  readonly version: number;
}

/** One run of the program. */
export interface ProblemRun {
  /** In an order in which they could have run, with those of patterns. The last one is the output. */
  readonly values: RunValues;
  /** What was said of this run alone; undefined where {@link Problem.feedback} is on all runs together. */
  readonly feedback: FeedbackRecord | undefined;
  /** Whether it failed: its output is the error then. */
  readonly failed: boolean;
}

/** What an optimizer must solve: change the variables so that the outputs follow the feedback. */
export interface Problem {
  readonly variables: readonly Variable[];
  /** What several runs share. */
  readonly shared: readonly ContextValue[];
  /** The runs; none where the graph was not carried. */
  readonly runs: readonly ProblemRun[];
  /** What the operations do: a line each, in the order of their first call. */
  readonly docs: readonly { readonly name: string; readonly doc: string }[];
  readonly feedback: FeedbackRecord;
}

/** All values that give context: what several runs share, then those of each run, in the order of running. */
export function* contextOf({ shared, runs }: Pick<Problem, "shared" | "runs">): Iterable<ContextValue> {
  yield* shared;
  for (const { values } of runs) yield* values;
}

/** The problem of changing values about which only the feedback is known. */
export function bareProblem(variables: readonly Variable[], feedback: FeedbackRecord): Problem {
  return { variables, shared: [], runs: [], docs: [], feedback };
}

/** The problem of changing `own` parameters by `credit`. Other parameters in the graph are shown as fixed values. */
export function problemOf(credit: Credit, own: Iterable<Parameter>): Problem {
  const parameters = [...own];
  // Named whether reached or not, so that a name means one parameter in every step.
  const names = uniqueNames(parameters.map(({ name }) => name));
  const variables: Variable[] = [];
  const signals: Signal[] = [];
  for (const [index, parameter] of parameters.entries()) {
    const signal = credit.signals.get(parameter);
    if (signal === undefined) continue;
    signals.push(signal);
    variables.push({ name: names[index] as string, parameter, value: signal.value, version: signal.version });
  }
  const subgraph = signals[0]?.subgraph;
  if (subgraph === undefined) return bareProblem(variables, feedbackOf(credit, signals, variables));
  return { variables, ...tracedIn(subgraph, credit, variables, names), feedback: credit.feedback };
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

function tracedIn(
  subgraph: Subgraph,
  credit: Credit,
  variables: readonly Variable[],
  taken: readonly string[],
): Pick<Problem, "shared" | "runs" | "docs"> {
  const names = new Map<Node, string>(variables.map(({ name, parameter }) => [parameter, name]));
  const { shared, runs, documented } = tracesOf(subgraph, credit, { names, taken });
  // A variable says for itself what its code does.
  const own = new Set(variables.flatMap(({ parameter: { code, doc } }) => (code === undefined ? [] : [doc])));
  return { shared, runs, docs: docsOf(documented.filter(({ doc }) => !own.has(doc))) };
}

/** What the calls do: a line an operation; where several operations share a name, each goes by its first call's. */
function docsOf(calls: readonly DocumentedCall[]): Problem["docs"] {
  const byName = new Map<string, Map<string, DocumentedCall>>();
  for (const call of calls) {
    getOrSet(
      getOrSet(byName, call.op, () => new Map<string, DocumentedCall>()),
      call.doc,
      () => call,
    );
  }
  return [...byName].flatMap(([op, docs]) =>
    [...docs].map(([doc, first]) => ({ name: docs.size === 1 ? op : first.name, doc })),
  );
}

/** Makes a problem for an optimizer from a credit: plain records, in which nothing is cut yet. */

import type { Credit, Signal } from "../graph/credit.ts";
import { type FeedbackRecord, feedbackText } from "../graph/feedback.ts";
import type { RepeatBlock, SingleBlock } from "../graph/fold.ts";
import type { Subgraph } from "../graph/subgraph.ts";
import { ExceptionNode, type Node } from "../nodes/node.ts";
import { Parameter } from "../nodes/parameter.ts";
import { getOrSet } from "../util/collections.ts";
import { uniqueNames } from "../util/names.ts";
import { typeName } from "../util/type-name.ts";
import type { CallPart, RunGraph } from "./run-view/call.ts";
import { type RunValue, tracesOf } from "./run-view/runs.ts";

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
  /** Unique among the values of its run, and not the name of a variable. */
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
  /** The call that made it; undefined for an input. */
  readonly call: string | undefined;
  /** The documentation of an input; that of calls is in {@link Problem.docs}. */
  readonly doc: string | undefined;
  /** `fixed` is a parameter that may not be changed now. */
  readonly role: "input" | "fixed" | "other" | "output";
  /** How many calls lie between this value and the output. The first to be left out are the farthest. */
  readonly distance: number;
  /** Whether the call says all that the value is: an array or a record that was put together from other values. */
  readonly isLiteral: boolean;
}

/** A part of a run: a value alone, or a pattern that repeats, from the `at`-th value on. */
export type ProblemBlock = SingleBlock | RepeatedCalls;

/** A pattern that repeats, as code. */
export interface RepeatedCalls extends RepeatBlock {
  /** The calls of repetition `k`, from 1. */
  readonly calls: readonly string[];
  /** What the first repetition has where the others have a value of the one before: `seen[0] = start`. */
  readonly begins: readonly string[];
}

/** One run of the program. */
export interface ProblemRun {
  /** In the order of running. The last one is the output. */
  readonly values: readonly ContextValue[];
  /** The same values in blocks: alone, or in a pattern that repeats. */
  readonly blocks: readonly ProblemBlock[];
  /** What was said of this run alone; undefined where {@link Problem.feedback} is on all runs together. */
  readonly feedback: FeedbackRecord | undefined;
  /** Whether it failed: its output is the error then. */
  readonly failed: boolean;
}

/** What an optimizer must solve: change the variables so that the outputs follow the feedback. */
export interface Problem {
  readonly variables: readonly Variable[];
  /** What several runs share, then the values of each run, in the order of running. */
  readonly context: readonly ContextValue[];
  /** What several runs share. */
  readonly shared: readonly ContextValue[];
  /** The runs; none where the graph was not carried. */
  readonly runs: readonly ProblemRun[];
  /** What the operations do: a line each, in the order of their first call. */
  readonly docs: readonly { readonly name: string; readonly doc: string }[];
  readonly feedback: FeedbackRecord;
}

/** The problem of changing values about which only the feedback is known. */
export function bareProblem(variables: readonly Variable[], feedback: FeedbackRecord): Problem {
  return { variables, context: [], shared: [], runs: [], docs: [], feedback };
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
  return { variables, ...contextOf(subgraph, credit, variables), feedback: credit.feedback };
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

function contextOf(
  subgraph: Subgraph,
  credit: Credit,
  variables: readonly Variable[],
): Pick<Problem, "context" | "shared" | "runs" | "docs"> {
  const names = new Map<Node, string>(variables.map(({ name, parameter }) => [parameter, name]));
  const traces = tracesOf(subgraph, credit, names);
  const distance = distances(subgraph);
  const shared = traces.shared.map(({ node, name }) =>
    contextValue(subgraph.graph, { node, name, call: undefined, isLiteral: false }, distance),
  );
  const runs = traces.runs.map((run): ProblemRun => {
    const { graph, feedback } = run;
    const nameAt = (at: number): string => run.values[at]?.name ?? "";
    const values = run.values.map(({ node, name, parts, isLiteral }) => {
      const call = parts === undefined ? undefined : callText(name, parts, nameAt);
      return contextValue(graph, { node, name, call, isLiteral }, distance);
    });
    const blocks = run.blocks.map((block) =>
      block.kind === "single" ? block : { ...block, ...patternOf(run.values, block) },
    );
    return { values, blocks, feedback, failed: graph.error !== undefined };
  });
  const calls = traces.runs.flatMap(({ values }) =>
    values.filter(({ parts, isLiteral }) => parts !== undefined && !isLiteral),
  );
  const context = [...shared, ...runs.flatMap(({ values }) => values)];
  return { context, shared, runs, docs: docsOf(calls) };
}

interface NamedValue extends Pick<ContextValue, "name" | "call" | "isLiteral"> {
  readonly node: Node;
}

/** One object literal: a graph may have a hundred thousand values, and copies of objects take most of the time. */
function contextValue(
  graph: RunGraph,
  { node, name, call, isLiteral }: NamedValue,
  distance: ReadonlyMap<Node, number>,
): ContextValue {
  const isRoot = graph.parentsOf(node).length === 0;
  const value = graph.valueOf(node);
  const isFixed = node instanceof Parameter;
  return {
    name,
    type: node instanceof ExceptionNode ? "error" : typeName(value),
    value,
    call,
    doc: isRoot ? node.doc : undefined,
    role: node === graph.output ? "output" : isFixed ? "fixed" : isRoot ? "input" : "other",
    distance: distance.get(node) ?? 0,
    isLiteral,
  };
}

function callText(name: string, parts: readonly CallPart[], nameAt: (at: number) => string): string {
  let text = `${name} = `;
  for (const part of parts) text += typeof part === "string" ? part : nameAt(part.at) + part.path;
  return text;
}

/**
 * The calls of a pattern in its `k`-th repetition, and what stands for the values of a repetition 0 in the first one.
 */
function patternOf(
  values: readonly RunValue[],
  { at, period }: RepeatBlock,
): { readonly calls: readonly string[]; readonly begins: readonly string[] } {
  const nameAt = (place: number): string => {
    const name = values[place]?.name ?? "";
    const repetition = Math.floor((place - at) / period);
    return repetition < 0 ? name : name.replace(/\[\d+\]$/, repetition === 1 ? "[k]" : "[k-1]");
  };
  const begins = new Set<string>();
  const calls = values.slice(at + period, at + 2 * period).flatMap(({ parts }, offset) => {
    if (parts === undefined) return [];
    const first = values[at + offset]?.parts ?? [];
    for (const [index, part] of parts.entries()) {
      const begun = first[index];
      if (typeof part === "string" || typeof begun !== "object" || part.at < at || begun.at >= at) continue;
      begins.add(`${nameAt(part.at).replace("[k-1]", "[0]")} = ${nameAt(begun.at)}`);
    }
    return [callText(nameAt(at + period + offset), parts, nameAt)];
  });
  return { calls, begins: [...begins] };
}

/** What the calls do: a line an operation; where several operations share a name, each goes by its first call's. */
function docsOf(calls: readonly RunValue[]): Problem["docs"] {
  const byName = new Map<string, Map<string, RunValue>>();
  for (const call of calls) {
    const { doc, op } = call.node;
    if (doc === undefined || doc === "") continue;
    getOrSet(
      getOrSet(byName, op, () => new Map<string, RunValue>()),
      doc,
      () => call,
    );
  }
  return [...byName].flatMap(([op, docs]) =>
    [...docs].map(([doc, first]) => ({ name: docs.size === 1 ? op : first.name, doc })),
  );
}

/**
 * Calls between each node of the subgraph and the output, in one loop from the end, since children come after parents.
 */
function distances({ graph, nodes, inputs }: Subgraph): ReadonlyMap<Node, number> {
  const distance = new Map<Node, number>();
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index] as Node;
    const own = distance.get(node) ?? 0;
    distance.set(node, own);
    if (inputs.has(node)) continue;
    for (const parent of graph.parentsOf(node)) {
      const known = distance.get(parent);
      if (known === undefined || own + 1 < known) distance.set(parent, own + 1);
    }
  }
  return distance;
}

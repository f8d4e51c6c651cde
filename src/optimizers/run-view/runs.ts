/** The runs of a problem: the calls of each in order, with names that are unique in the run. */

import type { Credit } from "../../graph/credit.ts";
import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import { distancesOf, numberNodes } from "../../graph/numbered.ts";
import { sortByUse } from "../../graph/sort-by-use.ts";
import type { Subgraph } from "../../graph/subgraph.ts";
import type { Node } from "../../nodes/node.ts";
import { namesBeside } from "../../util/names.ts";

import { FixedInputs, type RunNodes } from "./fixed-inputs.ts";
import { memberRuns, nodesByRun } from "./members.ts";
import { type DocumentedCall, RunReader } from "./run-reader.ts";
import { CallShapes } from "./shapes.ts";
import { type ContextValue, contextValue, type RunValues } from "./values.ts";

/** One run of a problem. */
export interface RunTrace {
  readonly values: RunValues;
  /** The feedback on this run; undefined if there is only feedback on all runs together. */
  readonly feedback: FeedbackRecord | undefined;
  readonly failed: boolean;
}

/** The runs of a problem, and what they share. */
export interface Traces {
  readonly runs: readonly RunTrace[];
  /** The values that several runs share, without the variables. Each has one name in the whole prompt. */
  readonly shared: readonly ContextValue[];
  /** The documented calls in order. Each operation has at least one. */
  readonly documented: readonly DocumentedCall[];
}

/** The names of variables. */
export interface VariableNames {
  /** The names of those that the runs used. */
  readonly names: ReadonlyMap<Node, string>;
  /** All names, also of unused ones: the text of past steps may mention them. */
  readonly taken: readonly string[];
}

/**
 * The runs of a subgraph.
 * @param named The variables, and the names that no value of a run may have.
 */
export function tracesOf(subgraph: Subgraph, { feedback }: Credit, named: VariableNames): Traces {
  const { names: variables, taken: reserved } = named;
  const { graph } = subgraph;
  const numbered = numberNodes(subgraph);
  const members = memberRuns(graph, feedback);
  const groups = nodesByRun(members, numbered);
  const unique = namesBeside(reserved);
  const names = new Map<number, string>();
  for (const number of groups.shared) {
    const node = numbered.nodes[number] as Node;
    names.set(number, variables.get(node) ?? unique.take(node.name));
  }
  const distances = distancesOf(numbered);
  const shared = groups.shared.flatMap((number): ContextValue[] => {
    const node = numbered.nodes[number] as Node;
    if (variables.has(node)) return [];
    const isRoot = graph.parentsOf(node).length === 0;
    const [name, distance] = [names.get(number) as string, distances[number] as number];
    return [contextValue(graph, node, { name, call: undefined, isRoot, distance, isLiteral: false })];
  });
  const orders = sortByUse(numbered, groups);
  const nodes = members.map((member, run): RunNodes => ({ graph: member.graph, order: orders[run] as Uint32Array }));
  const source = { numbered, distances, shapes: new CallShapes() };
  const taken = [...reserved, ...shared.map(({ name }) => name)];
  const reader = new RunReader(source, { names, taken, fixedInputs: new FixedInputs(numbered, nodes) });
  const runs = members.map((member, run): RunTrace => {
    const values = reader.read(nodes[run] as RunNodes);
    return { values, feedback: member.feedback, failed: member.graph.error !== undefined };
  });
  return { runs, shared, documented: reader.documented };
}

/** The runs of a problem: what each called, in order, under names that are unique in it. */

import type { Credit } from "../../graph/credit.ts";
import type { FeedbackRecord } from "../../graph/feedback.ts";
import { type FoldBlock, fold } from "../../graph/fold.ts";
import type { Graph } from "../../graph/graph.ts";
import { sortByUse } from "../../graph/sort-by-use.ts";
import type { Subgraph } from "../../graph/subgraph.ts";
import type { Node } from "../../nodes/node.ts";
import { UniqueNames } from "../../util/names.ts";
import { type CallPart, type CallScope, callParts, pathOf, type RunGraph, slotOf } from "./call.ts";
import { fixedInputsOf } from "./fixed-inputs.ts";
import { type ContainerLiteral, listParts, literalOf } from "./literal.ts";
import { memberRuns, nodesByRun } from "./members.ts";

/** A value of a run. */
export interface RunValue {
  readonly node: Node;
  /** Unique in the run, and not the name of a variable; of a pattern that repeats with the number: `ask[2]`. */
  readonly name: string;
  /** The call that made it; undefined for what came from outside. */
  readonly parts: readonly CallPart[] | undefined;
  /** Whether the call says all: an array or a record that was put together from other values. */
  readonly isLiteral: boolean;
}

/** One run of a problem. */
export interface RunTrace {
  readonly graph: RunGraph;
  /** In the order of running. */
  readonly values: readonly RunValue[];
  /** The same values in blocks: alone, or in a pattern that repeats. */
  readonly blocks: readonly FoldBlock[];
  /** What was said of this run alone; undefined where the feedback is on all together. */
  readonly feedback: FeedbackRecord | undefined;
}

/** The runs of a problem, and what is not of one run alone. */
export interface Traces {
  readonly runs: readonly RunTrace[];
  /** What several runs share, and is no variable, under its name in the whole prompt. */
  readonly shared: readonly { readonly node: Node; readonly name: string }[];
}

/** A pattern of four is shorter than its calls. */
const foldLimits = { minCount: 4 };

/**
 * The runs of a subgraph.
 * @param variables The names of the variables, which nothing else takes.
 */
export function tracesOf(
  { graph, nodes, inputs }: Subgraph,
  { feedback }: Credit,
  variables: ReadonlyMap<Node, string>,
): Traces {
  const members = memberRuns(graph, feedback);
  const { own, shared } = nodesByRun(members, new Set(nodes));
  const names = new Map(variables);
  const unique = namesBeside(variables.values());
  for (const node of shared) if (!names.has(node)) names.set(node, unique.take(node.name));
  const runs = members.map((member, index) => {
    const run = without(member.graph, inputs);
    return { graph: run, feedback: member.feedback, nodes: sortByUse(run, own[index] ?? []) };
  });
  const isFixedInput = fixedInputsOf(runs);
  return {
    runs: runs.map((run) => runTrace(run, { names, isFixedInput })),
    shared: [...shared].filter((node) => !variables.has(node)).map((node) => ({ node, name: names.get(node) ?? "" })),
  };
}

/** A graph in which `inputs` came from outside. */
function without(graph: Graph, inputs: ReadonlySet<Node>): RunGraph {
  const { output, error } = graph;
  return {
    ...{ output, error },
    parentsOf: (node) => (inputs.has(node) ? [] : graph.parentsOf(node)),
    valueOf: (node) => graph.valueOf(node),
  };
}

function namesBeside(taken: Iterable<string>): UniqueNames {
  const unique = new UniqueNames();
  for (const name of taken) unique.take(name);
  return unique;
}

interface UnnamedValue extends Omit<RunValue, "name"> {
  readonly shape: string;
}

function runTrace(
  { graph, nodes, feedback }: { graph: RunGraph; nodes: readonly Node[]; feedback: FeedbackRecord | undefined },
  { names, isFixedInput }: Pick<CallScope, "names" | "isFixedInput">,
): RunTrace {
  const places = new Map<Node, number>();
  const scope: CallScope = { graph, names, places, isFixedInput };
  const values: UnnamedValue[] = [];
  const lists: KnownList[] = [];
  const inlined = inlinedIn(graph, nodes, scope);
  for (const node of nodes) {
    if (names.has(node) || inlined.has(node)) continue;
    values.push(valueOf(node, scope, lists, values.length));
    places.set(node, values.length - 1);
  }
  const blocks = fold(
    values.map(({ shape, parts = [] }) => ({
      shape,
      refs: parts.flatMap((part) => (typeof part === "string" ? [] : [part.at])),
    })),
    foldLimits,
  );
  const named = nameValues(values, blocks, names.values());
  return {
    graph,
    blocks,
    feedback,
    values: values.map(({ node, parts, isLiteral }, at) => ({ node, parts, isLiteral, name: named[at] ?? "" })),
  };
}

/** Nodes that are written in the calls that use them: paths into values, and what is the same in every call. */
function inlinedIn(graph: RunGraph, nodes: readonly Node[], { isFixedInput }: CallScope): ReadonlySet<Node> {
  const fixed = new Map<Node, boolean>();
  const inlined = new Set<Node>();
  for (const node of nodes) {
    const isPath = pathOf(graph, node) !== undefined;
    if (isPath && node !== graph.output) inlined.add(node);
    for (const [index, parent] of graph.parentsOf(node).entries()) {
      const isFixed = (isPath && index > 0) || isFixedInput(parent, slotOf(node, index));
      fixed.set(parent, (fixed.get(parent) ?? graph.parentsOf(parent).length === 0) && isFixed);
    }
  }
  for (const [node, isFixed] of fixed) if (isFixed) inlined.add(node);
  return inlined;
}

/** An array that was put together, and where it is in the run. */
interface KnownList {
  readonly at: number;
  /** Its items as text that tells them apart. */
  readonly keys: readonly string[];
}

function valueOf(node: Node, scope: CallScope, lists: KnownList[], at: number): UnnamedValue {
  if (scope.graph.parentsOf(node).length === 0) {
    return { node, parts: undefined, isLiteral: false, shape: `input ${node.name}` };
  }
  const literal = literalOf(node, scope);
  const parts = literal === undefined ? callParts(node, scope) : withHistory(literal, lists, at);
  let shape = `${node.operation.kind} ${node.name} = `;
  for (const part of parts) shape += typeof part === "string" ? part : `\0${part.path}\0`;
  return { node, parts, isLiteral: literal !== undefined, shape };
}

/** An array that goes on from an earlier one is written as what it added: a history of messages grows at every turn. */
function withHistory({ parts, items }: ContainerLiteral, lists: KnownList[], at: number): readonly CallPart[] {
  if (items === undefined) return parts;
  const keys = items.map((item) => JSON.stringify(item));
  const before = lists.findLast((list) => list.keys.length > 1 && list.keys.every((key, index) => key === keys[index]));
  lists.push({ at, keys });
  if (before === undefined) return parts;
  return listParts([["...", { at: before.at, path: "" }], ...items.slice(before.keys.length)]);
}

/** Names for the values of a run, beside those that are taken: none is called like another, or like an operation. */
function nameValues(
  values: readonly UnnamedValue[],
  blocks: readonly FoldBlock[],
  taken: Iterable<string>,
): readonly string[] {
  const operations = values.filter(({ parts }) => parts !== undefined).map(({ node }) => node.op);
  const unique = namesBeside(new Set([...taken, ...operations]));
  const names: string[] = [];
  for (const block of blocks) {
    const [period, count] = block.kind === "single" ? [1, 1] : [block.period, block.count];
    const stems = values.slice(block.at, block.at + period).map(({ node }) => unique.take(node.name));
    for (let repetition = 1; repetition <= count; repetition++) {
      names.push(...stems.map((stem) => (block.kind === "single" ? stem : `${stem}[${repetition}]`)));
    }
  }
  return names;
}

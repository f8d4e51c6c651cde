/** What a call in a prompt is written with: text, and the values of the run that went in. */

import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
import { inputNameOf, type Operation } from "../../nodes/operation.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { getOrSet } from "../../util/collections.ts";
import { preview } from "../../util/preview.ts";

/** A value of the run, by its place there, and the path into it. */
export interface ValueRef {
  readonly at: number;
  readonly path: string;
}

/** A piece of a call. */
export type CallPart = string | ValueRef;

/** A run without what lies before it: values that came from outside have no parents. */
export interface RunGraph extends Pick<Graph, "output" | "error" | "parentsOf" | "valueOf"> {}

/** How the values around a call are written in it. */
export interface CallScope {
  readonly graph: RunGraph;
  /** Values that have one name in the whole prompt: variables, and what several runs share. */
  readonly names: ReadonlyMap<Node, string>;
  /** Places of the values of the run. */
  readonly places: ReadonlyMap<Node, number>;
  /** Whether an input of an operation is the same wherever it is called, so that it is written in the call. */
  isFixedInput(node: Node, slot: string): boolean;
}

/** The longest value that is written in a call, in characters. */
export const maxLiteral = 60;

const slots = new WeakMap<Operation, string[]>();

/** An input of an operation, as what is the same in all its calls is looked up. */
export function slotOf(node: Node, index: number): string {
  if (node.details !== undefined) return `${node.op}.${inputNameOf(node, index)}`;
  const known = getOrSet(slots, node.operation, () => []);
  return (known[index] ??= `${node.op}.${inputNameOf(node, index)}`);
}

/** A call, such as `ask(prompt=…)`; of a trainable function by the name of its code parameter. */
export function callParts(node: Node, scope: CallScope): readonly CallPart[] {
  const path = pathOf(scope.graph, node);
  if (path !== undefined) return withPath(inputPartsOf(node, 0, scope), path);
  const parents = scope.graph.parentsOf(node);
  const named = parents.length - (node.details?.hidden.length ?? 0);
  let callee = node.op;
  const args: CallPart[] = [];
  for (const [index, parent] of parents.entries()) {
    const input = inputNameOf(node, index);
    if (input === "code" && index >= named && parent instanceof Parameter && parent.code !== undefined) {
      callee = scope.names.get(parent) ?? callee;
      continue;
    }
    args.push(`${args.length === 0 ? "" : ", "}${input}=`, ...inputPartsOf(node, index, scope));
  }
  return [`${callee}(`, ...args, ")"];
}

/** The `index`-th input of a node, as it is written in its call. */
export function inputPartsOf(node: Node, index: number, scope: CallScope): readonly CallPart[] {
  return inputParts(scope.graph.parentsOf(node)[index] as Node, slotOf(node, index), scope);
}

/** An input of a call: a value by its name, a path into one, or what is the same in every call. */
function inputParts(node: Node, slot: string, scope: CallScope): readonly CallPart[] {
  if (scope.isFixedInput(node, slot)) return [preview(scope.graph.valueOf(node), maxLiteral)];
  const place = scope.places.get(node);
  if (place !== undefined) return [{ at: place, path: "" }];
  const name = scope.names.get(node);
  if (name !== undefined) return [name];
  const path = pathOf(scope.graph, node);
  // Only projections are neither named nor in the run.
  if (path === undefined) return [preview(scope.graph.valueOf(node), maxLiteral)];
  return withPath(inputPartsOf(node, 0, scope), path);
}

function withPath(parts: readonly CallPart[], path: string): readonly CallPart[] {
  const last = parts.at(-1);
  return typeof last === "object" ? [...parts.slice(0, -1), { at: last.at, path: last.path + path }] : [...parts, path];
}

/** The path of a projection such as `x.calls[0]`, as text; undefined for every other node. */
export function pathOf(graph: RunGraph, node: Node): string | undefined {
  const { kind, name } = node.operation;
  if (kind !== "operator" || name !== "at") return undefined;
  const [, ...keys] = graph.parentsOf(node);
  if (keys.length === 0) return undefined;
  const steps = keys.map((key) => (graph.parentsOf(key).length > 0 ? undefined : stepText(graph.valueOf(key))));
  return steps.includes(undefined) ? undefined : steps.join("");
}

function stepText(key: unknown): string | undefined {
  if (typeof key === "number") return `[${key}]`;
  if (typeof key !== "string") return undefined;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

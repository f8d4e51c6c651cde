/**
 * A graph as plain JSON: each node once, in order, with its value as the run saw it. `WorkflowGraph.fromJSON` reads it
 * back.
 */

import type { ParameterKind } from "../nodes/fit.ts";
import { ExceptionNode, type Node } from "../nodes/node.ts";
import { type CallFigures, inputNameOf, type OperationKind } from "../nodes/operation.ts";
import { type CodeContract, Parameter } from "../nodes/parameter.ts";
import { getOrSet } from "../util/collections.ts";
import { encode, type Json } from "../util/encode.ts";
import { figuresOf } from "./figures.ts";
import type { Graph } from "./graph.ts";

/** What only parameters have. */
export interface ParameterJson {
  readonly kind: ParameterKind;
  readonly trainable: boolean;
  /** The how manieth it is of the graph's parameters, in the order in which they were made: from 0. */
  readonly order: number;
  readonly constraint?: string;
  /** The version of the value that the run read. */
  readonly version: number;
  /** Of a code parameter: what its text must define. */
  readonly code?: { readonly signature: string; readonly spec: CodeContract["spec"] };
}

/** One node of a graph. */
export interface NodeJson {
  /** Unique in the graph: `graph.nameOf(node)`. */
  readonly name: string;
  readonly kind: OperationKind;
  readonly op: string;
  /** The base name, where it is not `op`. */
  readonly base?: string;
  readonly doc?: string;
  /** `[input name, name of the parent]`, in order. None for a node whose own history was cut off. */
  readonly inputs: readonly (readonly [input: string, parent: string])[];
  /** How many of the last inputs are not arguments but the code that ran and recorded reads. Default: 0. */
  readonly hidden?: number;
  /** The value, encoded: what JSON cannot hold is tagged. */
  readonly value: Json;
  readonly parameter?: ParameterJson;
  /** Of an exception node: the text of the error. */
  readonly error?: string;
  /** What the call took, where that is known. */
  readonly figures?: CallFigures;
}

/** A graph as JSON. */
export interface GraphJson {
  readonly format: "tracegrad-graph";
  readonly version: 1;
  readonly kind: "workflow" | "learning";
  /** The name of the output. */
  readonly output: string;
  /** Parents before children. */
  readonly nodes: readonly NodeJson[];
}

/** The JSON of `graph`. The graphs inside bundle calls and delivered feedback are not part of it. */
export function toJson(graph: Graph): GraphJson {
  return {
    format: "tracegrad-graph",
    version: 1,
    kind: graph.kind,
    output: graph.nameOf(graph.output as Node),
    nodes: graph.nodes.map((node) => nodeJson(graph, node)),
  };
}

function nodeJson(graph: Graph, node: Node): NodeJson {
  const { name: base, op, doc } = node;
  const figures = figuresOf(node);
  const parents = graph.parentsOf(node);
  const hidden = parents.length === 0 ? 0 : (node.details?.hidden.length ?? 0);
  return {
    name: graph.nameOf(node),
    kind: node.operation.kind,
    op,
    ...(base === op ? {} : { base }),
    ...(doc === undefined ? {} : { doc }),
    inputs: parents.map((parent, index) => [inputNameOf(node, index), graph.nameOf(parent)] as const),
    ...(hidden === 0 ? {} : { hidden }),
    value: encode(graph.valueOf(node)),
    ...(node instanceof Parameter ? { parameter: parameterJson(graph, node) } : {}),
    ...(node instanceof ExceptionNode ? { error: node.peek() } : {}),
    ...(figures === undefined ? {} : { figures }),
  };
}

function parameterJson(graph: Graph, parameter: Parameter): ParameterJson {
  const { kind, trainable, constraint, code } = parameter;
  return {
    kind,
    trainable,
    order: orderOf(graph).get(parameter) ?? 0,
    ...(constraint === undefined ? {} : { constraint }),
    version: graph.read(parameter).version,
    ...(code === undefined ? {} : { code: { signature: code.signature, spec: code.spec } }),
  };
}

const orders = new WeakMap<Graph, ReadonlyMap<Parameter, number>>();

function orderOf(graph: Graph): ReadonlyMap<Parameter, number> {
  return getOrSet(orders, graph, () => new Map(graph.parameters.map((parameter, index) => [parameter, index])));
}

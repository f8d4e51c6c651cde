/** Checks that data from outside are the JSON of a graph, and says which node is at fault where they are not. */

import { TracegradError } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import { checkFormat, type JsonFormat } from "../util/json-file.ts";
import { preview } from "../util/preview.ts";
import type { GraphJson, NodeJson, ParameterJson } from "./json.ts";

const format: JsonFormat = {
  format: "tracegrad-graph",
  version: 1,
  damaged: (how) => badGraph(`This is not a tracegrad graph: ${how}. Give what graph.toJSON() gave.`),
  unsupported: (version) =>
    badGraph(`The graph is of version ${version}; this tracegrad reads version 1. Use the tracegrad that wrote it.`),
};

type Loose<T> = { readonly [K in keyof T]?: unknown };

const kinds = new Set<unknown>(["input", "parameter", "operator", "bundle", "exception"]);
const parameterKinds = new Set<unknown>(["text", "number", "boolean", "json", "code", "image"]);

/**
 * `json` as the JSON of a graph whose nodes have unique names, come after their parents and lead to the output.
 * @throws TracegradError `bad-graph` that names the culprit.
 */
export function checkedGraph(json: unknown): GraphJson {
  const graph = checkFormat(json, format) as Loose<GraphJson>;
  if (graph.kind !== "workflow" && graph.kind !== "learning") {
    throw badGraph(`The kind of a graph is "workflow" or "learning"; got ${preview(graph.kind, 40)}.`);
  }
  if (!Array.isArray(graph.nodes)) throw badGraph("The graph has no list of nodes.");
  const nodes = graph.nodes.map(checkedNode);
  const places = placesOf(nodes);
  for (const [at, node] of nodes.entries()) checkParents(node, at, places);
  if (typeof graph.output !== "string" || !places.has(graph.output)) {
    throw badGraph(`The output ${preview(graph.output, 80)} is not among the nodes.`);
  }
  checkReached(nodes, places, graph.output);
  return graph as GraphJson;
}

function checkedNode(item: unknown, at: number): NodeJson {
  if (!isRecord(item)) throw badGraph(`Node ${at} is not a record.`);
  const node = item as Loose<NodeJson>;
  if (typeof node.name !== "string" || node.name === "") throw badGraph(`Node ${at} has no name.`);
  const fail = (what: string) => badGraph(`Node "${node.name}": ${what}.`);
  if (!kinds.has(node.kind)) throw fail(`${preview(node.kind, 40)} is not a kind of node`);
  if (typeof node.op !== "string") throw fail("op is not a text");
  for (const key of ["base", "doc", "error"] as const) {
    if (node[key] !== undefined && typeof node[key] !== "string") throw fail(`${key} is not a text`);
  }
  checkFigures(node);
  if (!Array.isArray(node.inputs) || !node.inputs.every(isInput)) throw fail("inputs are not [input, parent] pairs");
  const { hidden = 0 } = node;
  if (!isCount(hidden) || hidden > node.inputs.length) throw fail("hidden is not a number of its inputs");
  if (node.value === undefined) throw fail("it has no value");
  const fault = kindFault(node as NodeJson);
  if (fault !== undefined) throw fail(fault);
  return node as NodeJson;
}

/** What only nodes of one kind have, and what they lack. */
function kindFault({ kind, error, parameter, inputs }: NodeJson): string | undefined {
  if ((kind === "exception") !== (error !== undefined)) return "exceptions, and only they, have an error";
  if ((kind === "parameter") !== (parameter !== undefined)) {
    return "parameters, and only they, have a parameter record";
  }
  if (parameter === undefined) return undefined;
  return parameterFault(parameter) ?? (inputs.length > 0 ? "a parameter has no inputs" : undefined);
}

function parameterFault(value: unknown): string | undefined {
  if (!isRecord(value)) return "its parameter record is not a record";
  const { kind, trainable, order, constraint, version, code } = value as Loose<ParameterJson>;
  if (!parameterKinds.has(kind)) return `${preview(kind, 40)} is not a kind of parameter`;
  if (typeof trainable !== "boolean") return "trainable is not true or false";
  if (!Number.isInteger(order) || (order as number) < 0) return "order is not a whole number";
  if (constraint !== undefined && typeof constraint !== "string") return "constraint is not a text";
  if (!isCount(version)) return "version is not a whole number";
  if ((kind === "code") !== (code !== undefined)) return "code parameters, and only they, have a code record";
  return code === undefined || isCode(code) ? undefined : "its code record is not { signature, spec }";
}

function isCode(value: unknown): boolean {
  if (!isRecord(value) || typeof value["signature"] !== "string" || !isRecord(value["spec"])) return false;
  const { entry, params, async, scope } = value["spec"];
  return typeof entry === "string" && typeof async === "boolean" && isTexts(params) && isTexts(scope);
}

function placesOf(nodes: readonly NodeJson[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [at, { name }] of nodes.entries()) {
    if (places.has(name)) throw badGraph(`Two nodes have the name "${name}". Names are unique in a graph.`);
    places.set(name, at);
  }
  return places;
}

function checkParents(node: NodeJson, at: number, places: ReadonlyMap<string, number>): void {
  for (const [input, parent] of node.inputs) {
    const place = places.get(parent);
    if (place === undefined)
      throw badGraph(`Input "${input}" of node "${node.name}" is "${parent}", which is not a node.`);
    if (place < at) continue;
    const problem =
      place === at ? "is the node itself" : "comes after it, so the nodes are out of order or form a cycle";
    throw badGraph(`Input "${input}" of node "${node.name}" is "${parent}", which ${problem}.`);
  }
}

function checkReached(nodes: readonly NodeJson[], places: ReadonlyMap<string, number>, output: string): void {
  const isReached = new Uint8Array(nodes.length);
  isReached[places.get(output) as number] = 1;
  for (let at = nodes.length - 1; at >= 0; at--) {
    const { name, inputs } = nodes[at] as NodeJson;
    if (isReached[at] === 0) throw badGraph(`The output "${output}" does not depend on node "${name}".`);
    for (const [, parent] of inputs) isReached[places.get(parent) as number] = 1;
  }
}

function checkFigures({ name, figures }: Loose<NodeJson>): void {
  if (figures === undefined || isFigures(figures)) return;
  throw badGraph(`Node "${String(name)}": figures are not { seconds, … } in numbers.`);
}

function isFigures(value: unknown): boolean {
  if (!isRecord(value) || typeof value["seconds"] !== "number") return false;
  const { model, ...numbers } = value;
  return (model === undefined || typeof model === "string") && Object.values(numbers).every(Number.isFinite);
}

function isInput(value: unknown): boolean {
  return isTexts(value) && value.length === 2;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function badGraph(message: string): TracegradError {
  return new TracegradError("bad-graph", message);
}

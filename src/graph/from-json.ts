/** Reads the nodes of a graph back from its JSON, with the program's own parameters where they are given. */

import { ExceptionNode, Node } from "../nodes/node.ts";
import type { Operation } from "../nodes/operation.ts";
import { type CodeContract, Parameter } from "../nodes/parameter.ts";
import { withParents } from "../nodes/parents.ts";
import { groupBy } from "../util/collections.ts";
import { decode } from "../util/decode.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import type { ParameterReader, ParameterReading } from "./graph.ts";
import type { GraphJson, NodeJson, ParameterJson } from "./json.ts";
import { checkedGraph } from "./json-check.ts";

/** Options of `WorkflowGraph.fromJSON`. */
export interface LoadOptions {
  /**
   * The program's parameters, such as `parametersOf(agent)`. Those of the graph are matched with them by name, so that
   * feedback and optimizers reach the live program. Others become separate parameters. Default: none.
   */
  readonly parameters?: Iterable<Parameter>;
}

/** What a graph is made of. */
export interface Loaded {
  readonly output: Node;
  /** Gives the recorded values and versions. */
  readonly reader: ParameterReader;
  readonly kind: GraphJson["kind"];
}

/**
 * The nodes of `json`.
 * @throws TracegradError `bad-graph` when it is not the JSON of a graph, or does not fit the program's parameters.
 */
export function nodesFromJson(json: unknown, options: LoadOptions = {}): Loaded {
  const graph = checkedGraph(json);
  const live = liveParameters(graph, options.parameters ?? []);
  const nodes = new Map<string, Node>();
  const readings = new Map<Parameter, ParameterReading>();
  // Parameters come first, in the order in which they were made: their names follow it.
  for (const { item, settings } of parametersIn(graph)) {
    const value = decode(item.value);
    const parameter = live.get(item.name) ?? standalone(item, settings, value);
    nodes.set(item.name, parameter as Node);
    readings.set(parameter, { value, version: settings.version });
  }
  for (const item of graph.nodes) {
    if (item.parameter !== undefined) continue;
    const parents = item.inputs.map(([, parent]) => nodes.get(parent) as Node);
    nodes.set(item.name, plainNode(item, decode(item.value), parents));
  }
  const reader = (parameter: Parameter) => readings.get(parameter);
  return { output: nodes.get(graph.output) as Node, reader, kind: graph.kind };
}

interface RecordedParameter {
  readonly item: NodeJson;
  readonly settings: ParameterJson;
}

function parametersIn({ nodes }: GraphJson): readonly RecordedParameter[] {
  const found = nodes.flatMap((item) => (item.parameter === undefined ? [] : [{ item, settings: item.parameter }]));
  return found.sort((a, b) => a.settings.order - b.settings.order);
}

function plainNode(item: NodeJson, value: unknown, parents: readonly Node[]): Node {
  const names = item.inputs.map(([input]) => input);
  const visible = names.length - (item.hidden ?? 0);
  const operation: Operation = {
    kind: item.kind,
    name: item.op,
    inputs: names.slice(0, visible),
    rest: false,
    doc: item.doc,
    ...(item.base === undefined ? {} : { base: item.base }),
  };
  const { figures } = item;
  const own = { inner: [], hidden: names.slice(visible), ...(figures === undefined ? {} : { figures }) };
  const details = visible === names.length && figures === undefined ? undefined : own;
  if (item.error === undefined) return Object.assign(withParents(new Node(operation, value), parents), { details });
  return withParents(new ExceptionNode(operation, thrown(item.error), [], details) as Node, parents);
}

/** Something whose message is `text`: an error with its name where the text begins with one. */
function thrown(text: string): unknown {
  const [, name, message] = /^([\w$.]+): ([^]*)$/.exec(text) ?? [];
  if (name === undefined) return text;
  const error = Object.defineProperty(new Error(message), "name", { value: name });
  return messageOf(error) === text ? error : text;
}

function standalone(
  item: NodeJson,
  { kind, trainable, constraint, code, version }: ParameterJson,
  value: unknown,
): Parameter {
  const options = {
    name: item.op,
    trainable,
    ...(item.doc === undefined ? {} : { doc: item.doc }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(code === undefined ? {} : { code: withoutProgram(item.name, code) }),
  };
  const first = new Parameter(value, options);
  // A parameter that began as null may hold anything: its first value decided its kind.
  const parameter = first.kind === kind ? first : new Parameter<unknown>(null, options);
  parameter.entry = { value, version, clock: 0, previous: undefined };
  return parameter;
}

function withoutProgram(name: string, { signature, spec }: NonNullable<ParameterJson["code"]>): CodeContract {
  const missing = () =>
    new TracegradError(
      "no-program",
      `The code parameter "${name}" was loaded without its program, so new code for it cannot be checked or run. ` +
        "Load the graph with the program's parameters: " +
        "WorkflowGraph.fromJSON(json, { parameters: parametersOf(agent) }).",
    );
  const check = () => {
    throw missing();
  };
  return { signature, spec, types: [], check, load: () => Promise.reject(missing()) };
}

/** The program's parameters by their name in the graph. Several with one name are distinguished by their order. */
function liveParameters(graph: GraphJson, parameters: Iterable<Parameter>): ReadonlyMap<string, Parameter> {
  const program = groupBy(
    [...new Set(parameters)].sort((a, b) => a.id - b.id),
    (parameter) => parameter.name,
  );
  const recorded = groupBy(
    parametersIn(graph).map(({ item }) => item),
    (item) => item.base ?? item.op,
  );
  const found = new Map<string, Parameter>();
  for (const [base, items] of recorded) {
    const candidates = program.get(base);
    if (candidates === undefined) continue;
    if (candidates.length !== items.length) {
      throw new TracegradError(
        "bad-graph",
        `The graph has ${items.length} parameters named "${base}" and the program ${candidates.length}, so it is ` +
          "not clear which is which. Give the program's parameters different names.",
      );
    }
    for (const [index, item] of items.entries())
      found.set(item.name, requireKind(item, candidates[index] as Parameter));
  }
  return found;
}

function requireKind(item: NodeJson, parameter: Parameter): Parameter {
  const kind = item.parameter?.kind;
  if (parameter.kind === kind) return parameter;
  throw new TracegradError(
    "bad-graph",
    `The parameter "${item.name}" is of kind ${kind} in the graph, but of kind ${parameter.kind} in the program. ` +
      "Load the graph with the program that it was traced from.",
  );
}

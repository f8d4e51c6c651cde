/** Graphs of OpenTrace, the Python implementation, as workflow graphs and as rows of a data set. */

import { WorkflowGraph } from "../graph/graph.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { TracegradError } from "../util/errors.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { UniqueNames } from "../util/names.ts";
import { itemsOf } from "./json-items.ts";
import { errorText, graphJson, type OpenTraceGraph, OpenTraceParameters, openTraceGraphs } from "./opentrace-graph.ts";
import { badGraph } from "./opentrace-node.ts";

/**
 * Graphs of OpenTrace to read: what `export_subgraph_to_tgj` or `otlp_traces_to_trace_json` gave, one or several; or
 * their text, also as JSON lines.
 */
export type OpenTraceSource = string | object | readonly object[];

/** Options of {@link graphsFromOpenTrace}. */
export interface OpenTraceGraphOptions {
  /**
   * The program's parameters, such as `parametersOf(agent)`. A parameter of OpenTrace with the name of one of them
   * becomes that one, so that feedback reaches the program. Default: each becomes a parameter of its own, one for all
   * graphs of the same agent with the same id.
   */
  readonly parameters?: Iterable<Parameter>;
}

/** One run of a program of OpenTrace as a row for `split`, `train` or `evaluate`. */
export interface OpenTraceExample {
  /** The agent, the graph, the run and the output, as far as they have ids: `qa/capital/run-1/concat`. */
  readonly id: string;
  /** The value that the run began with; of several, a record of them by name. */
  readonly input: unknown;
  /** The value that came out; undefined when the run failed. */
  readonly output: unknown;
  /** The text of its failure. */
  readonly error: string | undefined;
}

const names: NamesOf<OpenTraceGraphOptions> = { parameters: true };

/**
 * The workflow graphs of OpenTrace's JSON, versions `1.0` and `trace-json/1.0+otel`: one for each node that no other
 * depends on. Their nodes have the recorded values. Code of Python is a text like others: it does not run here.
 * @throws TracegradError `bad-graph` that names the culprit: an unknown version, a parent that is not there, nodes that
 * depend on themselves, more than a million nodes; `bad-option`.
 * @example
 * const text = await readFile("graph.json", "utf8");
 * const graphs = graphsFromOpenTrace(text, { parameters: parametersOf(agent) });
 */
export function graphsFromOpenTrace(
  source: OpenTraceSource,
  options: OpenTraceGraphOptions = {},
): readonly WorkflowGraph[] {
  requireKnown("graphsFromOpenTrace", options, names);
  const parameters = new OpenTraceParameters(options.parameters ?? []);
  return graphsIn(source).map((graph) => {
    const { json, parameters: found } = graphJson(graph, parameters);
    return WorkflowGraph.fromJSON(json, { parameters: found });
  });
}

/**
 * Rows of OpenTrace's JSON, one for each graph. A graph that begins with no value gives none. OpenTrace writes neither
 * scores nor feedback. Graphs made of spans (`trace-json/1.0+otel`) have no outputs: read the spans themselves with
 * `examplesFromSpans`.
 * @throws TracegradError `no-content` when no graph begins with a value, `bad-graph` as `graphsFromOpenTrace`.
 * @example
 * const rows = examplesFromOpenTrace(await readFile("graph.json", "utf8"));
 * const data = split(rows, { train: 15, validation: 10, target: ({ output }) => output });
 */
export function examplesFromOpenTrace(source: OpenTraceSource): readonly OpenTraceExample[] {
  const graphs = graphsIn(source);
  const rows = graphs.flatMap((graph) => exampleOf(graph) ?? []);
  if (rows.length > 0 || graphs.length === 0) return rows;
  throw new TracegradError(
    "no-content",
    `None of the ${graphs.length} graphs begins with a value. Give the program its input as a node: node(question).`,
  );
}

function exampleOf({ output, nodes }: OpenTraceGraph): OpenTraceExample | undefined {
  const values = nodes.filter(({ kind }) => kind === "value");
  const [first, ...others] = values;
  if (first === undefined) return undefined;
  const unique = new UniqueNames();
  const byName = () => Object.fromEntries(values.map(({ name, value }) => [unique.take(name), value]));
  const failed = output.kind === "exception";
  return {
    id: `${output.document.id}/${output.id}`,
    input: others.length === 0 ? first.value : byName(),
    output: failed ? undefined : output.value,
    error: failed ? errorText(output) : undefined,
  };
}

function graphsIn(source: OpenTraceSource): readonly OpenTraceGraph[] {
  const fix = "Write it with json.dump(…, allow_nan=False).";
  const items = typeof source === "string" ? itemsOf(source, badGraph, fix) : Array.isArray(source) ? source : [source];
  return openTraceGraphs(items);
}

/** The graphs of OpenTrace documents as JSON of tracegrad, each with the node of OpenTrace that it leads to. */

import type { GraphJson, NodeJson } from "../graph/json.ts";
import { Parameter, parameter } from "../nodes/parameter.ts";
import { getOrSet, groupBy } from "../util/collections.ts";
import { decode, encode } from "../util/encode.ts";
import { namesBeside, UniqueNames } from "../util/names.ts";
import { preview } from "../util/preview.ts";
import { isHidden, linkedNodes, type OpenTraceNode } from "./opentrace-links.ts";
import { badGraph } from "./opentrace-node.ts";

/** A graph, and what it leads to. */
export interface OpenTraceGraph {
  readonly output: OpenTraceNode;
  /** Those that the output depends on, parents before children, with itself as the last. */
  readonly nodes: readonly OpenTraceNode[];
}

/** The most nodes of all graphs: where many outputs share their history, it is in each of their graphs. */
const maxNodes = 1_000_000;

/**
 * The graphs in a source: one for each node that no other depends on, apart from parameters and values.
 * @throws TracegradError `bad-graph`.
 */
export function openTraceGraphs(items: readonly unknown[]): readonly OpenTraceGraph[] {
  const nodes = linkedNodes(items);
  const places = new Map(nodes.map((node, place) => [node, place]));
  const used = new Set(nodes.flatMap(({ inputs }) => inputs.map(([, parent]) => parent)));
  const outputs = nodes.filter((node) => !used.has(node) && (node.kind === "message" || node.kind === "exception"));
  let count = 0;
  return outputs.map((output) => {
    const found = new Set([output]);
    for (const { inputs } of found) for (const [, parent] of inputs) found.add(parent);
    count += found.size;
    if (count > maxNodes) {
      throw badGraph(
        `The ${outputs.length} graphs up to ${JSON.stringify(output.id)} have more than ${maxNodes} nodes. Export fewer ` +
          "outputs at once: export_subgraph_to_tgj([output], …).",
      );
    }
    return { output, nodes: [...found].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0)) };
  });
}

/** How much is shown of an error that is no text. */
const maxError = 2_000;

/** Gives the parameter of tracegrad for one of OpenTrace: the same for the same one of several graphs. */
export class OpenTraceParameters {
  readonly #program: ReadonlyMap<string, readonly Parameter[]>;
  readonly #own = new Map<string, readonly Parameter[]>();
  readonly #names: UniqueNames;

  /** `program` are the program's own, which are found by name. */
  constructor(program: Iterable<Parameter>) {
    this.#program = groupBy([...program], ({ name }) => name);
    this.#names = namesBeside(this.#program.keys());
  }

  /** That of a node: of several with its name in the program, `WorkflowGraph.fromJSON` finds out which. */
  of({ document, id, name, value, trainable, doc }: OpenTraceNode): readonly Parameter[] {
    const program = this.#program.get(name);
    if (program !== undefined) return program;
    const copy = decode(encode(value));
    const { kind } = new Parameter(copy, {});
    const key = JSON.stringify([document.agent, id, kind]);
    return getOrSet(this.#own, key, () => {
      const options = { name: this.#names.take(name), trainable, ...(doc === undefined ? {} : { doc }) };
      return [parameter<unknown>(copy, options)];
    });
  }
}

/** The JSON of a graph, and the parameters that may be in it. */
export function graphJson(
  { output, nodes }: OpenTraceGraph,
  parameters: OpenTraceParameters,
): { readonly json: GraphJson; readonly parameters: ReadonlySet<Parameter> } {
  const unique = new UniqueNames();
  const names = new Map(nodes.map((node) => [node, unique.take(node.name)]));
  const all = new Set<Parameter>();
  let order = 0;
  const json = nodes.map((node): NodeJson => {
    const name = names.get(node) as string;
    if (node.kind !== "parameter") return plainJson(node, name, names);
    const found = parameters.of(node);
    for (const one of found) all.add(one);
    return parameterJson(node, name, { op: found[0]?.name ?? node.name, order: order++ });
  });
  const head = { format: "tracegrad-graph", version: 1, kind: "workflow" } as const;
  return { json: { ...head, output: names.get(output) as string, nodes: json }, parameters: all };
}

function parameterJson(
  { doc, value, trainable }: OpenTraceNode,
  name: string,
  { op, order }: { readonly op: string; readonly order: number },
): NodeJson {
  const { kind } = new Parameter(value, {});
  return {
    ...{ name, kind: "parameter", op, inputs: [], value: encode(value) },
    ...(doc === undefined ? {} : { doc }),
    parameter: { kind, trainable, order, version: 0 },
  };
}

const kinds = { value: "input", message: "bundle", exception: "exception" } as const;

function plainJson(node: OpenTraceNode, name: string, names: ReadonlyMap<OpenTraceNode, string>): NodeJson {
  const { kind, name: base, op, doc, value, inputs } = node;
  const labels = new UniqueNames();
  const hidden = inputs.filter(([input]) => isHidden(input)).length;
  return {
    ...{ name, kind: kinds[kind as keyof typeof kinds], op },
    ...(base === op ? {} : { base }),
    ...(doc === undefined ? {} : { doc }),
    inputs: inputs.map(([input, parent]) => [labels.take(input), names.get(parent) as string]),
    ...(hidden === 0 ? {} : { hidden }),
    value: encode(value),
    ...(kind === "exception" ? { error: errorText(node) } : {}),
  };
}

/** `(ValueError) no such city`, as OpenTrace writes it, as the text of an error. */
export function errorText({ value }: OpenTraceNode): string {
  const text = typeof value === "string" ? value : preview(value, maxError);
  return text.replace(/^\(([\w.]+)\) /, "$1: ");
}

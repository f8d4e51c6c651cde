/** The graph of a tree of spans: a node for each span, linked to where what went in came from. */

import type { GraphJson, NodeJson } from "../graph/json.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { encode } from "../util/encode.ts";
import { UniqueNames } from "../util/names.ts";
import { childrenFirst, type SpanNode } from "./span-tree.ts";

/** Gives the parameters of texts. */
export interface TextParameters {
  /** Those whose values are in `text`. */
  in(text: string): readonly Parameter[];
  /** That of a system prompt in which there is none. */
  ofInstructions(text: string): Parameter;
}

/** A graph, and the parameters in it. */
export interface SpanGraph {
  readonly json: GraphJson;
  readonly parameters: readonly Parameter[];
}

/** The shortest output that is looked for inside of later texts, and how many of the latest ones are. */
const [minLength, maxLooked] = [8, 50];

/** By how many nanoseconds clocks may differ: what began so long before the end of its source may still come from it. */
const clockSlack = 10_000_000;

/** A text that is known, by the node that it is the value of. */
interface KnownText {
  readonly name: string;
  /** When it was there. */
  readonly since: number;
}

type Inputs = [input: string, parent: string][];

/** The graph of a tree. */
export function graphOfTree(root: SpanNode, texts: TextParameters): SpanGraph {
  return new GraphBuilder(texts).build(root);
}

class GraphBuilder {
  readonly #texts: TextParameters;
  readonly #names = new UniqueNames();
  readonly #nodes: NodeJson[] = [];
  readonly #parameters = new Map<Parameter, string>();
  readonly #known = new Map<string, KnownText>();
  /** Outputs that may be parts of later texts, the latest last. */
  readonly #outputs: (KnownText & { readonly text: string })[] = [];
  readonly #byCall = new Map<string, KnownText>();
  readonly #used = new Set<string>();

  constructor(texts: TextParameters) {
    this.#texts = texts;
  }

  build(root: SpanNode): SpanGraph {
    const names = new Map<SpanNode, string>();
    for (const node of childrenFirst(root)) names.set(node, this.#addSpan(node, names));
    const parameters = [...this.#parameters.keys()].sort((a, b) => a.id - b.id);
    const first = parameters.map((parameter, order) => this.#parameterNode(parameter, order));
    const output = names.get(root) as string;
    const json: GraphJson = {
      ...{ format: "tracegrad-graph", version: 1, kind: "workflow", output },
      nodes: [...first, ...this.#nodes],
    };
    return { json, parameters };
  }

  #addSpan(node: SpanNode, names: ReadonlyMap<SpanNode, string>): string {
    const { span, content, children } = node;
    const inputs: Inputs = [];
    if (content.instructions !== undefined) this.#addInstructions(inputs, content.instructions);
    for (const { role, text, results } of content.messages) {
      for (const { id, text: result } of results) this.#addResult(inputs, { id, text: result, at: span.start });
      if (text !== "") this.#addText(inputs, { label: role, text, at: span.start });
    }
    const reply = content.toolCall === undefined ? undefined : this.#byCall.get(content.toolCall);
    if (reply !== undefined) this.#link(inputs, "call", reply.name);
    else for (const [label, text] of content.inputs) this.#addText(inputs, { label, text, at: span.start });
    // What nothing else has used is what the span makes its own output of.
    for (const child of children) {
      const name = names.get(child) as string;
      if (!this.#used.has(name)) this.#link(inputs, child.content.operation, name);
    }
    return this.#addNode(node, inputs);
  }

  #addNode({ span, content, children }: SpanNode, inputs: Inputs): string {
    const { operation, output = children.at(-1)?.content.output } = content;
    const name = this.#names.take(operation);
    const doc = `The span ${span.name}.`;
    const { documents } = content;
    const value = encode(span.error ?? (documents.length > 0 ? documents : (output ?? null)));
    const kind =
      span.error === undefined ? { kind: "bundle" as const } : { kind: "exception" as const, error: span.error };
    this.#nodes.push({ name, ...kind, op: operation, doc, inputs: uniqueInputs(inputs), value });
    const known = { name, since: span.end - clockSlack };
    for (const text of new Set([output, ...documents.map((document) => document.content)])) {
      if (typeof text !== "string" || text === "") continue;
      this.#known.set(text, known);
      if (text.length >= minLength) this.#outputs.push({ ...known, text });
    }
    for (const id of content.calls) this.#byCall.set(id, known);
    // The result of a tool is the tool's, no longer the reply's that asked for it.
    if (content.toolCall !== undefined) this.#byCall.set(content.toolCall, known);
    return name;
  }

  #addInstructions(inputs: Inputs, text: string): void {
    const found = this.#texts.in(text);
    for (const parameter of found) this.#addParameter(inputs, parameter);
    if (found.length === 0) this.#addParameter(inputs, this.#texts.ofInstructions(text));
    else if (!found.some((parameter) => parameter.data === text)) this.#addInput(inputs, "system", text);
  }

  #addResult(inputs: Inputs, { id, text, at }: { id: string | undefined; text: string; at: number }): void {
    const tool = id === undefined ? undefined : this.#byCall.get(id);
    if (tool !== undefined && tool.since <= at) this.#link(inputs, "tool", tool.name);
    else this.#addText(inputs, { label: "tool", text, at });
  }

  /** Links a text to the node that has it, else to an input of its own and to the nodes whose texts are in it. */
  #addText(inputs: Inputs, { label, text, at }: { label: string; text: string; at: number }): void {
    const known = this.#known.get(text);
    if (known !== undefined && known.since <= at) return this.#link(inputs, label, known.name);
    const parameters = this.#texts.in(text);
    for (const parameter of parameters) this.#addParameter(inputs, parameter);
    if (parameters.some((parameter) => parameter.data === text)) return;
    for (const output of this.#outputs.slice(-maxLooked)) {
      if (output.since <= at && text.includes(output.text)) this.#link(inputs, "from", output.name);
    }
    this.#addInput(inputs, label, text);
  }

  #addInput(inputs: Inputs, label: string, text: string): void {
    const name = this.#names.take(label);
    this.#nodes.push({ name, kind: "input", op: label, inputs: [], value: encode(text) });
    this.#known.set(text, { name, since: Number.NEGATIVE_INFINITY });
    this.#link(inputs, label, name);
  }

  #addParameter(inputs: Inputs, parameter: Parameter): void {
    const name = this.#parameters.get(parameter) ?? this.#names.take(parameter.name);
    this.#parameters.set(parameter, name);
    this.#link(inputs, parameter.name, name);
  }

  #link(inputs: Inputs, label: string, name: string): void {
    this.#used.add(name);
    if (!inputs.some(([, parent]) => parent === name)) inputs.push([label, name]);
  }

  #parameterNode(parameter: Parameter, order: number): NodeJson {
    const { name: op, doc, trainable, constraint, version, data } = parameter;
    const name = this.#parameters.get(parameter) as string;
    const settings = { kind: "text" as const, trainable, order, version };
    return {
      ...{ name, kind: "parameter", op, inputs: [], value: encode(data) },
      ...(doc === undefined ? {} : { doc }),
      parameter: { ...settings, ...(constraint === undefined ? {} : { constraint }) },
    };
  }
}

function uniqueInputs(inputs: Inputs): Inputs {
  const names = new UniqueNames();
  return inputs.map(([label, parent]) => [names.take(label), parent]);
}

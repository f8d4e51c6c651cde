/** A graph in Graphviz's DOT language. Parents come before children, and the same graph gives the same bytes. */

import type { Node } from "../nodes/node.ts";
import { inputNameOf } from "../nodes/operation.ts";
import { TracegradError } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import { type DotPart, isHub, isSource, partOf } from "./dot-part.ts";
import { cut, feedbackBox, nodeBox, noteBox, quoted, useBox } from "./dot-style.ts";
import type { Graph } from "./graph.ts";
import type { Subgraph } from "./subgraph.ts";

/** Options of `graph.toDot()` and `graph.toSvg()`. */
export interface DotOptions {
  /** The most nodes drawn: those nearest to the output. A note says how many were left out. Default: 200. */
  readonly maxNodes?: number;
  /** About how many characters of a value, a call or the feedback a label holds. Default: 100. */
  readonly valueLimit?: number;
  /** Which way the data flow: top to bottom, or left to right. Default: "TB". */
  readonly direction?: "TB" | "LR";
  /** Draws only this part of the graph: `minimalSubgraphOf(graph)`, or a signal's subgraph. Default: all. */
  readonly subgraph?: Subgraph;
}

type DotSettings = Required<Omit<DotOptions, "subgraph">> & Pick<DotOptions, "subgraph">;

/**
 * The DOT text of `graph`.
 * @throws TracegradError `bad-option` for options that mean nothing, or a subgraph of another graph.
 */
export function toDot(graph: Graph, options: DotOptions = {}): string {
  const settings = settingsOf(graph, options);
  const part = partOf(graph, settings.maxNodes, settings.subgraph);
  const out = new Lines();
  out.add("digraph tracegrad {");
  // Courier: of all fonts its stand-ins are as wide as itself, so labels fit their boxes wherever they are drawn.
  out.add(`  graph [rankdir=${settings.direction}, nslimit=2, fontname="Courier", fontsize=11];`);
  out.add('  node [fontname="Courier", fontsize=11, margin="0.16,0.08"];');
  out.add('  edge [fontname="Courier", fontsize=9, color="#555555", arrowsize=0.7, labeldistance=1.8];');
  const left = part.nodes.length - part.count;
  if (left > 0) out.add(`  "#left_out" ${noteBox(`${left} ${left === 1 ? "node" : "nodes"} left out`)};`);
  // Edges first: displaying a value may run its code, which must not come between the slots and their use.
  const edges = edgesOf(graph, part);
  addNodes(out, graph, part, settings.valueLimit);
  for (const edge of edges) out.add(edge);
  addFeedback(out, graph, part, settings.valueLimit);
  out.add("}");
  return out.text();
}

function settingsOf(graph: Graph, options: DotOptions): DotSettings {
  const { maxNodes = 200, valueLimit = 100, direction = "TB", subgraph } = options;
  const fault = (name: string, wanted: string, got: unknown) =>
    new TracegradError("bad-option", `${name} is ${wanted}; got ${preview(got, 60)}.`);
  if (maxNodes !== Infinity && !(Number.isInteger(maxNodes) && maxNodes > 0)) {
    throw fault("maxNodes", "a positive integer or Infinity", maxNodes);
  }
  if (!(valueLimit >= 0)) throw fault("valueLimit", "a number of characters, at least 0", valueLimit);
  if (direction !== "TB" && direction !== "LR") throw fault("direction", '"TB" or "LR"', direction);
  if (subgraph !== undefined && subgraph.graph !== graph) {
    throw new TracegradError("bad-option", "The subgraph is part of another graph. Draw that graph: subgraph.graph.");
  }
  return { maxNodes, valueLimit, direction, ...(subgraph === undefined ? {} : { subgraph }) };
}

/** The lines of the edges, with a small node for each use of a value that has many. */
function edgesOf(graph: Graph, part: DotPart): readonly string[] {
  const lines: string[] = [];
  const useCounts = new Uint32Array(part.nodes.length);
  for (let at = 0; at < part.nodes.length; at++) {
    if (part.isIncluded[at] === 0) continue;
    const node = part.nodes[at] as Node;
    const target = graph.nameOf(node);
    const parents = part.parentsOf(node);
    for (let index = 0; index < parents.length; index++) {
      const parent = parents[index] as Node;
      if (part.isIncluded[parent.slot] === 0) continue;
      const name = graph.nameOf(parent);
      let source = name;
      if (isHub(part, parent.slot)) {
        const use = (useCounts[parent.slot] = (useCounts[parent.slot] as number) + 1);
        // Names are identifiers: they need no escapes, and this is never one.
        source = `${name}#${use}`;
        lines.push(`  "${source}" ${useBox(parent, name, part.parentsOf(parent).length < parent.parents.length)};`);
      }
      const head = parents.length === 1 ? "" : ` [headlabel=${quoted(cut(inputNameOf(node, index), 40))}]`;
      lines.push(`  "${source}" -> "${target}"${head};`);
    }
  }
  return lines;
}

/** The boxes: parameters and inputs with many uses in their own cluster, then all other nodes in order. */
function addNodes(out: Lines, graph: Graph, part: DotPart, limit: number): void {
  const { nodes, isIncluded } = part;
  const shared = nodes.filter((_, at) => isIncluded[at] === 1 && isHub(part, at) && isSource(part, at));
  const apart = new Set(shared);
  if (shared.length > 0) {
    out.add('  subgraph "cluster_shared" {');
    out.add('    graph [label="Used in many places", color="#999999", style=dashed];');
    for (const node of shared) out.add(`    ${boxOf(graph, part, node, limit)}`);
    out.add("  }");
  }
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at] as Node;
    if (isIncluded[at] === 1 && !apart.has(node)) out.add(`  ${boxOf(graph, part, node, limit)}`);
  }
}

function boxOf(graph: Graph, part: DotPart, node: Node, limit: number): string {
  return `"${graph.nameOf(node)}" ${nodeBox(graph, node, { isEntering: part.entering?.has(node) === true, limit })};`;
}

function addFeedback(out: Lines, graph: Graph, part: DotPart, limit: number): void {
  if (graph.feedback === undefined || part.nodes.length === 0) return;
  out.add(`  "#feedback" ${feedbackBox(graph.feedback, limit)};`);
  out.add(`  "${graph.nameOf(graph.output as Node)}" -> "#feedback" [dir=back, style=dashed, color="#8A6D00"];`);
}

/** Lines of text, joined in chunks: one join of 100,000 lines takes four times as long. */
class Lines {
  readonly #chunks: string[] = [];
  #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length === 1_024) this.#flush();
  }

  text(): string {
    this.#flush();
    return this.#chunks.join("");
  }

  #flush(): void {
    if (this.#lines.length > 0) this.#chunks.push(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
  }
}

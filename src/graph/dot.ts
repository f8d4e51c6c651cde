/** A graph in Graphviz's DOT language. Parents come before children, and the same graph gives the same bytes. */

import { TracegradError } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import { partOf } from "./dot-part.ts";
import { noteBox } from "./dot-style.ts";
import { DotWriter } from "./dot-writer.ts";
import type { Graph } from "./graph.ts";
import { Lines } from "./lines.ts";
import type { Subgraph } from "./subgraph.ts";

/** Options of `graph.toDot()` and `graph.toSvg()`. */
export interface DotOptions {
  /**
   * The most nodes that are drawn; a pattern counts once. Of a larger graph the nodes nearest to the output are drawn,
   * and a note says how many are left out. Default: 200.
   */
  readonly maxNodes?: number;
  /** The length of a value, a call or the feedback in a label, in characters (approximate). Default: 100. */
  readonly valueLimit?: number;
  /** The direction of the data flow: top to bottom, or left to right. Default: "TB". */
  readonly direction?: "TB" | "LR";
  /** Draws only this part of the graph: `minimalSubgraphOf(graph)`, or a signal's subgraph. Default: all. */
  readonly subgraph?: Subgraph;
  /**
   * Whether a pattern of four or more repetitions is drawn once, in a frame with their number. Dashed edges lead from
   * one repetition to the next. Default: true.
   */
  readonly fold?: boolean;
}

type DotSettings = Required<Omit<DotOptions, "subgraph">> & Pick<DotOptions, "subgraph">;

/**
 * The DOT text of `graph`.
 * @throws TracegradError `bad-option` for options that mean nothing, or a subgraph of another graph.
 */
export function toDot(graph: Graph, options: DotOptions = {}): string {
  const settings = settingsOf(graph, options);
  const part = partOf(graph, settings);
  const { left } = part;
  const out = new Lines();
  out.add("digraph tracegrad {");
  // Courier: of all fonts its stand-ins are as wide as itself, so labels fit their boxes wherever they are drawn.
  out.add(`  graph [rankdir=${settings.direction}, nslimit=2, fontname="Courier", fontsize=11];`);
  out.add('  node [fontname="Courier", fontsize=11, margin="0.16,0.08"];');
  out.add('  edge [fontname="Courier", fontsize=9, color="#555555", arrowsize=0.7, labeldistance=1.8];');
  if (left > 0) out.add(`  "#left_out" ${noteBox(`${left} ${left === 1 ? "node" : "nodes"} left out`)};`);
  new DotWriter(part, settings.valueLimit, out).write();
  out.add("}");
  return out.text();
}

function settingsOf(graph: Graph, options: DotOptions): DotSettings {
  const { maxNodes = 200, valueLimit = 100, direction = "TB", fold = true, subgraph } = options;
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
  return { maxNodes, valueLimit, direction, fold, ...(subgraph === undefined ? {} : { subgraph }) };
}

/** The text of a graph: one line a node, in an order in which they could have run, and each pattern once. */

import { ExceptionNode, type Node } from "../nodes/node.ts";
import { Parameter } from "../nodes/parameter.ts";
import { preview } from "../util/preview.ts";
import { figuresOf, figuresText } from "./figures.ts";
import { callAt, type FoldedGraph, foldGraph, loopHead, nameAt } from "./folded-text.ts";
import type { Graph } from "./graph.ts";
import { type Pattern, patternAt } from "./pattern.ts";
import { tableLines } from "./table/table.ts";

/** Options of `graph.show()`. */
export interface ShowOptions {
  /** The length of a value, in characters (approximate). Longer ones are cut. Default: 60. */
  readonly valueLimit?: number;
  /** The most nodes; a pattern counts once. Of a larger graph the last nodes are shown. Default: 1,000. */
  readonly maxNodes?: number;
  /** Whether a pattern of four or more repetitions is shown once, with a table of its values. Default: true. */
  readonly fold?: boolean;
  /** The most rows of such a table. The first, the last and those with rare values are kept. Default: 20. */
  readonly maxRows?: number;
}

type ShowSettings = Required<ShowOptions>;

/**
 * The text of `graph`. Inputs and parameters are `name = value`. Calls are `name = operation(input=node, …)` with their
 * value. A pattern is `for k = 1 to n`, with a table of its values.
 */
export function show(graph: Graph, options: ShowOptions = {}): string {
  const { valueLimit = 60, maxNodes = 1_000, fold = true, maxRows = 20 } = options;
  const settings: ShowSettings = { valueLimit, maxNodes, fold, maxRows };
  const of = foldGraph({ graph, nodes: graph.nodes, inputs: new Set() }, fold);
  const parts: (readonly string[])[] = [];
  let [left, room] = [of.folded.nodes.length, maxNodes];
  while (left > 0 && room > 0) {
    const pattern = patternAt(of.folded, left - 1);
    // Of a pattern that is too long the end is shown, node by node.
    const isWhole = pattern !== undefined && pattern.period <= room;
    parts.push(isWhole ? patternLines(of, pattern, settings) : [lineAt(of, left - 1, settings)]);
    left = isWhole ? pattern.at : left - 1;
    room -= isWhole ? pattern.period : 1;
  }
  if (left > 0) parts.push([`// ${left} earlier ${left === 1 ? "node is" : "nodes are"} left out`]);
  return parts.reverse().flat().join("\n");
}

function lineAt(of: FoldedGraph, place: number, { valueLimit }: ShowSettings): string {
  const { graph, folded } = of;
  const node = folded.nodes[place] as Node;
  const name = nameAt(of, place);
  if (node instanceof Parameter && node.code !== undefined)
    return `${name} = ${node.code.signature} // ${roleOf(node)}`;
  const value = preview(graph.valueOf(node), valueLimit);
  if (graph.parentsOf(node).length === 0 && !(node instanceof ExceptionNode))
    return `${name} = ${value} // ${roleOf(node)}`;
  const figures = figuresOf(node);
  const took = figures === undefined ? "" : ` (${figuresText(figures)})`;
  return `${name} = ${callAt(of, place)} // ${node instanceof ExceptionNode ? "threw " : ""}${value}${took}`;
}

function roleOf(node: Node): string {
  if (!(node instanceof Parameter)) return "input";
  const kind = node.code === undefined ? "parameter" : "code parameter";
  return node.trainable ? kind : `fixed ${kind}`;
}

/** A pattern: its calls once, and a table of its values. */
function patternLines(of: FoldedGraph, pattern: Pattern, { valueLimit, maxRows }: ShowSettings): readonly string[] {
  const { graph, folded, stemAt } = of;
  const { at, period } = pattern;
  const calls = Array.from({ length: period }, (_, offset) => {
    const place = at + period + offset;
    const node = folded.nodes[place] as Node;
    const name = nameAt(of, place, pattern);
    return graph.parentsOf(node).length === 0
      ? `${name} // ${roleOf(node)}`
      : `${name} = ${callAt(of, place, pattern)}`;
  });
  const values = {
    valueAt: (place: number) => graph.valueOf(folded.nodes[place] as Node),
    stemAt,
    // The call of an array that continues another one says all of it.
    isLiteralAt: (place: number) => folded.histories.has(place),
  };
  const table = tableLines(values, pattern, { cell: valueLimit, rows: maxRows, sequences: 0.25 });
  return [loopHead(of, pattern), ...[...calls, ...table].map((line) => `  ${line}`)];
}

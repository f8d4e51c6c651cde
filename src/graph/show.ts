/**
 * The canonical text of a graph: a line a node, in an order in which they could have run, and what repeats once. Tests,
 * errors, prompts and the CLI use it.
 */

import { ExceptionNode, type Node } from "../nodes/node.ts";
import { inputNameOf } from "../nodes/operation.ts";
import { Parameter } from "../nodes/parameter.ts";
import { preview } from "../util/preview.ts";
import { callText } from "./call-text.ts";
import type { RepeatBlock } from "./fold.ts";
import { foldNodes, unfoldedNodes } from "./folded.ts";
import { beginsOf, callAt, type FoldedGraph, nameAt } from "./folded-text.ts";
import type { Graph } from "./graph.ts";
import { tableLines } from "./table/table.ts";

/** Options of `graph.show()`. */
export interface ShowOptions {
  /** About how many characters of a value are shown. Default: 60. */
  readonly valueLimit?: number;
  /** The most nodes, a pattern that repeats counted once: of a larger graph the last ones are shown. Default: 1,000. */
  readonly maxNodes?: number;
  /** Whether a pattern that is there four times or more in a row is shown once, with a table. Default: true. */
  readonly fold?: boolean;
  /** The most rows of such a table. The first, the last and those in which something rare happened stay. Default: 20. */
  readonly maxRows?: number;
}

type ShowSettings = Required<ShowOptions>;

/**
 * The text of `graph`: inputs and parameters as `name = value`, calls as `name = operation(input=node, …)` with their
 * value, and a pattern that repeats as `for k = 1 to n` with the values of its repetitions in a table.
 */
export function show(graph: Graph, options: ShowOptions = {}): string {
  const settings: ShowSettings = { valueLimit: 60, maxNodes: 1_000, fold: true, maxRows: 20, ...options };
  const folded = (settings.fold ? foldNodes : unfoldedNodes)({ graph, nodes: graph.nodes, inputs: new Set() });
  const of = { graph, folded };
  const parts: (readonly string[])[] = [];
  let [left, room] = [folded.nodes.length, settings.maxNodes];
  while (left > 0 && room > 0) {
    const pattern = folded.patterns[folded.patternOf[left - 1] as number];
    // Of a pattern that is too long there is the end.
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
  if (node instanceof ExceptionNode) return `${name} = ${callAt(of, place)} // threw ${value}`;
  if (graph.parentsOf(node).length === 0) return `${name} = ${value} // ${roleOf(node)}`;
  return `${name} = ${callAt(of, place)} // ${value}`;
}

function roleOf(node: Node): string {
  if (!(node instanceof Parameter)) return "input";
  const kind = node.code === undefined ? "parameter" : "code parameter";
  return node.trainable ? kind : `fixed ${kind}`;
}

/** A pattern: its calls once, and the values of its repetitions. */
function patternLines(of: FoldedGraph, pattern: RepeatBlock, { valueLimit, maxRows }: ShowSettings): readonly string[] {
  const { graph, folded } = of;
  const { at, period, count } = pattern;
  const begins = beginsOf(of, pattern);
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
    stemAt: (place: number) => graph.nameOf(folded.nodes[place] as Node),
    // An array that goes on from another one is what its call says.
    isLiteralAt: (place: number) => folded.histories.has(place),
  };
  const table = tableLines(values, pattern, { cell: valueLimit, rows: maxRows, sequences: 0.25 });
  const head = `for k = 1 to ${count}${begins.length === 0 ? "" : `, with ${begins.join(", ")}`}:`;
  return [head, ...[...calls, ...table].map((line) => `  ${line}`)];
}

/** The call that made `node`, with its name: `sum = add(x=price, y=tax)`. */
export function callOf(graph: Graph, node: Node): string {
  const parents = graph.parentsOf(node);
  const call = callText(node, parents.length, (index) => {
    const parent = parents[index] as Node;
    return { input: inputNameOf(node, index), parent, name: graph.nameOf(parent) };
  });
  return `${graph.nameOf(node)} = ${call}`;
}

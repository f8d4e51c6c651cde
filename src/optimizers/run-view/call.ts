/** The parts of a call in a prompt: text, and the values of the run that are its inputs. */

import type { Graph } from "../../graph/graph.ts";
import type { NumberedNodes } from "../../graph/numbered.ts";
import type { Node } from "../../nodes/node.ts";
import { stepText } from "../../util/path-text.ts";
import { preview } from "../../util/preview.ts";
import { type FixedInputs, maxLiteral } from "./fixed-inputs.ts";

/** A path into a value of the run. */
export interface ValueRef {
  readonly at: number;
  readonly path: string;
}

/** A part of a call: text, the place of a value in the run, or a path into one. */
export type CallPart = string | number | ValueRef;

/** What decides how the inputs of a call are written. */
export interface CallScope {
  readonly graph: Graph;
  readonly numbered: NumberedNodes;
  /** The values with one name in the whole prompt: variables, and those of several runs. */
  readonly names: ReadonlyMap<number, string>;
  /** The place of each value in its run; below 0 if it has none. */
  readonly places: Int32Array;
  /** The paths of projections such as `x.calls[0]`, as text. */
  readonly paths: ReadonlyMap<number, string>;
  readonly fixedInputs: FixedInputs;
}

/** The `index`-th input of a node, as it is written in its call. */
export function inputOf(number: number, index: number, scope: CallScope): CallPart {
  const { graph, numbered, names, places, paths, fixedInputs } = scope;
  const edge = (numbered.from[number] as number) + index;
  const fixed = fixedInputs.textOf(edge);
  if (fixed !== undefined) return fixed;
  const parent = numbered.parents[edge] as number;
  const place = places[parent] as number;
  if (place >= 0) return place;
  const name = names.get(parent);
  if (name !== undefined) return name;
  const path = paths.get(parent);
  // Only projections are neither named nor in the run.
  if (path === undefined) return preview(graph.valueOf(numbered.nodes[parent] as Node), maxLiteral);
  return withPath(inputOf(parent, 0, scope), path);
}

/** The value at a path inside a part. */
export function withPath(part: CallPart, path: string): CallPart {
  if (typeof part === "string") return part + path;
  return typeof part === "number" ? { at: part, path } : { at: part.at, path: part.path + path };
}

/** The path of a projection such as `x.calls[0]`, as text; undefined for every other node. */
export function pathOf(number: number, graph: Graph, { nodes, from, parents }: NumberedNodes): string | undefined {
  const { kind, name } = (nodes[number] as Node).operation;
  if (kind !== "operator" || name !== "at") return undefined;
  const [first, end] = [(from[number] as number) + 1, from[number + 1] as number];
  if (first >= end) return undefined;
  let path = "";
  for (let edge = first; edge < end; edge++) {
    const key = parents[edge] as number;
    if (from[key + 1] !== from[key]) return undefined;
    const step = graph.valueOf(nodes[key] as Node);
    if (typeof step !== "number" && typeof step !== "string") return undefined;
    path += stepText(step);
  }
  return path;
}

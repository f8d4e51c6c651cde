/**
 * Where a graph ends before a trainable parameter: nodes that were made before the trace, which takes them for inputs.
 */

import type { Node } from "../nodes/node.ts";
import { Parameter } from "../nodes/parameter.ts";
import { getOrSet } from "../util/collections.ts";
import type { Graph } from "./graph.ts";

/** A node of a graph whose own history was left out, with a trainable parameter in that history. */
export interface CutOff {
  readonly node: Node;
  readonly parameter: Parameter;
}

/** The first such node; undefined when there is none. */
export function cutOff(graph: Graph): CutOff | undefined {
  for (const node of graph.cut) {
    const parameter = parameterBehind(node, () => true);
    if (parameter !== undefined) return { node, parameter };
  }
  return undefined;
}

/** Why no credit gets through a node, and what to do about it. */
export function cutOffText({ node, parameter }: CutOff): string {
  return (
    `"${node.name}" depends on the parameter "${parameter.name}", but was made before the trace, which takes it ` +
    "for an input. Make it inside the function that is traced, or use graphOf(output), which looks behind it."
  );
}

/** What was found behind nodes: their history never changes, and an episode has that of each step in all later ones. */
const known = new WeakMap<Node, { readonly parameter: Parameter | undefined }>();

/**
 * The nodes that were made before all runs, one for each operation and parameter. A state that an earlier run has led
 * to is none of them: an episode is cut there by its template.
 */
export function cutsOf(graph: Graph): readonly CutOff[] {
  const found = new Map<string, CutOff>();
  for (const node of graph.cut) {
    const { parameter } = getOrSet(known, node, () => ({ parameter: parameterBehind(node, belongsToNoRun) }));
    if (parameter !== undefined) found.set(`${node.name} ${parameter.id}`, { node, parameter });
  }
  return [...found.values()];
}

function belongsToNoRun({ scope }: Node): boolean {
  return scope === undefined;
}

/** A trainable parameter in the history of `node`, on a path over nodes that are all `onWay`. */
function parameterBehind(node: Node, onWay: (node: Node) => boolean): Parameter | undefined {
  const seen = new Set<Node>([node]);
  // A set gives what is added while it is walked, too.
  for (const next of seen) {
    if (next instanceof Parameter) {
      if (next.trainable) return next;
    } else if (onWay(next)) for (const parent of next.parents) seen.add(parent);
  }
  return undefined;
}

const named = new WeakMap<object, WeakSet<Parameter>>();

/** Warns of the cuts of a graph, once for each place in the program. */
export function warnOfCuts(graph: Graph): void {
  for (const cut of cutsOf(graph)) {
    const { operation } = cut.node;
    const parameters = getOrSet(named, operation, () => new WeakSet<Parameter>());
    if (parameters.has(cut.parameter)) continue;
    parameters.add(cut.parameter);
    process.emitWarning(`Credit is lost: ${cutOffText(cut)}`, "TracegradWarning");
  }
}

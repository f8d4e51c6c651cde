/** The laws that every graph keeps. Property tests feed on them, and so may the tests of those who extend tracegrad. */

import { isPlainKey } from "../util/path-text.ts";
import type { Graph } from "./graph.ts";

/** Laws by what they say. */
export const invariants: Readonly<Record<string, (graph: Graph) => boolean>> = {
  "the output is a node of the graph": (graph) => graph.nodes.includes(graph.output),
  "no node stands twice": ({ nodes }) => new Set(nodes).size === nodes.length,
  "parents come before children": (graph) => {
    const seen = new Set<unknown>();
    return graph.nodes.every((node) => graph.parentsOf(node).every((parent) => seen.has(parent)) && seen.add(node));
  },
  "the output comes last": (graph) => graph.nodes.at(-1) === graph.output,
  "every node but the output is a parent": (graph) => {
    const parents = new Set(graph.nodes.flatMap((node) => [...graph.parentsOf(node)]));
    return graph.nodes.every((node) => node === graph.output || parents.has(node));
  },
  "names are unique identifiers": (graph) => {
    const names = graph.nodes.map((node) => graph.nameOf(node));
    return new Set(names).size === names.length && names.every(isPlainKey);
  },
  "parameters have no parents": (graph) =>
    graph.parameters.every((parameter) => graph.parentsOf(parameter).length === 0),
};

/**
 * Checks all {@link invariants} on a graph.
 * @throws Error that names the laws that are broken.
 */
export function checkGraph(graph: Graph): void {
  const broken = Object.entries(invariants).filter(([, holds]) => !holds(graph));
  if (broken.length === 0) return;
  throw new Error(
    `The graph breaks these laws: ${broken.map(([law]) => law).join("; ")}.\n${graph.show({ maxNodes: 50 })}`,
  );
}

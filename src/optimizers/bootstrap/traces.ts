/** Demonstrations out of runs that went well: what went into the calls of a candidate, and what came out. */

import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
import { inputNameOf } from "../../nodes/operation.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { stableStringify } from "../../util/json.ts";
import type { Rollout, SearchContext } from "../search/search.ts";
import type { Demonstration, DemonstrationsSlot } from "./demonstrations.ts";

/** A demonstration, and the training example that it comes from. */
export interface Bootstrapped {
  readonly exampleId: string;
  readonly shown: Demonstration;
}

/**
 * The demonstrations of one run for one parameter: of the whole candidate, or of each call of the function that it
 * names; of several such calls in one run the last is taken, since what a candidate ends with is what was judged.
 * Values that are no JSON cannot be shown, and are left out.
 */
export function bootstrappedOf(
  rollout: Rollout,
  slot: DemonstrationsSlot,
  context: SearchContext,
): Bootstrapped | undefined {
  const { exampleId } = rollout.outcome;
  const graph = rollout.experiences.at(-1)?.graph;
  if (graph === undefined) return undefined;
  const shown =
    slot.of === undefined ? { input: context.example(exampleId).input, output: graph.value } : calledIn(graph, slot.of);
  return shown === undefined || !isJson(shown) ? undefined : { exampleId, shown };
}

function calledIn(graph: Graph, name: string): Demonstration | undefined {
  const call = graph.nodes.filter((node) => node.op === name && graph.parentsOf(node).length > 0).at(-1);
  if (call === undefined) return undefined;
  const given = graph
    .parentsOf(call)
    .map((parent, index) => [inputNameOf(call, index), parent] as const)
    // What is being learnt is no part of an example: the demonstrations themselves, an instruction, the code.
    .filter(([, parent]) => !isParameters(graph, parent))
    .map(([input, parent]) => [input, graph.valueOf(parent)] as const);
  const [only] = given;
  const input = given.length === 1 && only !== undefined ? only[1] : Object.fromEntries(given);
  return { input, output: graph.valueOf(call) };
}

/** Whether a node is a parameter, or was made of parameters only. */
function isParameters(graph: Graph, node: Node): boolean {
  if (node instanceof Parameter) return true;
  const parents = graph.parentsOf(node);
  return parents.length > 0 && parents.every((parent) => isParameters(graph, parent));
}

/** Whether a value can be kept and shown as JSON. */
export function isJson(value: unknown): boolean {
  try {
    stableStringify(value);
    return true;
  } catch {
    return false;
  }
}

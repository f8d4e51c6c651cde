/** Demonstrations from successful rollouts: the inputs and outputs of the program or of its calls. */

import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
import { inputNameOf } from "../../nodes/operation.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { stableStringify } from "../../util/json.ts";
import type { Rollout, SearchContext } from "../search/search.ts";
import type { Demonstration, DemonstrationsSlot } from "./demonstrations.ts";

/** A demonstration, and the training example that it comes from. */
export interface SourcedDemonstration {
  readonly exampleId: string;
  readonly demonstration: Demonstration;
}

/**
 * The demonstration of one rollout for one parameter: of the whole program, or of the function that the parameter
 * names. Of several calls of it the last one counts, since the guide judged what the program ended with. Undefined when
 * there is no such call, or a value is not JSON.
 */
export function demonstrationFrom(
  rollout: Rollout,
  slot: DemonstrationsSlot,
  context: SearchContext,
): SourcedDemonstration | undefined {
  const { exampleId } = rollout.outcome;
  const graph = rollout.experiences.at(-1)?.graph;
  if (graph === undefined) return undefined;
  const demonstration =
    slot.of === undefined
      ? { input: context.example(exampleId).input, output: graph.value }
      : callDemonstration(graph, slot.of);
  return demonstration === undefined || !isJson(demonstration) ? undefined : { exampleId, demonstration };
}

function callDemonstration(graph: Graph, name: string): Demonstration | undefined {
  const call = graph.nodes.filter((node) => node.op === name && graph.parentsOf(node).length > 0).at(-1);
  if (call === undefined) return undefined;
  const inputs = graph
    .parentsOf(call)
    .map((parent, index) => [inputNameOf(call, index), parent] as const)
    // What is trained is not part of an example: the demonstrations themselves, an instruction, the code.
    .filter(([, parent]) => !isParameters(graph, parent))
    .map(([input, parent]) => [input, graph.valueOf(parent)] as const);
  const [only] = inputs;
  const input = inputs.length === 1 && only !== undefined ? only[1] : Object.fromEntries(inputs);
  return { input, output: graph.valueOf(call) };
}

/** Whether a node is a parameter, or was computed from parameters only. */
function isParameters(graph: Graph, node: Node): boolean {
  if (node instanceof Parameter) return true;
  const parents = graph.parentsOf(node);
  return parents.length > 0 && parents.every((parent) => isParameters(graph, parent));
}

/** Whether a value can be stored as JSON. */
export function isJson(value: unknown): boolean {
  try {
    stableStringify(value);
    return true;
  } catch {
    return false;
  }
}

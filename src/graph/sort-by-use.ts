/** Sorts calls as a prompt lists them: each right before the call that uses it. */

import { sortedByKey } from "../util/count-sort.ts";
import type { NumberedNodes } from "./numbered.ts";

/** Nodes in disjoint groups, such as the runs of a batch. */
export interface NodeGroups {
  /** The numbers of the nodes of each group, parents before children. */
  readonly lists: readonly Uint32Array[];
  /** The group of each node; below 0 for a node in none. */
  readonly groupOf: Int32Array;
}

/**
 * The nodes of each group from its beginning to its end: those with the most calls between them and the output come
 * first, and of equal ones the one whose use comes first. A program could have run in this order, which depends on what
 * went where alone: the same run gives the same prompt, whichever of two calls at one time came back first.
 */
export function sortByUse(numbered: NumberedNodes, { lists, groupOf }: NodeGroups): readonly Uint32Array[] {
  const steps = stepsToEnd(numbered, groupOf);
  return lists.map((list) => sortBySteps(list, steps));
}

/** The longest way from each node to the end of its group, in calls. */
function stepsToEnd({ nodes, from, parents }: NumberedNodes, groupOf: Int32Array): Uint32Array {
  const steps = new Uint32Array(nodes.length);
  for (let number = nodes.length - 1; number >= 0; number--) {
    const group = groupOf[number] as number;
    if (group < 0) continue;
    const next = (steps[number] as number) + 1;
    const end = from[number + 1] as number;
    for (let edge = from[number] as number; edge < end; edge++) {
      const parent = parents[edge] as number;
      if (groupOf[parent] === group && (steps[parent] as number) < next) steps[parent] = next;
    }
  }
  return steps;
}

/** Most steps first. Equal ones stay in order. */
function sortBySteps(list: Uint32Array, steps: Uint32Array): Uint32Array {
  let most = 0;
  for (const number of list) most = Math.max(most, steps[number] as number);
  return sortedByKey(list.map((number) => most - (steps[number] as number))).map((index) => list[index] as number);
}

/** Inputs that are the same wherever an operation is called: they are written in its calls, once, and not as values. */

import type { Node } from "../../nodes/node.ts";
import { preview } from "../../util/preview.ts";
import { maxLiteral, type RunGraph, slotOf } from "./call.ts";

interface Slot {
  readonly literal: string;
  count: number;
  isSame: boolean;
}

/** Finds the inputs of all calls of some runs that never differ, and are short. */
export function fixedInputsOf(
  runs: readonly { readonly graph: RunGraph; readonly nodes: readonly Node[] }[],
): (node: Node, slot: string) => boolean {
  const slots = new Map<string, Slot>();
  for (const { graph, nodes } of runs) {
    for (const node of nodes) {
      for (const [index, parent] of graph.parentsOf(node).entries()) {
        const key = slotOf(node, index);
        const slot = slots.get(key);
        // Most inputs differ, which is known after two calls.
        if (slot?.isSame === false) continue;
        const literal = literalOf(graph, parent);
        if (slot === undefined) slots.set(key, { literal: literal ?? "", count: 1, isSame: literal !== undefined });
        else {
          slot.count += 1;
          slot.isSame &&= slot.literal === literal;
        }
      }
    }
  }
  return (node, key) => {
    const slot = slots.get(key);
    return slot !== undefined && slot.isSame && slot.count > 1 && node.operation.kind === "input";
  };
}

/** A short value from outside, as text. */
function literalOf(graph: RunGraph, node: Node): string | undefined {
  if (node.operation.kind !== "input" || graph.parentsOf(node).length > 0) return undefined;
  const value = graph.valueOf(node);
  if ((typeof value === "object" && value !== null) || typeof value === "function") return undefined;
  if (typeof value === "string" && value.length > maxLiteral) return undefined;
  const text = preview(value, maxLiteral);
  return text.length <= maxLiteral ? text : undefined;
}

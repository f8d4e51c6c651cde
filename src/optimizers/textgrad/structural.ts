/** Which operations hold no decision that a model could judge, so that feedback passes through them unchanged. */

import type { Node } from "../../nodes/node.ts";

/**
 * Operators that only put values together, pick from them or copy them. What is said of their output holds for what
 * went in as it stands, so that asking a model would cost a call and tell nothing new.
 */
export const structuralOperators: readonly string[] = [
  ...["list", "record", "mapping", "set", "batchify", "text", "format", "join", "concat"],
  ...["identity", "clone", "append", "extend", "insert", "merge", "setAdd", "union"],
  ...["at", "get", "slice", "reverse", "entries", "values", "toList", "toRecord", "toSet"],
];

const structural: ReadonlySet<string> = new Set(structuralOperators);

/**
 * Whether feedback on `node` passes unchanged to its inputs: for a structural operator, for the link between two steps
 * of an episode, and for every operation named in `also`. A bundle never passes by its name alone, nor does an operator
 * that failed: the failure is something to judge.
 */
export function passesThrough({ operation }: Node, also: readonly string[]): boolean {
  const { kind, name, inputs } = operation;
  if (kind === "exception") return false;
  if (also.includes(name)) return true;
  if (kind !== "operator") return false;
  // A step of a real environment, which takes only the action, decides what comes next; the link of a chain does not.
  return structural.has(name) || (name === "environment_step" && inputs.length === 2);
}

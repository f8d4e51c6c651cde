/**
 * The graph inside a bundle call: what the nodes that its body made depend on, so that credit reaches through the call.
 */

import { UniqueNames } from "../util/names.ts";
import { type BodyFrame, currentContext } from "./context.ts";
import { ExternalReadError } from "./frame.ts";
import { isCarrier, type Node, nodesIn } from "./node.ts";
import { type Details, inputName } from "./operation.ts";
import { Parameter } from "./parameter.ts";
import { admitAll } from "./scope.ts";

/** What a body's own nodes add to the node of the call: parents besides its arguments, and the outputs to look into. */
export interface Nested {
  readonly parents: readonly Node[];
  readonly details: Details<Node>;
}

/**
 * Looks at the nodes that a body returned or read; undefined when there are none. Code parameters of inner bundles, and
 * external nodes that the bundle records, become parents of the call.
 * @throws TracegradError `mixed-runs` when another run has made what the body returned.
 * @throws ExternalReadError when the inner graph reaches a node from outside that is not an input of the call.
 */
export function nestedIn(frame: BodyFrame<Node>, result: unknown): Nested | undefined {
  const touched = typeof result === "object" && result !== null ? nodesIn(result, isCarrier) : [];
  if (touched.length === 0 && frame.reads === undefined) return undefined;
  const { scope } = currentContext();
  admitAll(touched, scope);
  const roots = [...new Set([...(frame.reads ?? []), ...touched])];
  const parents = boundaryOf(frame, roots);
  const inner = roots.filter((root) => root.id > frame.start);
  return { parents, details: { inner, hidden: namesOf(frame, parents) } };
}

/** Names for parents besides the arguments that differ from those of the arguments. */
function namesOf({ operation, inputs }: BodyFrame<Node>, parents: readonly Node[]): string[] {
  const unique = new UniqueNames();
  for (const index of inputs.keys()) unique.take(inputName(operation, index));
  return parents.map((parent) => unique.take(parent.name));
}

function boundaryOf(frame: BodyFrame<Node>, roots: readonly Node[]): readonly Node[] {
  const seen = new Set<Node>(roots);
  const boundary: Node[] = [];
  const stack = [...roots];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.id <= frame.start) {
      if (!frame.inputs.includes(next)) boundary.push(admitExternal(frame, next));
      continue;
    }
    for (const parent of next.parents) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      stack.push(parent);
    }
  }
  return boundary.sort((a, b) => a.id - b.id);
}

function admitExternal(frame: BodyFrame<Node>, external: Node): Node {
  // Calling a trainable function is not a hidden read: its code is part of the program, not of the data.
  const isCode = external instanceof Parameter && external.code !== undefined;
  if (isCode || frame.external === "record") return external;
  throw new ExternalReadError(frame.operation.name, external);
}

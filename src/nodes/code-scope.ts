/** What trainable code is given of its `scope`: functions that take and give plain values, and constants. */

import { TracegradError } from "../util/errors.ts";
import { isThenable } from "../util/thenable.ts";
import { noteFailure } from "./frame.ts";
import { ExecutionError, isCarrier, nodesIn, unwrap } from "./node.ts";

/**
 * The scope of the trainable function `entry` as its code is given it. What a function gives as a node, or with nodes in
 * it, the code is given as a plain value; the nodes count as read by the call, as in any other body.
 * @throws TracegradError `bad-scope` for a node or parameter among the constants.
 */
export function plainScope(scope: Readonly<Record<string, unknown>>, entry: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(scope).map(([name, value]) => {
      if (typeof value === "function") return [name, plainFunction(value as (...args: unknown[]) => unknown)];
      refuseNodes(value, name, entry);
      return [name, value];
    }),
  );
}

/** The text would read `.data` of a node where the code has a plain value, so it cannot mean the same in both places. */
function refuseNodes(value: unknown, name: string, entry: string): void {
  const [node] = nodesIn(value, isCarrier);
  if (node === undefined) return;
  const kind = node.operation.kind === "parameter" ? "parameter" : "node";
  throw new TracegradError(
    "bad-scope",
    `The scope of the trainable "${entry}" holds the ${kind} "${node.name}" as \`${name}\`, whose value may change. ` +
      `Pass it to "${entry}" as an argument.`,
  );
}

function plainFunction(fn: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    let result: unknown;
    try {
      result = fn(...args);
    } catch (error) {
      return failed(error);
    }
    return isThenable(result) ? Promise.resolve(result).then(plainOf, failed) : plainOf(result);
  };
}

function plainOf(value: unknown): unknown {
  for (const node of nodesIn(value, isCarrier)) void node.data;
  return unwrap(value);
}

/** What code inside throws is another error, so the failed operation is remembered beside it. */
function failed(error: unknown): never {
  try {
    if (error instanceof ExecutionError) noteFailure(error.node);
  } catch {
    // Asking a hostile Proxy for its class throws.
  }
  throw error;
}

/**
 * Failures in the plain code between traced operations: as failed operations of their own, made from what that code had
 * read.
 */

import { isData } from "../util/fault.ts";
import { uniqueNames } from "../util/names.ts";
import type { ContextRun } from "./context.ts";
import { ExceptionNode, ExecutionError, type Node } from "./node.ts";
import type { Operation } from "./operation.ts";

const doc =
  "Plain code of the program between the operations that are traced. Its inputs are the values that it had read.";

/**
 * What a run threw as an ExecutionError: itself, if it is one, else a failure of the program's plain code. Undefined
 * for what says nothing about the program, which is to be thrown on.
 */
export function failureIn(run: ContextRun | undefined, error: unknown): ExecutionError | undefined {
  if (!isData(error)) return undefined;
  if (isExecutionError(error)) return error;
  const failed = run?.results?.nodeOf(error);
  if (failed instanceof ExceptionNode) return new ExecutionError(failed);
  const reads = readBefore(run, error);
  return new ExecutionError(new ExceptionNode(plainOperation(reads), error, reads));
}

/** The plain code of a program, as an operation on the values that it had read. */
export function plainOperation(reads: readonly Node[]): Operation {
  const inputs = uniqueNames(reads.map((node) => node.name));
  return { kind: "bundle", name: "program", inputs, rest: false, doc };
}

/** What the plain code had read; and the failed operation, where it threw its own error because of it. */
function readBefore(run: ContextRun | undefined, error: unknown): readonly Node[] {
  const reads = new Set([...(run?.reads ?? []), ...(run?.results?.open ?? [])]);
  const cause = causeOf(error);
  if (run !== undefined && isExecutionError(cause)) reads.add(cause.node as Node);
  return [...reads].sort((a, b) => a.id - b.id);
}

function causeOf(error: unknown): unknown {
  try {
    return (error as { readonly cause?: unknown } | null | undefined)?.cause;
  } catch {
    return undefined;
  }
}

function isExecutionError(error: unknown): error is ExecutionError {
  try {
    return error instanceof ExecutionError;
  } catch {
    // Asking a hostile Proxy for its class throws.
    return false;
  }
}

/**
 * Failures in the plain code between traced operations: as failed operations of their own, made from what that code had
 * read.
 */

import { isData } from "../util/fault.ts";
import { isInstance } from "../util/is-instance.ts";
import type { ContextRun } from "./context.ts";
import { ExceptionNode, ExecutionError, isNode, type Node } from "./node.ts";
import { plainOperation, plainResultsOf } from "./plain-results.ts";

/**
 * What a run threw as an ExecutionError: itself, if it is one, else a failure of the program's plain code. Undefined
 * for what says nothing about the program, which is to be thrown on.
 */
export function failureIn(run: ContextRun | undefined, error: unknown): ExecutionError | undefined {
  if (!isData(error)) return undefined;
  if (isInstance(error, ExecutionError)) return error;
  const failed = plainResultsOf(run)?.nodeOf(error);
  if (failed instanceof ExceptionNode) return new ExecutionError(failed);
  const reads = readBefore(run, error);
  return new ExecutionError(new ExceptionNode(plainOperation(reads), error, reads));
}

/** What the plain code had read; and the failed operation, where it threw its own error because of it. */
function readBefore(run: ContextRun | undefined, error: unknown): readonly Node[] {
  const reads = new Set([...[...(run?.reads ?? [])].filter(isNode), ...(plainResultsOf(run)?.open ?? [])]);
  const cause = causeOf(error);
  if (run !== undefined && isInstance(cause, ExecutionError)) reads.add(cause.node as Node);
  return [...reads].sort((a, b) => a.id - b.id);
}

function causeOf(error: unknown): unknown {
  try {
    return (error as { readonly cause?: unknown } | null | undefined)?.cause;
  } catch {
    return undefined;
  }
}

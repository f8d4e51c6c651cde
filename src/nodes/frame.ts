/**
 * The body of a bundle while it runs: which nodes it may read. A synchronous body is a plain variable, because nothing can
 * come between; an asynchronous one lives in the async context.
 */

import { TracegradError } from "../util/errors.ts";
import { currentContext, runIn } from "./context.ts";
import type { Node } from "./node.ts";
import type { Operation } from "./operation.ts";

/** What a bundle body may read, and what it did read beside its inputs. */
export interface Frame {
  readonly operation: Operation;
  readonly inputs: readonly Node[];
  /** Nodes with a larger id were made inside the body. */
  readonly start: number;
  readonly external: "reject" | "record";
  /** Nodes read by the body that are not its inputs; made at the first such read. */
  reads: Set<Node> | undefined;
}

/** A bundle body read a node that is not one of its inputs, so the graph would miss a dependency. */
export class ExternalReadError extends TracegradError {
  override readonly name: string = "ExternalReadError";

  constructor(operation: string, node: Node) {
    super(
      "external-read",
      `The body of "${operation}" read the node "${node.name}", which is not one of its inputs. ` +
        `Pass it as an argument, or set \`external: "record"\` on the bundle to record it as a dependency.`,
    );
  }
}

let current: Frame | undefined;

/** Makes `frame` the running one and returns the one before it, which the caller must restore with {@link leaveFrame}. */
export function enterFrame(frame: Frame | undefined): Frame | undefined {
  const outer = current;
  current = frame;
  return outer;
}

/** Restores what {@link enterFrame} returned. */
export function leaveFrame(outer: Frame | undefined): void {
  current = outer;
}

/** Runs `fn` outside any bundle body, as a fresh run does. */
export function withoutFrame<R>(fn: () => R): R {
  const outer = enterFrame(undefined);
  try {
    return fn();
  } finally {
    leaveFrame(outer);
  }
}

/** True while a bundle body runs in the caller's context. */
export function isInBody(): boolean {
  return (current ?? currentContext().frame) !== undefined;
}

/** Runs an asynchronous body in `frame`, which follows it across every `await`. */
export function inAsyncFrame<R>(frame: Frame, body: () => R): R {
  const context = { ...currentContext(), frame };
  return withoutFrame(() => runIn(context, body));
}

/** How many reads of plain code a run remembers: an endless game must not keep all that it has ever seen. */
const maxReads = 1_000;

/** Called for every read of a node's value: notes it for the running body, or for the run, and refuses a read it may not make. */
export function noteRead(node: Node): void {
  const frame = current ?? currentContext().frame;
  if (frame === undefined) return noteRunRead(node);
  if (frame.inputs.includes(node)) return;
  if (frame.external === "reject" && node.id <= frame.start) throw new ExternalReadError(frame.operation.name, node);
  frame.reads ??= new Set();
  frame.reads.add(node);
}

function noteRunRead(node: Node): void {
  const { run, recording } = currentContext();
  if (run === undefined || !recording) return;
  const { reads } = run;
  reads.add(node);
  if (reads.size > maxReads) for (const oldest of reads) return void reads.delete(oldest);
}

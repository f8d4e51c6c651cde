/**
 * The body of a bundle while it runs: which nodes it may read. A synchronous body is a plain variable, because nothing
 * can come between; an asynchronous one lives in the async context.
 */

import { TracegradError } from "../util/errors.ts";
import { asPart, isIntercepted } from "../util/external-call.ts";
import { mixedRuns } from "../util/mixed.ts";
import { type BodyFrame, currentContext, type NodeInRun, type RunContext, runIn } from "./context.ts";
import { admit, areOthersLive, checkReads, closeScope, openScope, touch } from "./scope.ts";

/** A bundle body read a node that is not one of its inputs, so the graph would miss a dependency. */
export class ExternalReadError extends TracegradError {
  override readonly name: string = "ExternalReadError";

  constructor(operation: string, node: { readonly name: string }) {
    super(
      "external-read",
      `The body of "${operation}" read the node "${node.name}", which is not one of its inputs. ` +
        `Pass it as an argument, or set \`external: "record"\` on the bundle to record it as a dependency.`,
    );
  }
}

let current: BodyFrame | undefined;

/**
 * Makes `frame` the running one and returns the one before it, which the caller must restore with {@link leaveFrame}.
 */
export function enterFrame(frame: BodyFrame | undefined): BodyFrame | undefined {
  const outer = current;
  current = frame;
  return outer;
}

/** Restores what {@link enterFrame} returned. */
export function leaveFrame(outer: BodyFrame | undefined): void {
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
export function inAsyncFrame<R>(frame: BodyFrame, body: () => R): R {
  const context = { ...currentContext(), frame };
  if (frame.external === "record") return inOwnScope(context, frame.start, body);
  const run = () => withoutFrame(() => runIn(context, body));
  return isIntercepted() ? asPart(run) : run();
}

/** A body that may read anything must do it itself: what it waits for and others read is not seen. */
function inOwnScope<R>(inside: RunContext, start: number, body: () => R): R {
  const scope = openScope(inside, start);
  const end = () => closeScope(scope);
  let result: R;
  try {
    result = withoutFrame(() =>
      asPart(
        () => runIn({ ...inside, scope }, body),
        () => touch(scope),
      ),
    );
  } catch (error) {
    end();
    throw error;
  }
  if (!(result instanceof Promise)) {
    end();
    return result;
  }
  return result.then((value) => checkReads(scope) ?? value).finally(end) as R;
}

/** How many reads of plain code a run remembers: an endless game must not keep all that it has ever seen. */
const maxReads = 1_000;

/**
 * Called for every read of a node's value: notes it for the running body, or for the run, and refuses a read it may not
 * make.
 */
export function noteRead(node: NodeInRun): void {
  const { scope, frame: outer } = currentContext();
  if (node.scope !== scope) admit(node, scope);
  const frame = current ?? outer;
  if (frame === undefined) return noteRunRead(node);
  if (frame.inputs.includes(node)) return;
  if (frame.external === "reject" && node.id <= frame.start) throw new ExternalReadError(frame.operation.name, node);
  if (frame.over && areOthersLive(scope)) throw mixedRuns(`what was read of the node "${node.name}"`);
  frame.reads ??= new Set();
  frame.reads.add(node);
}

/** Notes an operation of the running body that failed, where the body cannot pass its error on. */
export function noteFailure(node: NodeInRun): void {
  const frame = current ?? currentContext().frame;
  if (frame !== undefined && node.id > frame.start) frame.failure = node;
}

function noteRunRead(node: NodeInRun): void {
  const { run, recording } = currentContext();
  if (run === undefined || !recording) return;
  const { reads } = run;
  reads.add(node);
  if (reads.size > maxReads) for (const oldest of reads) return void reads.delete(oldest);
}

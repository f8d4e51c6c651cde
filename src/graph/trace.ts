/** Runs a program and gives the graph of what happened; failures of the program are part of the graph. */

import { commitClock } from "../nodes/commit.ts";
import { type ContextRun, currentContext } from "../nodes/context.ts";
import { failureIn } from "../nodes/failures.ts";
import { isCarrier, lift, type Node, newestId } from "../nodes/node.ts";
import { input } from "../nodes/operation.ts";
import { entryAt, type Parameter } from "../nodes/parameter.ts";
import { nodeOfPlain } from "../nodes/plain-results.ts";
import { asRun } from "../nodes/runs.ts";
import type { Unwrapped } from "../nodes/types.ts";
import { observed } from "../util/observe.ts";
import { type ParameterReader, WorkflowGraph } from "./graph.ts";

/** What `trace` gives for a function that returns `R`: a graph, or a promise of one if `R` is a promise. */
export type GraphOf<R> = unknown extends R
  ? WorkflowGraph<R>
  : [Extract<R, PromiseLike<unknown>>] extends [never]
    ? WorkflowGraph<Unwrapped<R>>
    : Promise<WorkflowGraph<Unwrapped<Awaited<R>>>>;

const outputInput = input("output");

/**
 * Runs `fn` and gives the graph of what its result depends on. A run of its own: it reads the parameter values that are
 * live when it begins, and its code parameters share one fresh sandbox session. A result that is not a node becomes
 * one; an array or record with nodes inside becomes a node that depends on them.
 *
 * When the program fails, in a traced operation or in the plain code between, the graph's output is the exception node
 * and `graph.error` is set, so that feedback can be given as on any other run. A failure of plain code depends on the
 * values that it had read (`node.data`). Errors that say nothing about the program are rethrown: a cancelled run, an
 * outage of a provider or of the network, a mistake in the use of tracegrad. `docs/failures.md` says which errors are
 * which.
 * @example
 * const graph = await trace(() => solver.solve("What is 6 times 7?"));
 * graph.backward(graph.value === "42" ? "Correct." : "Wrong: expected 42.");
 */
export function trace<R>(fn: () => R): GraphOf<R> {
  const since = newestId() + 1;
  const reader = readerNow();
  // Made a node within the run: a result with nodes inside holds the values that the run read, and is recorded as it
  // was.
  let own: ContextRun | undefined;
  const run = () => {
    own = currentContext().run;
    return fn();
  };
  const finish = (value: unknown) => nodeOfPlain(value) ?? lift(value, outputInput, isCarrier);
  const done = (output: Node) => workflow(output, since, reader);
  const failed = (error: unknown) => {
    const failure = failureIn(own, error);
    if (failure === undefined) throw error;
    return workflow(failure.node, since, reader);
  };
  let result: Node | Promise<Node>;
  try {
    result = observed({ kind: "trace" }, () => asRun(true, run, finish)) as Node | Promise<Node>;
  } catch (error) {
    return failed(error) as GraphOf<R>;
  }
  return (result instanceof Promise ? result.then(done, failed) : done(result)) as GraphOf<R>;
}

/**
 * The graph of everything that `node` depends on, however it was made; of one bundle call too
 * (`graphOf(node.inner[0])`). Parameters are read as they are now: for values that may be replaced meanwhile, use
 * `trace`, which keeps those of the run.
 */
export function graphOf<T>(node: Node<T>): WorkflowGraph<T> {
  return new WorkflowGraph(node, [{ root: node as Node, since: 0 }], [readerNow()]);
}

function workflow(output: Node, since: number, reader: ParameterReader): WorkflowGraph {
  return new WorkflowGraph(output, [{ root: output, since }], [reader]);
}

/** Reads parameters as the caller's context does now, whatever is committed later. */
function readerNow(): ParameterReader {
  const { state } = currentContext();
  const clock = commitClock();
  return (parameter: Parameter) => state?.entry(parameter) ?? entryAt(parameter, clock);
}

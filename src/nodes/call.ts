/** One call of a bundle: arguments to nodes and values, the body in its frame, the result or the failure to a node. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import { TracegradError } from "../util/errors.ts";
import { currentObserver, type Observer } from "../util/observe.ts";
import { isThenable } from "../util/thenable.ts";
import { isContainer } from "../util/tree.ts";
import { typeName } from "../util/type-name.ts";
import type { BundleOptions } from "./bundle-options.ts";
import { callCode, type DefinedCode } from "./code.ts";
import { type BodyFrame, currentContext } from "./context.ts";
import { issuesOf } from "./fit.ts";
import { enterFrame, inAsyncFrame, leaveFrame } from "./frame.ts";
import { nestedIn } from "./nested.ts";
import { ExecutionError, fail, isCarrier, isNode, lift, Node, newestId, unwrap } from "./node.ts";
import { followCall } from "./observed-call.ts";
import { constantOf, type Details, inputName, type Operation, promisedBy } from "./operation.ts";
import { touch } from "./scope.ts";

/** All that a call needs to know of its bundle. */
export interface TracedCall {
  readonly operation: Operation;
  readonly fn: (this: unknown, ...args: never[]) => unknown;
  readonly isAsync: boolean;
  /** Values of literal default arguments, by position. */
  readonly defaults: readonly ({ readonly value: unknown } | undefined)[];
  readonly code: DefinedCode | undefined;
  readonly options: BundleOptions;
  readonly external: BodyFrame["external"];
}

const noNodes: readonly Node[] = [];
const noDetails: Details<Node> = { inner: [], hidden: [] };
const codeDetails: Details<Node> = { inner: [], hidden: ["code"] };

/** Calls a bundle. Gives a node, or a promise of one; throws or rejects with an ExecutionError when the body fails. */
export function callTraced(call: TracedCall, self: unknown, args: unknown[]): unknown {
  const observer = currentObserver();
  return observer === undefined ? makeCall(call, self, args) : observedCall(observer, call, self, args);
}

function observedCall(observer: Observer, call: TracedCall, self: unknown, args: unknown[]): unknown {
  return followCall(observer, call.operation, args)(() => makeCall(call, self, args));
}

function makeCall(call: TracedCall, self: unknown, args: unknown[]): unknown {
  fillDefaults(call.defaults, args);
  const caller = currentContext();
  const { recording, scope } = caller;
  if (scope !== undefined && !scope.touched) touch(scope);
  const given = recording ? liftAll(call, args) : nodesAmong(args);
  const code = call.code?.parameterOf(self);
  const parents = code === undefined ? given : [...given, code as Node];
  const { operation, external } = call;
  const frame: BodyFrame<Node> = {
    operation,
    caller,
    inputs: parents,
    start: newestId(),
    external,
    over: false,
    promised: false,
    reads: undefined,
    failure: undefined,
  };
  let result: unknown;
  try {
    const { input } = call.options;
    result = input === undefined ? runBody(call, frame, self, args) : runChecked(call, frame, self, args);
    if (!isThenable(result)) return finish(call, frame, result);
  } catch (error) {
    if (!call.isAsync) return failCall(call, frame, error);
    result = Promise.reject(error);
  }
  return settle(call, frame, result as PromiseLike<unknown>);
}

// Closures live in separate functions: a function that holds them allocates their variables at every call.
function settle(call: TracedCall, frame: BodyFrame<Node>, result: PromiseLike<unknown>): Promise<Node> {
  frame.promised = true;
  const failed = (error: unknown) => failCall(call, frame, error);
  const done = (value: unknown) => {
    // A promise more for each call, as `.then(…).catch(…)` makes, costs as much as the rest of the call.
    try {
      const output = finish(call, frame, value);
      return output instanceof Promise ? output.catch(failed) : output;
    } catch (error) {
      return failed(error);
    }
  };
  return withDeadline(call, result).then(done, failed);
}

/**
 * Fails with the inner graph too: what failed inside a body leads to the code parameters and external nodes behind it.
 */
function failCall(call: TracedCall, frame: BodyFrame<Node>, error: unknown): never {
  frame.over = true;
  const nested = nestedIn(frame, innerFailure(frame, error));
  const parents = nested === undefined ? frame.inputs : [...frame.inputs, ...nested.parents];
  return fail(call.operation, error, parents, merge(detailsOf(call, frame), nested?.details));
}

function innerFailure(frame: BodyFrame<Node>, error: unknown): Node | undefined {
  try {
    return error instanceof ExecutionError && error.node.id > frame.start ? error.node : frame.failure;
  } catch {
    // Asking a hostile Proxy for its class throws.
    return undefined;
  }
}

/**
 * Makes nodes of the arguments, in place: an array that was pushed to has room to spare, which each node would keep.
 */
function liftAll({ operation, external }: TracedCall, args: unknown[]): readonly Node[] {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (!isNode(arg)) args[index] = lift(arg, constantOf(operation, index), leavesFor(external));
  }
  return args as Node[];
}

/** A body whose reads are recorded may look into objects by itself; of any other it would not be known that it did. */
function leavesFor(external: BodyFrame["external"]): (item: object) => boolean {
  return external === "record" ? isNode : isCarrier;
}

/** The nodes among the arguments, which the body may read even when nothing is recorded. */
function nodesAmong(args: readonly unknown[]): readonly Node[] {
  for (let index = 0; index < args.length; index++) if (isNode(args[index])) return args.filter(isNode);
  return noNodes;
}

function fillDefaults(defaults: TracedCall["defaults"], args: unknown[]): void {
  for (let index = 0; index < defaults.length; index++) {
    if (args[index] !== undefined) continue;
    const literal = defaults[index];
    if (literal !== undefined) args[index] = defaultOf(literal);
    else if (index >= args.length) break;
  }
}

/** The body may change its arguments, so each call gets its own array or record. */
function defaultOf({ value }: { readonly value: unknown }): unknown {
  return typeof value === "object" && value !== null ? structuredClone(value) : value;
}

/** Runs the body on the arguments as the input schema returns them. */
function runChecked(call: TracedCall, frame: BodyFrame<Node>, self: unknown, args: readonly unknown[]): unknown {
  const parsed = parsedInput(call, args.map(unwrap));
  if (!(parsed instanceof Promise)) return runBody(call, frame, self, parsed);
  return parsed.then((values) => runBody(call, frame, self, values));
}

function runBody(call: TracedCall, frame: BodyFrame<Node>, self: unknown, args: readonly unknown[]): unknown {
  const { fn, code, isAsync } = call;
  if (isAsync) return inAsyncFrame(frame, bodyOf(call, self, args));
  const outer = enterFrame(frame);
  try {
    return code === undefined ? applyTo(fn, self, args) : runCode(call, self, args);
  } finally {
    leaveFrame(outer);
  }
}

function bodyOf(call: TracedCall, self: unknown, args: readonly unknown[]): () => unknown {
  return () => (call.code === undefined ? applyTo(call.fn, self, args) : runCode(call, self, args));
}

function runCode({ code }: TracedCall, self: unknown, args: readonly unknown[]): unknown {
  const { trainable, parameterOf } = code as DefinedCode;
  return callCode(trainable, parameterOf(self), args.map(unwrap));
}

/** Applies `fn` to the values of `args`, for most calls without an array of them. */
function applyTo(fn: TracedCall["fn"], self: unknown, args: readonly unknown[]): unknown {
  if (args.length === 1) return fn.call(self, unwrap(args[0]) as never);
  if (args.length === 2) return fn.call(self, unwrap(args[0]) as never, unwrap(args[1]) as never);
  return fn.apply(self, args.map(unwrap) as never[]);
}

function detailsOf({ code, operation }: TracedCall, { promised }: BodyFrame<Node>): Details<Node> | undefined {
  const details = code === undefined ? undefined : codeDetails;
  return promised ? promisedBy(operation, details) : details;
}

/** The node of a call, in the context of its caller. */
function nodeOf({ operation, caller }: BodyFrame, value: unknown, parents: readonly Node[], own?: Details<Node>): Node {
  const node = new Node(operation, value, parents, caller);
  node.details = own;
  return node;
}

function finish(call: TracedCall, frame: BodyFrame<Node>, result: unknown): Node | Promise<Node> {
  const { operation, options } = call;
  frame.over = true;
  // Most calls read nothing else and give plain data.
  const isPlain = frame.reads === undefined && (typeof result !== "object" || result === null);
  if (isPlain && options.output === undefined) {
    return nodeOf(frame, result, frame.inputs, detailsOf(call, frame));
  }
  const nested = nestedIn(frame, result);
  const parents = nested === undefined ? frame.inputs : [...frame.inputs, ...nested.parents];
  const details = merge(detailsOf(call, frame), nested?.details);
  const value = nested === undefined ? result : unwrap(result);
  if (options.output === undefined) return nodeOf(frame, value, parents, details);
  const make = (checked: StandardSchemaV1.Result<unknown>): Node => {
    const issues = issuesOf(checked);
    if (issues !== undefined) throw new SchemaError("result", operation.name, issues);
    return nodeOf(frame, (checked as { value: unknown }).value, parents, details);
  };
  const checked = options.output["~standard"].validate(value);
  if (!(checked instanceof Promise)) return make(checked);
  if (call.isAsync) return checked.then(make);
  checked.catch(() => undefined);
  throw asyncSchema(operation.name, "output");
}

function merge(code: Details<Node> | undefined, nested: Details<Node> | undefined): Details<Node> | undefined {
  if (nested === undefined) return code;
  const { inner, hidden } = code ?? noDetails;
  return { ...code, inner: [...inner, ...nested.inner], hidden: [...hidden, ...nested.hidden] };
}

/** Arguments or a result that do not have the shape that the bundle's schema asks for. */
export class SchemaError extends TracegradError {
  override readonly name: string = "SchemaError";

  constructor(what: "result" | "arguments", operation: string, issues: string) {
    super(
      "bad-shape",
      `The ${what} of "${operation}" ${what === "result" ? "does" : "do"} not fit the schema: ${issues}`,
    );
  }
}

function asyncSchema(operation: string, which: "input" | "output"): TracegradError {
  return new TracegradError(
    "async-schema",
    `The ${which} schema of the synchronous "${operation}" is asynchronous. Use a synchronous one.`,
  );
}

/** The arguments as the schema makes them; a promise only of an asynchronous function with an asynchronous schema. */
function parsedInput(
  { operation, options, isAsync }: TracedCall,
  values: readonly unknown[],
): readonly unknown[] | Promise<readonly unknown[]> {
  const named = Object.fromEntries(values.map((value, index) => [inputName(operation, index), value]));
  const checked = options.input?.["~standard"].validate(named) ?? { value: named };
  const read = (result: StandardSchemaV1.Result<unknown>): readonly unknown[] => {
    const issues = issuesOf(result);
    if (issues !== undefined) throw new SchemaError("arguments", operation.name, issues);
    return withParsed(operation, values, (result as { value: unknown }).value);
  };
  if (!(checked instanceof Promise)) return read(checked);
  if (isAsync) return checked.then(read);
  checked.catch(() => undefined);
  throw asyncSchema(operation.name, "input");
}

/** The arguments with those that the schema speaks of as it made them, defaults for left out ones included. */
function withParsed(operation: Operation, values: readonly unknown[], parsed: unknown): readonly unknown[] {
  if (!isContainer(parsed)) {
    const problem = `the schema makes a value of type ${typeName(parsed)} of the record of arguments`;
    throw new SchemaError("arguments", operation.name, problem);
  }
  const parsedFields = parsed as Readonly<Record<string, unknown>>;
  const count = Math.max(values.length, operation.inputs.length - (operation.rest ? 1 : 0));
  const all = Array.from({ length: count }, (_, index) => {
    const name = inputName(operation, index);
    return Object.hasOwn(parsedFields, name) ? parsedFields[name] : values[index];
  });
  return all.slice(0, Math.max(values.length, all.findLastIndex((value) => value !== undefined) + 1));
}

/** A call took longer than its bundle's `timeoutMs`. */
export class DeadlineError extends TracegradError {
  override readonly name: string = "DeadlineError";

  constructor(operation: string, timeoutMs: number) {
    super("timeout", `"${operation}" took longer than ${timeoutMs} ms.`);
  }
}

/** Trainable code has its own deadline, which can interrupt it; other bodies can only be left behind. */
function withDeadline({ operation, options, code }: TracedCall, result: PromiseLike<unknown>): Promise<unknown> {
  const { timeoutMs } = options;
  // The `then` of a thenable that is not a promise may give anything, or throw.
  const promise = Promise.resolve(result);
  if (timeoutMs === undefined || code !== undefined) return promise;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineError(operation.name, timeoutMs)), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

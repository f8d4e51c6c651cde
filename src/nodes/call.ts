/** One call of a bundle: arguments to nodes and values, the body in its frame, the result or the failure to a node. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import { TracegradError } from "../util/errors.ts";
import { isThenable } from "../util/thenable.ts";
import type { BundleOptions } from "./bundle.ts";
import { callCode, type TrainableCode } from "./code.ts";
import { enterFrame, type Frame, inAsyncFrame, leaveFrame } from "./frame.ts";
import { nestedIn } from "./nested.ts";
import {
  constantOf,
  type Details,
  type ExceptionNode,
  ExecutionError,
  fail,
  isNode,
  lift,
  Node,
  newestId,
  recorded,
  unwrap,
} from "./node.ts";
import { inputName, type Operation } from "./operation.ts";
import { issuesOf, type Parameter } from "./parameter.ts";

/** All that a call needs to know of its bundle. */
export interface TracedCall {
  readonly operation: Operation;
  readonly fn: (this: unknown, ...args: never[]) => unknown;
  readonly isAsync: boolean;
  /** Values of literal default arguments, by position. */
  readonly defaults: readonly ({ readonly value: unknown } | undefined)[];
  readonly code: { readonly trainable: TrainableCode; parameterOf(self: unknown): Parameter<string> } | undefined;
  readonly options: BundleOptions;
  readonly external: Frame["external"];
}

const noDetails: Details = { inner: [], hidden: [] };
const codeDetails: Details = { inner: [], hidden: ["code"] };

/** Calls a bundle. Gives a node, or a promise of one; throws or rejects with an ExecutionError when the body fails. */
export function callTraced(call: TracedCall, self: unknown, args: unknown[]): unknown {
  const parents = argumentNodes(call, args);
  const values = parents.map((parent) => parent.peek()) as never[];
  const code = call.code?.parameterOf(self);
  if (code !== undefined) parents.push(code as Node);
  const { operation, external } = call;
  const frame: Frame = { operation, inputs: parents, start: newestId(), external, reads: undefined };
  let result: unknown;
  try {
    const given: Arguments = { self, values };
    const checked = call.options.input === undefined ? undefined : checkInput(call, values);
    result =
      checked === undefined ? runBody(call, frame, code, given) : checked.then(() => runBody(call, frame, code, given));
    if (!isThenable(result)) return finish(call, frame, result);
  } catch (error) {
    return failCall(call, frame, error);
  }
  return withDeadline(call, result)
    .then((value) => finish(call, frame, value))
    .catch((error: unknown) => failCall(call, frame, error));
}

/** Fails with the inner graph too: what failed inside a body leads to the code parameters and external nodes behind it. */
function failCall(call: TracedCall, frame: Frame, error: unknown): never {
  const nested = nestedIn(frame, innerFailure(frame, error));
  const parents = nested === undefined ? frame.inputs : [...frame.inputs, ...nested.parents];
  return fail(call.operation, error, parents, merge(detailsOf(call), nested?.details));
}

function innerFailure(frame: Frame, error: unknown): ExceptionNode | undefined {
  try {
    return error instanceof ExecutionError && error.node.id > frame.start ? error.node : undefined;
  } catch {
    // Asking a hostile Proxy for its class throws.
    return undefined;
  }
}

function argumentNodes(call: TracedCall, args: readonly unknown[]): Node[] {
  const { operation, defaults } = call;
  const parents: Node[] = [];
  const count = Math.max(args.length, defaults.length);
  for (let index = 0; index < count; index++) {
    const arg = args[index];
    if (isNode(arg)) parents.push(arg);
    else if (arg === undefined && index >= args.length && defaults[index] === undefined) break;
    else parents.push(lift(arg === undefined ? defaultOf(defaults[index]) : arg, constantOf(operation, index)));
  }
  return parents;
}

/** The body may change its arguments, so that each call has an array or record of its own. */
function defaultOf(literal: { readonly value: unknown } | undefined): unknown {
  const value = literal?.value;
  return typeof value === "object" && value !== null ? structuredClone(value) : value;
}

interface Arguments {
  readonly self: unknown;
  readonly values: never[];
}

function runBody(
  call: TracedCall,
  frame: Frame,
  code: Parameter<string> | undefined,
  { self, values }: Arguments,
): unknown {
  const native = () => call.fn.apply(self, values);
  if (call.isAsync && call.code === undefined) return inAsyncFrame(frame, native);
  const outer = enterFrame(frame);
  try {
    if (call.code === undefined || code === undefined) return call.fn.apply(self, values);
    return callCode(call.code.trainable, code, values, native);
  } finally {
    leaveFrame(outer);
  }
}

function detailsOf({ code }: TracedCall): Details | undefined {
  return code === undefined ? undefined : codeDetails;
}

function finish(call: TracedCall, frame: Frame, result: unknown): Node | Promise<Node> {
  const { operation, options } = call;
  const nested = nestedIn(frame, result);
  const parents = nested === undefined ? frame.inputs : [...frame.inputs, ...nested.parents];
  const details = merge(detailsOf(call), nested?.details);
  const value = nested === undefined ? result : unwrap(result);
  if (options.output === undefined) return new Node(operation, value, recorded(parents), details);
  const make = (checked: StandardSchemaV1.Result<unknown>): Node => {
    const issues = issuesOf(checked);
    if (issues !== undefined) throw new SchemaError("result", operation.name, issues);
    return new Node(operation, (checked as { value: unknown }).value, recorded(parents), details);
  };
  const checked = options.output["~standard"].validate(value);
  if (!(checked instanceof Promise)) return make(checked);
  if (call.isAsync) return checked.then(make);
  checked.catch(() => undefined);
  throw asyncSchema(operation.name, "output");
}

function merge(code: Details | undefined, nested: Details | undefined): Details | undefined {
  if (nested === undefined) return code;
  const { inner, hidden } = code ?? noDetails;
  return { inner: [...inner, ...nested.inner], hidden: [...hidden, ...nested.hidden] };
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

/** Throws when the arguments do not fit; a promise only of an asynchronous function with an asynchronous schema. */
function checkInput(
  { operation, options, isAsync }: TracedCall,
  values: readonly unknown[],
): Promise<void> | undefined {
  const named = Object.fromEntries(values.map((value, index) => [inputName(operation, index), value]));
  const checked = options.input?.["~standard"].validate(named) ?? { value: undefined };
  const judge = (result: StandardSchemaV1.Result<unknown>): void => {
    const issues = issuesOf(result);
    if (issues !== undefined) throw new SchemaError("arguments", operation.name, issues);
  };
  if (!(checked instanceof Promise)) return void judge(checked);
  if (isAsync) return checked.then(judge);
  checked.catch(() => undefined);
  throw asyncSchema(operation.name, "input");
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
  // The `then` of a thenable that is no promise may give anything, or throw.
  const settled = Promise.resolve(result);
  if (timeoutMs === undefined || code !== undefined) return settled;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineError(operation.name, timeoutMs)), timeoutMs);
    settled.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

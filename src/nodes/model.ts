/**
 * Objects whose methods are traced: your own class with parameters and bundled methods, or a client of somebody
 * else's.
 */

import { EventEmitter } from "node:events";
import { TracegradError } from "../util/errors.ts";
import { typeName } from "../util/type-name.ts";
import { bindTraced, bundleInfo } from "./bundle.ts";
import { type ClientOptions, type TracedClient, traceClient } from "./client.ts";
import { isInBody } from "./frame.ts";
import { lift, type Node, type Nodeable, type NodeableArguments, type NodeOf, nodesIn } from "./node.ts";
import { constantOf as argumentOf, type Operation } from "./operation.ts";
import { rememberOrigin } from "./origin.ts";
import { parametersOf } from "./parameters-of.ts";
import { paramsOf } from "./source/head.ts";

/**
 * A class `C` as its model is used: bundled methods take nodes or values and give nodes; a method that declares
 * `this: Traced<C>` is a composition over nodes; fields stay unchanged.
 */
export type Traced<C> = ModelOrigin<"by `model(Class)`, not by `new Class()`"> & { [K in keyof C]: TracedMember<C[K]> };

/**
 * What {@link model} has made. `How` is for people: the compiler shows it where an instance made by `new` is passed.
 */
export interface ModelOrigin<How extends string> {
  /** @internal There is no such field: it only distinguishes the types. */
  readonly [origin]: How;
}

declare const origin: unique symbol;

/** One member of {@link Traced}. */
export type TracedMember<M> =
  M extends Node<unknown>
    ? M
    : M extends (this: infer This, ...args: infer A) => infer R
      ? unknown extends This
        ? (...args: NodeableArguments<A>) => NodeOf<R>
        : (...args: CompositionArguments<A>) => R
      : M;

/** Arguments of a composition: where it declares a `Node<T>`, the caller may also pass a plain `T`. */
export type CompositionArguments<A extends readonly unknown[]> = { [K in keyof A]: CompositionArgument<A[K]> };

/** One argument of a composition: see {@link CompositionArguments}. */
export type CompositionArgument<P> =
  P extends Node<infer T>
    ? Nodeable<T>
    : P extends string | number | boolean | bigint
      ? "declare this parameter as Node<…>: methods that compose nodes are given nodes"
      : P;

type ModelMethod = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Makes an instance of `Class` whose public methods are typed and traced. Methods are bound, so they can be passed
 * around (`agent: solver.solve`). Bundled methods (`@bundle()`) give nodes; each instance has code parameters of its
 * own. The others compose nodes: plain arguments reach them as nodes. Parameters without a name take their field's.
 * @example
 * const solver = model(Solver);
 * const graph = await trace(() => solver.solve("What is 6 times 7?"));
 */
export function model<C extends object, A extends unknown[]>(Class: new (...args: A) => C, ...args: A): Traced<C>;
/**
 * Wraps an existing object, such as an SDK client: every method, at any depth, becomes a traced operation named by its
 * (shortest) path, such as `messages.create`. Values that are not objects are read unchanged. Of generic methods
 * TypeScript keeps the constraints, and of overloaded ones the last three overloads.
 *
 * In a run, its calls of models are checked against the budget and counted: by the `max_tokens` of the request, and by
 * the usage that the reply tells. Their replies are not kept, so that a resumed run makes them again. A stream counts
 * at its upper bound, and what a client asks again by itself is not seen: give it `maxRetries: 0`. A client whose calls
 * are not known by their requests and replies is given a `meter`.
 * @example
 * const service = { ask: async (text: string) => ({ text: text.toUpperCase(), cost: 7 }) };
 * const client = model(service, {
 *   meter: ({ method }) =>
 *     method === "ask"
 *       ? { model: "my-model", usage: (reply) => ({ inputTokens: (reply as { cost: number }).cost, outputTokens: 0 }) }
 *       : undefined,
 * });
 */
// A class has a prototype: it belongs to the overload above, even when its arguments are wrong.
export function model<O extends object & { readonly prototype?: never }>(
  client: O,
  options?: ClientOptions,
): TracedClient<O>;
export function model(first: object | (new (...args: unknown[]) => object), ...args: unknown[]): object {
  if (typeof first === "function") {
    const Class = first as new (...given: unknown[]) => object;
    if (Class.prototype === undefined)
      throw badModel(`"${Class.name}" is a function, not a class. Use bundle() for functions.`);
    return traceInstance(new Class(...args));
  }
  if (typeof first !== "object" || first === null) {
    throw badModel(`model() takes a class or an object, not ${typeName(first)}.`);
  }
  if (parametersOf(first).length > 0 || methodsOf(first).some(([, method]) => bundleInfo(method) !== undefined)) {
    throw badModel(
      `This ${typeName(first)} has its own parameters or bundled methods. ` +
        "Pass its class instead, model(Class, …arguments), so that each instance gets its own.",
    );
  }
  return traceClient(first, args[0] as ClientOptions | undefined);
}

function badModel(problem: string): TracegradError {
  return new TracegradError("bad-model", problem);
}

// What Node and the language bring along works on plain values.
const foreign = new Set<unknown>([null, Object.prototype, EventEmitter.prototype]);

/** Methods of the object and its classes, the most derived first, each name once. */
function methodsOf(instance: object): (readonly [string, ModelMethod])[] {
  const methods = new Map<string, ModelMethod>();
  for (let at = Object.getPrototypeOf(instance); !foreign.has(at); at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name !== "constructor" && typeof value === "function" && !methods.has(name)) methods.set(name, value);
    }
  }
  return [...methods];
}

/** Puts a bound method over each method of a fresh instance. No Proxy: private fields keep working. */
function traceInstance(instance: object): object {
  for (const [name, method] of methodsOf(instance)) {
    const isTraced = bundleInfo(method) !== undefined;
    if ((!isTraced && paramsOf(method).kind === "native") || isReplaced(instance, name)) continue;
    const bound = isTraced ? bindTraced(method, instance) : composition(instance, name, method);
    const own = { value: bound, writable: true, configurable: true, enumerable: false };
    if (!Reflect.defineProperty(instance, name, own)) throw closed(instance, name);
  }
  // Gives parameters without a name that of their field.
  parametersOf(instance);
  return instance;
}

/**
 * A field of the instance takes the place of a method of that name, unless it is that method, bound by the constructor.
 */
function isReplaced(instance: object, name: string): boolean {
  const own = Object.getOwnPropertyDescriptor(instance, name);
  if (own === undefined) return false;
  return !(typeof own.value === "function" && own.value.name === `bound ${name}`);
}

function closed(instance: object, method: string): TracegradError {
  const type = instance.constructor.name || "This class";
  return badModel(
    `${type} closes its instances, so that "${method}" cannot be traced: leave Object.freeze, Object.seal and ` +
      "Object.preventExtensions out of its constructor. Its fields can be frozen one by one, or declared `readonly`.",
  );
}

/**
 * A method that composes nodes: plain arguments become nodes named after its parameters. Called from a bundle's body,
 * where all values are plain, it is an ordinary method.
 */
function composition(instance: object, name: string, method: ModelMethod): ModelMethod {
  const params = paramsOf(method).params;
  const inputs = params.map((param) => param.name);
  const operation: Operation = { kind: "bundle", name, inputs, rest: params.at(-1)?.rest ?? false, doc: undefined };
  const asNode = (arg: unknown, index: number) => {
    if (arg === undefined || typeof arg === "function" || nodesIn(arg).length > 0) return arg;
    return lift(arg, argumentOf(operation, index));
  };
  const composed: ModelMethod = (...args) => method.apply(instance, isInBody() ? args : args.map(asNode));
  rememberOrigin(composed, { fn: method, self: instance });
  return composed;
}

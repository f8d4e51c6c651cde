/** Clients of somebody else's, such as an SDK's: a Proxy whose methods, at any depth, are traced operations. */

import { bundleInfo, type TracedFunction } from "./bundle.ts";
import { callTraced, type TracedCall } from "./call.ts";
import { Node } from "./node.ts";
import type { Operation } from "./operation.ts";
import { paramsOf } from "./source/head.ts";
import type { Leaf } from "./types.ts";

/** An object of somebody else's, such as an SDK client, with all its methods traced, at any depth. */
export type TracedClient<O> = { [K in keyof O]: TracedClientMember<O[K]> };

/** One member of {@link TracedClient}: classes, arrays, maps, dates and the like are left as they are. */
export type TracedClientMember<M> = M extends abstract new (
  ...args: never[]
) => unknown
  ? M
  : M extends (...args: never[]) => unknown
    ? TracedOverloads<M>
    : M extends Leaf | readonly unknown[]
      ? M
      : M extends object
        ? TracedClient<M>
        : M;

/** A traced method of up to three overloads; of more, the last three. */
export type TracedOverloads<M> = M extends {
  (...args: infer A extends unknown[]): infer R;
  (...args: infer B extends unknown[]): infer S;
  (...args: infer C extends unknown[]): infer T;
}
  ? TracedFunction<A, R> & TracedFunction<B, S> & TracedFunction<C, T>
  : M extends { (...args: infer A extends unknown[]): infer R; (...args: infer B extends unknown[]): infer S }
    ? TracedFunction<A, R> & TracedFunction<B, S>
    : M extends (...args: infer A) => infer R
      ? TracedFunction<A, R>
      : never;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Wraps `target`, whose own path in the client is `path`. Its methods run on the object itself, so private fields work. */
export function traceClient(target: object, path = ""): object {
  const known = new Map<PropertyKey, { readonly value: unknown; readonly traced: unknown }>();
  // A Proxy over a stand-in: one over a frozen object would have to give that object's own values.
  return new Proxy(Object.create(Object.getPrototypeOf(target)) as object, {
    get(_standIn, key) {
      const value: unknown = Reflect.get(target, key, target);
      if ((typeof value !== "function" && typeof value !== "object") || value === null) return value;
      const before = known.get(key);
      if (before !== undefined && before.value === value) return before.traced;
      const traced = tracedMember(target, value as AnyFunction | object, key, path);
      known.set(key, { value, traced });
      return traced;
    },
    set: (_standIn, key, value) => Reflect.set(target, key, value, target),
    has: (_standIn, key) => Reflect.has(target, key),
    deleteProperty: (_standIn, key) => Reflect.deleteProperty(target, key),
    ownKeys: () => Reflect.ownKeys(target),
    getOwnPropertyDescriptor(_standIn, key) {
      const own = Reflect.getOwnPropertyDescriptor(target, key);
      return own && { ...own, configurable: true };
    },
  });
}

function tracedMember(target: object, value: AnyFunction | object, key: PropertyKey, path: string): unknown {
  if (!isTraceable(value) || key === "constructor") return value;
  if (isLanguageKey(key, value)) return typeof value === "function" ? value.bind(target) : value;
  const name = path === "" ? String(key) : `${path}.${String(key)}`;
  return typeof value === "function" ? clientMethod(target, value as AnyFunction, name) : traceClient(value, name);
}

const builtIn: readonly (new (...args: never[]) => object)[] = [
  Date,
  RegExp,
  Error,
  Promise,
  Map,
  Set,
  WeakMap,
  WeakSet,
];

function isTraceable(value: AnyFunction | object): boolean {
  if (typeof value === "function") return bundleInfo(value) === undefined && paramsOf(value).kind !== "class";
  if (value instanceof Node || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return !builtIn.some((Class) => value instanceof Class);
}

/** What the language itself asks objects for: iteration, awaiting, conversion to text. */
function isLanguageKey(key: PropertyKey, value: unknown): boolean {
  if (typeof key === "symbol" || key === "then" || key === "toJSON") return true;
  return value === (Object.prototype as unknown as Record<PropertyKey, unknown>)[key];
}

function clientMethod(target: object, method: AnyFunction, name: string): AnyFunction {
  const { params, async } = paramsOf(method);
  const inputs = params.map((param) => param.name);
  const operation: Operation = { kind: "bundle", name, inputs, rest: params.at(-1)?.rest ?? false, doc: undefined };
  const call: TracedCall = {
    operation,
    fn: method,
    isAsync: async,
    defaults: [],
    code: undefined,
    options: {},
    external: "reject",
  };
  return (...args) => callTraced(call, target, args);
}

/** Third-party clients, such as an SDK's: a Proxy whose methods, at any depth, are traced operations. */

import { requireKnown } from "../util/known-names.ts";
import { bundleInfo, type TracedFunction } from "./bundle.ts";
import { callTraced, type TracedCall } from "./call.ts";
import { type ClientMeter, meteredMethod } from "./client-meter.ts";
import { Node } from "./node.ts";
import type { Operation } from "./operation.ts";
import { paramsOf } from "./source/head.ts";
import type { Leaf } from "./types.ts";

/** A third-party object, such as an SDK client, with all its methods traced, at any depth. */
export type TracedClient<O> = { [K in keyof O]: TracedClientMember<O[K]> };

/** One member of {@link TracedClient}: classes, arrays, maps, dates and the like are left unchanged. */
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

/** Options of `model(client)`. */
export interface ClientOptions {
  /**
   * Says, for each call of a method in a run, whether it goes to a model, under which name and upper bound it is
   * counted, and how its reply tells what it used; undefined for a call of no model. Default: by the requests and
   * replies of the usual SDKs (Anthropic, OpenAI and what is compatible, Google, Amazon's Converse, AI SDK, LangChain,
   * Ollama).
   */
  readonly meter?: ClientMeter;
}

type ClientFunction = (this: unknown, ...args: unknown[]) => unknown;

/** The raw object or method behind each wrapper, of all clients. */
const rawOf = new WeakMap<object, object>();

/**
 * Wraps `client`. Its methods run on the objects themselves, so private fields work. The same object gives the same
 * wrapper wherever it is reached, so that a client whose parts know it can be walked like the raw one. A client that is
 * wrapped already is returned unchanged.
 */
export function traceClient(client: object, options: ClientOptions = {}): object {
  requireKnown("model(client)", options, { meter: true });
  const { meter } = options;
  return new Wrappers(meter).of(client, []);
}

function unwrapped(value: unknown): unknown {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject ? (rawOf.get(value) ?? value) : value;
}

/** An object of a client. */
interface Wrapped {
  readonly target: object;
  readonly wrapper: object;
  /** The shortest path of keys under which it was reached: it names the methods. */
  path: readonly string[];
  readonly methods: Map<PropertyKey, TracedMethod>;
}

interface TracedMethod {
  readonly name: string;
  readonly method: unknown;
  readonly traced: unknown;
}

/** The wrappers of one client, by the object behind each. */
class Wrappers {
  readonly #byObject = new WeakMap<object, Wrapped>();
  readonly #meter: ClientMeter | undefined;

  constructor(meter: ClientMeter | undefined) {
    this.#meter = meter;
  }

  of(target: object, path: readonly string[]): object {
    if (rawOf.has(target)) return target;
    const known = this.#byObject.get(target);
    if (known === undefined) return this.#wrap(target, path);
    // So that a logger, which reads everything, does not change the names.
    if (path.length < known.path.length) known.path = path;
    return known.wrapper;
  }

  // A Proxy over a stand-in: one over a frozen object would have to give that object's own values.
  #wrap(target: object, path: readonly string[]): object {
    const member = (value: unknown, key: PropertyKey) => this.#member(wrapped, value, key);
    const wrapper = new Proxy(standInFor(target), {
      get: (_standIn, key) => member(Reflect.get(target, key, target), key),
      set: (_standIn, key, value) => Reflect.set(target, key, unwrapped(value), target),
      has: (_standIn, key) => Reflect.has(target, key),
      deleteProperty: (_standIn, key) => Reflect.deleteProperty(target, key),
      ownKeys: () => Reflect.ownKeys(target),
      getOwnPropertyDescriptor(_standIn, key) {
        const own = Reflect.getOwnPropertyDescriptor(target, key);
        if (own === undefined) return undefined;
        return { ...own, configurable: true, ...("value" in own && { value: member(own.value, key) }) };
      },
      defineProperty(_standIn, key, own) {
        return Reflect.defineProperty(target, key, "value" in own ? { ...own, value: unwrapped(own.value) } : own);
      },
      // The stand-in has no keys: if it were closed, the language would refuse to list those of the client.
      preventExtensions: () => false,
    });
    const wrapped: Wrapped = { target, wrapper, path, methods: new Map() };
    this.#byObject.set(target, wrapped);
    rawOf.set(wrapper, target);
    return wrapper;
  }

  #member({ target, path, methods }: Wrapped, value: unknown, key: PropertyKey): unknown {
    if ((typeof value !== "function" && typeof value !== "object") || value === null) return value;
    if (!isTraceable(value) || key === "constructor") return value;
    const here = [...path, String(key)];
    if (typeof value === "object") return isLanguageKey(key, value) ? value : this.of(value, here);
    const name = here.join(".");
    const known = methods.get(key);
    if (known?.method === value && known.name === name) return known.traced;
    const method = value as ClientFunction;
    const traced = isLanguageKey(key, value)
      ? method.bind(target)
      : clientMethod(target, method, { name, meter: this.#meter });
    methods.set(key, { name, method, traced });
    rawOf.set(traced, method);
    return traced;
  }
}

/** Node's inspector looks at what is behind a Proxy: it is sent on to the object itself. */
function standInFor(target: object): object {
  const inspect = { value: () => target, configurable: true };
  return Object.create(Object.getPrototypeOf(target), { [Symbol.for("nodejs.util.inspect.custom")]: inspect });
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

function isTraceable(value: ClientFunction | object): boolean {
  if (typeof value === "function") return bundleInfo(value) === undefined && paramsOf(value).kind !== "class";
  if (value instanceof Node || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return !builtIn.some((Class) => value instanceof Class);
}

/** What the language itself asks objects for: iteration, awaiting, conversion to text. */
function isLanguageKey(key: PropertyKey, value: unknown): boolean {
  if (typeof key === "symbol" || key === "then" || key === "toJSON") return true;
  return value === (Object.prototype as unknown as Record<PropertyKey, unknown>)[key];
}

/** How a method is called, and how its calls are counted. */
interface Named {
  readonly name: string;
  readonly meter: ClientMeter | undefined;
}

function clientMethod(target: object, method: ClientFunction, { name, meter }: Named): ClientFunction {
  const { params, async } = paramsOf(method);
  const inputs = params.map((param) => param.name);
  const rest = params.at(-1)?.rest ?? false;
  const operation: Operation = { kind: "bundle", name, inputs, rest, doc: undefined, async };
  const call: TracedCall = {
    operation,
    fn: meteredMethod(method, name, meter),
    isAsync: async,
    defaults: [],
    code: undefined,
    options: {},
    external: "reject",
  };
  return (...args) => callTraced(call, target, args);
}

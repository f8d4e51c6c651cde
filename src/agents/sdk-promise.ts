/** Promises of SDKs that have methods of their own: a program that gives one gives it with these. */

import { isThenable } from "../util/thenable.ts";

/** What is done at the end of a promise: each gives, or throws, what its caller gets. */
export interface PromiseEnds {
  end(value: unknown): unknown;
  fail(error: unknown): never;
}

/**
 * A promise with `ends` at its end. One of an SDK stays of its class and keeps its methods, such as `withResponse()`, and
 * what these promise ends in the same way. It is awaited only when its caller awaits it: some read the reply by that.
 */
export function endPromise(promise: PromiseLike<unknown>, ends: PromiseEnds): PromiseLike<unknown> {
  let settled: Promise<unknown> | undefined;
  const settle = () => (settled ??= Promise.resolve(promise).then(ends.end, ends.fail));
  if (isPlain(promise)) return settle();
  const awaits: Readonly<Partial<Record<PropertyKey, Method>>> = {
    then: (...args) => settle().then(...(args as Parameters<Promise<unknown>["then"]>)),
    catch: (...args) => settle().catch(...(args as Parameters<Promise<unknown>["catch"]>)),
    finally: (...args) => settle().finally(...(args as Parameters<Promise<unknown>["finally"]>)),
  };
  // Methods run on the promise itself, so private fields work.
  const wrapper: PromiseLike<unknown> = new Proxy(promise, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || key === "constructor") return value;
      const own = Object.hasOwn(awaits, key) ? awaits[key] : undefined;
      if (own !== undefined) return own;
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        if (result === target) return wrapper;
        return isThenable(result) ? endPromise(result, ends) : result;
      };
    },
  });
  return wrapper;
}

type Method = (...args: readonly unknown[]) => unknown;

/** Whether it is a promise of the language, and nothing more. */
function isPlain(promise: object): boolean {
  return Object.getPrototypeOf(promise) === Promise.prototype && Object.getOwnPropertyNames(promise).length === 0;
}

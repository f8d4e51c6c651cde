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
  let outcome: Promise<unknown> | undefined;
  const settle = () => (outcome ??= Promise.resolve(promise).then(ends.end, ends.fail));
  if (isPlain(promise)) return settle();
  // Methods run on the promise itself, so private fields work.
  const wrapper: PromiseLike<unknown> = new Proxy(promise, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function" || key === "constructor") return value;
      return (...args: readonly unknown[]): unknown => {
        if (awaits(key)) return Reflect.apply(settle()[key], settle(), args);
        const result: unknown = Reflect.apply(value, target, args);
        if (result === target) return wrapper;
        return isThenable(result) ? endPromise(result, ends) : result;
      };
    },
  });
  return wrapper;
}

/** Whether it is a method by which the language awaits. */
function awaits(key: PropertyKey): key is "then" | "catch" | "finally" {
  return key === "then" || key === "catch" || key === "finally";
}

/** Whether it is a promise of the language, and nothing more. */
function isPlain(promise: object): boolean {
  return Object.getPrototypeOf(promise) === Promise.prototype && Object.getOwnPropertyNames(promise).length === 0;
}

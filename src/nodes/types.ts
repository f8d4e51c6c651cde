/** How types change when a function is traced: what may be passed where a value is wanted, and what comes out. */

import type { Operation } from "./operation.ts";

/** Values that are not records. */
export type Leaf =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | ((...args: never[]) => unknown)
  | Date
  | RegExp
  | Error
  | Promise<unknown>
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ArrayBufferView;

/** What tells a node from a record, and the type of its value. */
export interface HasNodeValue<T> {
  readonly data: T;
  readonly operation: Operation;
  readonly parents: readonly unknown[];
  readonly inner: readonly unknown[];
}

/** `T` as a function body sees it: nodes replaced by their values, in arrays, records, maps and sets too. */
export type Unwrapped<T> =
  T extends HasNodeValue<infer U>
    ? U
    : T extends ReadonlyMap<infer K, infer V>
      ? [K, V] extends [Unwrapped<K>, Unwrapped<V>]
        ? T
        : T extends Map<K, V>
          ? Map<Unwrapped<K>, Unwrapped<V>>
          : ReadonlyMap<Unwrapped<K>, Unwrapped<V>>
      : T extends ReadonlySet<infer I>
        ? [I] extends [Unwrapped<I>]
          ? T
          : T extends Set<I>
            ? Set<Unwrapped<I>>
            : ReadonlySet<Unwrapped<I>>
        : T extends Leaf
          ? T
          : T extends readonly unknown[] | Record<string, unknown>
            ? { [K in keyof T]: Unwrapped<T[K]> }
            : // An interface is taken apart only where it contains a node, so that others keep their names.
              [Extract<T[keyof T], HasNodeValue<unknown>>] extends [never]
              ? T
              : { [K in keyof T]: Unwrapped<T[K]> };

/** The methods of `T` by name. */
export type MethodName<T> = keyof {
  // `as`, because without it an array would be mapped to an array.
  [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: unknown;
};

/** The result of a function, of the last overload where there are several. */
export type ResultOf<F> = [F] extends [never] ? unknown : F extends (...args: never[]) => infer R ? R : unknown;

/**
 * Whether `T` is a node, and no union of a node with others; false for `any`. In braces, and with false first, so that
 * of a type parameter TypeScript leaves it open and then takes it for false.
 */
export type IsNode<T> = [T] extends [never]
  ? false
  : { any: 0 } extends { any: 1 & T }
    ? false
    : { has: keyof T & "operation" } extends { has: never }
      ? false
      : true;

/**
 * Stands where a value of the wrong type was given: the compiler's message shows its `Words`, which say what to write
 * instead. There is no value of this type.
 */
export interface Fix<Words extends string> {
  /** @internal */
  readonly [words]: [Words, never];
}

declare const words: unique symbol;

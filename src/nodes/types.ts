/** How types change when a function is traced: what may be passed where a value is wanted, and what comes out. */

import type { Node } from "./node.ts";

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

/**
 * What a traced function takes where it wants a `T`: the value, a node of it, or an array, record, map or set with
 * nodes inside.
 */
export type Nodeable<T> = T | Node<T> | NodesInside<T>;

/**
 * Arrays, records, maps and sets of the shape of `T` that hold nodes at any depth. Anything else with methods is not a
 * record.
 */
export type NodesInside<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<Nodeable<K>, Nodeable<V>>
    : T extends ReadonlySet<infer I>
      ? ReadonlySet<Nodeable<I>>
      : T extends Leaf | Node<unknown>
        ? never
        : T extends readonly unknown[]
          ? { readonly [K in keyof T]: Nodeable<T[K]> }
          : T extends object
            ? [MethodName<T>] extends [never]
              ? { readonly [K in keyof T]: Nodeable<T[K]> }
              : never
            : never;

/** `T` as a function body sees it: nodes replaced by their values, in arrays, records, maps and sets too. */
export type Unwrapped<T> =
  T extends Node<infer U>
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
              [Extract<T[keyof T], Node<unknown>>] extends [never]
              ? T
              : { [K in keyof T]: Unwrapped<T[K]> };

/** What a traced call gives for a function that returns `R`: a node, or a promise of one if `R` is a promise. */
export type NodeOf<R> = unknown extends R
  ? Node<R>
  : [Extract<R, PromiseLike<unknown>>] extends [never]
    ? Node<Unwrapped<R>>
    : [Exclude<R, PromiseLike<unknown>>] extends [never]
      ? Promise<Node<Unwrapped<Awaited<R>>>>
      :
          | Promise<Node<Unwrapped<Awaited<Extract<R, PromiseLike<unknown>>>>>>
          | Node<Unwrapped<Exclude<R, PromiseLike<unknown>>>>;

/** The arguments of a traced function. Names, optional and rest parameters stay as they were. */
export type NodeableArguments<A extends readonly unknown[]> = { [K in keyof A]: Nodeable<A[K]> };

/** The methods of `T` by name. */
export type MethodName<T> = keyof {
  // `as`, because without it an array would be mapped to an array.
  [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: unknown;
};

/** The arguments of a function that may have two overloads; nothing can be passed where there is no function. */
export type ArgumentsOf<F> = [F] extends [never]
  ? never
  : F extends { (...args: infer A extends unknown[]): unknown; (...args: infer B extends unknown[]): unknown }
    ? NodeableArguments<A> | NodeableArguments<B>
    : F extends (...args: infer A) => unknown
      ? NodeableArguments<A>
      : never;

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

/** Finds the methods of a class that compose nodes but do not declare their `this`. Types only. */

import type { IsNode } from "./types.ts";

/** What fits anything if there are such names, and nothing otherwise. */
export type OnlyIf<Names> = [Names] extends [never] ? never : unknown;

/** The names of the methods that are given nodes, and so compose them, but do not declare their `this`. */
export type UndeclaredThis<C> = {
  [K in keyof C]: C[K] extends (this: infer This, ...args: infer A) => unknown
    ? unknown extends This
      ? true extends { [I in keyof A]: IsNode<NonNullable<A[I]>> }[number]
        ? ((...args: Narrowed<A>) => never) extends C[K]
          ? K
          : never
        : never
      : never
    : never;
}[keyof C] &
  string;

/**
 * Arguments that only a method takes instead of `A`: of fields that hold a function, TypeScript compares arguments
 * strictly.
 */
type Narrowed<A extends readonly unknown[]> = { [I in keyof A]: A[I] & { readonly narrowed: true } };

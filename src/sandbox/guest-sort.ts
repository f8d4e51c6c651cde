/**
 * Sorts with a comparator as V8 does, comparison by comparison, so that comparators that contradict themselves or draw
 * random numbers give the same order in QuickJS. The functions are handed over as text, see guest.ts; none uses a
 * built-in that a program could have changed.
 */
import type { ItemOrder, Sorting } from "./guest-tim-sort.ts";

type Items = Record<number, unknown> & { length: number };
type SortMethod = (this: unknown, compare: unknown) => unknown;

/** What the methods share. */
interface Sorter {
  readonly timSort: (s: Sorting, length: number) => void;
  readonly newList: () => never[];
}

/** Gives arrays the sorts of this file, for calls with a comparator. */
export function fixSorts(timSort: Sorter["timSort"]): void {
  const { apply, defineProperty, getPrototypeOf, getOwnPropertyDescriptor, setPrototypeOf } = Reflect;
  const [toObject, RealArray, { fill }] = [Object, Array, Array.prototype];
  const typed = getPrototypeOf(Int8Array.prototype) as Items;
  const { get } = getOwnPropertyDescriptor(typed, "length") as { readonly get: () => number };
  const newList = (): never[] => {
    const list: never[] = [];
    setPrototypeOf(list, null);
    return list;
  };
  const sorter: Sorter = { timSort, newList };
  const replace = (owner: object, name: string, run: (self: unknown, order: ItemOrder) => unknown): void => {
    const real = (owner as Record<string, SortMethod>)[name] as SortMethod;
    const { [name]: value } = {
      [name](this: unknown, compare: unknown): unknown {
        if (typeof compare !== "function" || this === undefined || this === null) return apply(real, this, [compare]);
        return run(this, compare as ItemOrder);
      },
    };
    defineProperty(owner, name, { value });
  };
  replace(Array.prototype, "sort", (self, order) => sortItems(toObject(self) as Items, order, sorter));
  replace(Array.prototype, "toSorted", (self, order) => {
    const list = toObject(self) as Items;
    const copy = apply(fill, new RealArray(lengthOf(list)), [undefined]) as Items;
    for (let i = 0; i < copy.length; i++) copy[i] = list[i];
    return sortItems(copy, order, sorter);
  });
  replace(typed, "sort", (self, order) => sortTyped(self as Items, apply(get, self, []) as number, order, sorter));
  const { toSorted, set } = typed as unknown as Record<"toSorted" | "set", SortMethod>;
  replace(typed, "toSorted", (self, order) => {
    const copy = apply(toSorted, self, []) as Items;
    apply(set, copy, [self]);
    return sortTyped(copy, copy.length, order, sorter);
  });
}

function lengthOf(list: Items): number {
  const length = +list.length;
  const most = 2 ** 53 - 1;
  return length >= 1 ? (length < most ? length - (length % 1) : most) : 0;
}

/** Sorts anything with a length: undefined items come last, and after them what is missing. */
function sortItems(list: Items, order: ItemOrder, sorter: Sorter): Items {
  const length = lengthOf(list);
  const { timSort, newList } = sorter;
  const work: unknown[] = newList();
  let found = 0;
  let blanks = 0;
  for (let i = 0; i < length; i++) {
    if (!(i in list)) continue;
    const item = list[i];
    if (item === undefined) blanks++;
    else work[found++] = item;
  }
  if (found > 1) timSort({ work, order, newList, bases: newList(), lengths: newList(), runs: 0, minGallop: 7 }, found);
  let at = 0;
  for (; at < found; at++) list[at] = work[at];
  for (; at < found + blanks; at++) list[at] = undefined;
  for (; at < length; at++) delete list[at];
  return list;
}

function sortTyped(list: Items, length: number, order: ItemOrder, sorter: Sorter): Items {
  const one: unknown[] = sorter.newList();
  const other: unknown[] = sorter.newList();
  for (let i = 0; i < length; i++) one[i] = other[i] = list[i];
  const sort = (source: unknown[], target: unknown[], from: number, to: number): void => {
    const middle = from + ((to - from) >> 1);
    if (middle - from > 1) sort(target, source, from, middle);
    if (to - middle > 1) sort(target, source, middle, to);
    let left = from;
    let right = middle;
    for (let at = from; at < to; at++) {
      const takesLeft = left < middle && (right >= to || !(+order(source[left], source[right]) > 0));
      target[at] = takesLeft ? source[left++] : source[right++];
    }
  };
  if (length > 1) sort(other, one, 0, length);
  for (let i = 0; i < length; i++) list[i] = one[i];
  return list;
}

/** All functions of this file. */
export const sortFunctions: readonly ((...args: never[]) => unknown)[] = [fixSorts, lengthOf, sortItems, sortTyped];

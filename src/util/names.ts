/** Unique names that are valid JavaScript identifiers, whatever they were made from. */

import { getOrSet } from "./collections.ts";

const reserved = new Set(
  (
    "await break case catch class const continue debugger default delete do else enum export extends false finally " +
    "for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof undefined var void while with yield arguments eval NaN Infinity"
  ).split(" "),
);

const longest = 64;

/** `text` as a valid identifier: other characters become `_`, reserved words get one after them, long names are cut. */
export function identifier(text: string): string {
  const plain = text
    .slice(0, longest)
    .replace(/[^A-Za-z0-9_$]+/g, "_")
    .replace(/^(?=[0-9])/, "_");
  // `__proto__` is an identifier, but as a key of a record it would vanish.
  if (plain === "" || plain === "__proto__") return "value";
  return reserved.has(plain) ? `${plain}_` : plain;
}

/** What was handed out of one base. */
interface Stem {
  readonly plain: string;
  /** The number of the next name: 0 for the plain one. All below are taken. */
  next: number;
  /** Numbers from `next` on that were taken as plain names: `a_7` of `a`. */
  taken: Set<number> | undefined;
}

/**
 * Hands out names: the first taker of a base gets it unchanged, later ones get `base_1`, `base_2`, …; never one twice.
 */
export class UniqueNames {
  readonly #byBase = new Map<string, Stem>();
  readonly #byPlain = new Map<string, Stem>();

  /** A name made from `base` that was not handed out before. */
  take(base: string): string {
    return this.textOf(base, this.takeNumber(base));
  }

  /** As {@link take}, but only the number in the name. A name takes memory, and of most nobody asks for the text. */
  takeNumber(base: string): number {
    const stem = this.#stemOf(base);
    let number = stem.next;
    if (number === 0 && !this.#takePlain(stem.plain)) number = 1;
    while (stem.taken?.has(number)) number += 1;
    stem.next = number + 1;
    return number;
  }

  /** The name that {@link takeNumber} handed out. */
  textOf(base: string, number: number): string {
    const { plain } = this.#stemOf(base);
    return number === 0 ? plain : `${plain}_${number}`;
  }

  /** A graph has many nodes, but few bases. */
  #stemOf(base: string): Stem {
    return getOrSet(this.#byBase, base, () => this.#stemOfPlain(identifier(base)));
  }

  #stemOfPlain(plain: string): Stem {
    return getOrSet(this.#byPlain, plain, () => ({ plain, next: 0, taken: undefined }));
  }

  /** Takes a plain name, unless it was handed out as one with a number: `a_1` as the second of `a`. */
  #takePlain(plain: string): boolean {
    const [, base, digits] = /^(.+)_([1-9]\d*)$/.exec(plain) ?? [];
    if (base === undefined) return true;
    const stem = this.#stemOfPlain(base);
    if (Number(digits) < stem.next) return false;
    stem.taken ??= new Set();
    stem.taken.add(Number(digits));
    return true;
  }
}

/** Names that are none of those that are taken. */
export function namesBeside(taken: Iterable<string>): UniqueNames {
  const unique = new UniqueNames();
  for (const name of taken) unique.take(name);
  return unique;
}

/** The bases as names, in their order, each unique among them. */
export function uniqueNames(bases: readonly string[]): readonly string[] {
  const unique = new UniqueNames();
  return bases.map((base) => unique.take(base));
}

/** True when a name in a source file can be the running one: esbuild puts a number behind a name that is taken. */
export function sameName(source: string, running: string): boolean {
  return running.startsWith(source) && /^\d*$/.test(running.slice(source.length));
}

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

/**
 * Hands out names: the first taker of a base gets it unchanged, later ones get `base_1`, `base_2`, …; never one twice.
 */
export class UniqueNames {
  readonly #used = new Set<string>();
  readonly #next = new Map<string, number>();
  readonly #plain = new Map<string, string>();

  /** A name made from `base` that was not handed out before. */
  take(base: string): string {
    // A graph has many nodes, but few bases.
    const plain = getOrSet(this.#plain, base, () => identifier(base));
    let name = plain;
    let count = this.#next.get(plain) ?? 0;
    // A base such as `a_1` may have taken the name that is next for `a`.
    while (count > 0 || this.#used.has(name)) {
      count = Math.max(count, 1);
      name = `${plain}_${count}`;
      if (!this.#used.has(name)) break;
      count += 1;
    }
    this.#next.set(plain, count + 1);
    this.#used.add(name);
    return name;
  }
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

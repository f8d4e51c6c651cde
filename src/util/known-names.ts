/** Refuses unknown names, such as a misspelt option, which would otherwise be ignored. */

import { closest, distance } from "fastest-levenshtein";
import { TracegradError } from "./errors.ts";

/** All names of a type: the compiler misses none. */
export type NamesOf<T> = { readonly [K in keyof Required<T>]: true };

/**
 * Throws when `given` has a name that is none of `known`, with the nearest one. Names whose value is undefined are
 * passed over.
 *
 * @param whose What has the names, such as `train` or `budget`.
 * @throws TracegradError `bad-option`.
 */
export function requireKnown<T extends object>(whose: string, given: T, known: NamesOf<T>): void {
  requireKnownNames(whose, given, Object.keys(known));
}

/** {@link requireKnown} with the known names as a list. */
export function requireKnownNames(owner: string, given: object, names: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || names.includes(name)) continue;
    const near = nearest(name, names);
    const fix = near === undefined ? `It has ${names.join(", ")}.` : `Did you mean "${near}"?`;
    throw new TracegradError("bad-option", `${owner} has no option "${name}". ${fix}`);
  }
}

/** The name that was probably meant; undefined when none is near. Case, underscores and hyphens do not count. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const plain = names.map(plainName);
  const near = closest(plainName(name), plain);
  const isNear = distance(plainName(name), near) <= Math.max(2, Math.floor(near.length / 3));
  return isNear ? names[plain.indexOf(near)] : undefined;
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[_\s-]/g, "");
}

/** Chooses the name under which a text declares a function. */
import { identifier } from "../../util/names.ts";

/**
 * The first of the names as an identifier: `#secret` becomes `secret`, `a-b` becomes `a_b`, `delete` becomes `delete_`.
 */
export function nameFor(names: readonly (string | undefined)[]): string {
  const name = names.find(isReadable);
  return name === undefined ? "fn" : identifier(name.replace(/^#/, ""));
}

/** True for a name of which something is left as an identifier. */
export function isReadable(name: string | undefined): name is string {
  return name !== undefined && /[\w$]/.test(name);
}

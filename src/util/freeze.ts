/** Freezes data, so that nobody changes a value that others hold too. */

import { isContainer } from "./tree.ts";

/** Freezes an array or a record in place, with all arrays and records in it. What is frozen already stays as it is. */
export function freezeDeep<T>(value: T): T {
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (!isContainer(next) || Object.isFrozen(next)) continue;
    Object.freeze(next);
    for (const item of Object.values(next)) stack.push(item);
  }
  return value;
}

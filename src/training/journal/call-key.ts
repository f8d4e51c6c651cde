/** The key of a call: its path, the hash of its request, and an index; and what the path says of who made the call. */

import type { Role } from "../types.ts";

/** The path segment of whatever a judge calls. */
export const JUDGE = "judge";

/** The key of the `index`-th identical request of a path. */
export function keyOf(path: string, hash: string, index: number): string {
  return `${path}:${hash}:${index}`;
}

/** The path of a call's key: without the hash and the index at its end. */
export function pathOf(key: string): string {
  return key.slice(0, key.lastIndexOf(":", key.lastIndexOf(":") - 1));
}

/**
 * Who made the call with the given key, by its path: the judge under a segment `judge`; the optimizer in `step 3` and
 * in `proposal …`, also of a round; else the agent. Journals hold keys, so that a resumed run counts as the one before
 * it did.
 */
export function roleOf(key: string): Role {
  const segments = pathOf(key).split("/");
  if (segments.includes(JUDGE)) return "judge";
  const [first = "", second = ""] = segments;
  const start = first.startsWith("round ") ? second : first;
  const isOptimizer = start.startsWith("step ") || segments.some((segment) => /^proposal \d+$/.test(segment));
  return isOptimizer ? "optimizer" : "agent";
}

/**
 * Whether a judge asks about a sealed example there: the request and the reply may tell its target, which no file may
 * hold.
 */
export function isSealed(path: string): boolean {
  const [program = "", split, ...rest] = path.split("/");
  return program.startsWith("candidate ") && split === "test" && rest.includes(JUDGE);
}

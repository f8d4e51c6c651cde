/** The key of a call: its path, the hash of its request, and an index; and which role made the call, by its path. */

import type { Role } from "../types.ts";

/** The path segment of every call that a judge makes. */
export const JUDGE = "judge";

/** The key of the `index`-th identical request of a path. */
export function keyOf(path: string, hash: string, index: number): string {
  return `${path}:${hash}:${index}`;
}

/** The path in a call's key: without the hash and the index at its end. */
export function pathOf(key: string): string {
  return key.slice(0, key.lastIndexOf(":", key.lastIndexOf(":") - 1));
}

/**
 * The role that made the call with the given key, by its path: the judge under a segment `judge`; the optimizer in
 * `step 3` and in `proposal …`, also of a round; else the agent. Journals store keys, so a resumed run counts in the
 * same way.
 */
export function roleOf(key: string): Role {
  return roleAt(pathOf(key));
}

/** The role that makes the calls of a path. */
function roleAt(path: string): Role {
  const segments = path.split("/");
  if (segments.includes(JUDGE)) return "judge";
  const [first = "", second = ""] = segments;
  const start = first.startsWith("round ") ? second : first;
  const isOptimizer = start.startsWith("step ") || segments.some((segment) => /^proposal \d+$/.test(segment));
  return isOptimizer ? "optimizer" : "agent";
}

/**
 * How urgent the calls of a path are: a judge and an optimizer hold up all that follows, one rollout of many does not.
 */
export function urgencyAt(path: string): number {
  return roleAt(path) === "agent" ? 0 : 1;
}

/**
 * Whether a call at this path is a judge's call about a sealed example: the request and the reply may reveal the
 * target, which must not be in any file.
 */
export function isSealed(path: string): boolean {
  const [first = "", split, ...rest] = path.split("/");
  return first.startsWith("candidate ") && split === "test" && rest.includes(JUDGE);
}

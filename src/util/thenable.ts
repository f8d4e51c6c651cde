/** What can be awaited. */

/** True for promises and for any object with a `then` method. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  try {
    return value instanceof Promise || typeof (value as { then?: unknown }).then === "function";
  } catch {
    // A getter or a Proxy that throws: it is kept as a value.
    return false;
  }
}

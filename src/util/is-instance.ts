/** Classes of values that may be anything. */

/** Whether `value` is of `Class`. False for a hostile Proxy, which throws when it is asked. */
export function isInstance<T>(value: unknown, Class: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof Class;
  } catch {
    return false;
  }
}

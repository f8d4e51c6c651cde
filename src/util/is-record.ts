/** Narrowing of unknown values to objects. */

/** True for every object: records, arrays, instances of classes. False for functions. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** True for an object that is not an array: what has fields to be read by name. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value);
}

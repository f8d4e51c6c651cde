/** A short name for the type of a value, such as `record`, `array`, `date`. */

/**
 * The type of `value` in a word: `typeof` for primitives, else `array`, `record`, or the class with a small first
 * letter.
 */
export function typeName(value: unknown): string {
  try {
    return nameOf(value);
  } catch {
    // A Proxy that throws.
    return "object";
  }
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value !== "object") return typeof value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return "record";
  const { constructor } = prototype as { constructor?: unknown };
  const name = typeof constructor === "function" ? constructor.name : "";
  return name === "" ? "object" : name.charAt(0).toLowerCase() + name.slice(1);
}

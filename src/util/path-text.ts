/** Keys and paths into values as text, as JavaScript writes them: `order.items[0]["unit price"]`. */

/** Whether JavaScript can write `key` without quotes: it is an identifier. */
export function isPlainKey(key: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(key);
}

/** A key in a record: `price`, or `"unit price"`. */
export function keyText(key: string): string {
  return isPlainKey(key) ? key : JSON.stringify(key);
}

/** One step of a path: `.price`, `["unit price"]` or `[0]`. */
export function stepText(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return isPlainKey(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

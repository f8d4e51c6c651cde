/** Text that a prompt shows already, named inside the values that hold it instead of repeated there. */

/** A shorter text is as clear as its name. */
const [minLength, maxDepth] = [20, 4];

/** `value` with `${name}` for each `text` in its strings; itself when it holds none, or cannot be read. */
export function withNamedText(value: unknown, text: string, name: string): unknown {
  if (text.length < minLength) return value;
  try {
    return named(value, text, name, maxDepth);
  } catch {
    // A Proxy or a getter that throws: a preview shows it as unreadable.
    return value;
  }
}

function named(value: unknown, text: string, name: string, depth: number): unknown {
  if (typeof value === "string") return value.includes(text) ? value.replaceAll(text, () => `\${${name}}`) : value;
  if (depth === 0 || typeof value !== "object" || value === null) return value;
  const inner = (item: unknown) => named(item, text, name, depth - 1);
  if (Array.isArray(value)) {
    const items = value.map(inner);
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const fields = Object.entries(value);
  const replaced = fields.map(([key, item]) => [key, inner(item)] as const);
  return replaced.every(([, item], at) => item === fields[at]?.[1]) ? value : Object.fromEntries(replaced);
}

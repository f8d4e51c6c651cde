/** Text that a prompt shows already, named inside the values that hold it instead of repeated there. */

/** A shorter text is as clear as its name. */
const [minLength, maxDepth] = [20, 4];

/** `value` with `${name}` for each `text` in its strings; itself when it holds none. */
export function withNamedText(value: unknown, text: string, name: string, depth: number = maxDepth): unknown {
  if (text.length < minLength) return value;
  if (typeof value === "string") return value.includes(text) ? value.replaceAll(text, () => `\${${name}}`) : value;
  if (depth === 0 || typeof value !== "object" || value === null) return value;
  const inner = (item: unknown) => withNamedText(item, text, name, depth - 1);
  if (Array.isArray(value)) {
    const items = value.map(inner);
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const fields = Object.entries(value);
  const named = fields.map(([key, item]) => [key, inner(item)] as const);
  return named.every(([, item], at) => item === fields[at]?.[1]) ? value : Object.fromEntries(named);
}

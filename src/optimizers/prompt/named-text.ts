/** Text that a prompt shows already, named inside the values that hold it instead of repeated there. */

/** A shorter text is as clear as its name. What a prompt shows of a value lies within the depth and the parts. */
const [minLength, maxDepth, maxParts] = [20, 4, 10_000];

/** `value` with `${name}` for each `text` in its strings; itself when it holds none, or cannot be read. */
export function withNamedText(value: unknown, text: string, name: string): unknown {
  if (text.length < minLength) return value;
  try {
    return new Naming(text, name).within(value, maxDepth);
  } catch {
    // A Proxy or a getter that throws: a preview shows it as unreadable.
    return value;
  }
}

/** Writes the name into each array and record once a depth: data may be cyclic, and hold a part many times. */
class Naming {
  readonly #text: string;
  readonly #name: string;
  readonly #known = Array.from({ length: maxDepth + 1 }, () => new Map<object, unknown>());
  #left = maxParts;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  within(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.#inText(value);
    if (depth === 0 || typeof value !== "object" || value === null) return value;
    const known = this.#known[depth] as Map<object, unknown>;
    if (!known.has(value)) known.set(value, this.#inParts(value, depth - 1));
    return known.get(value);
  }

  #inText(value: string): string {
    return value.includes(this.#text) ? value.replaceAll(this.#text, () => `\${${this.#name}}`) : value;
  }

  #inParts(value: object, depth: number): unknown {
    const inner = (item: unknown) => (this.#left-- > 0 ? this.within(item, depth) : item);
    if (Array.isArray(value)) {
      const items = value.map(inner);
      return items.every((item, at) => item === value[at]) ? value : items;
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    const fields = Object.entries(value);
    const replaced = fields.map(([key, item]) => [key, inner(item)] as const);
    return replaced.every(([, item], at) => item === fields[at]?.[1]) ? value : Object.fromEntries(replaced);
  }
}

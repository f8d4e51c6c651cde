/** A short, deterministic text of any value, for people and prompts. Bounded in time and length; never throws. */

import { headOf } from "./cut.ts";
import { type ImageText, imageName, imageOf } from "./images.ts";
import { isPlainKey } from "./path-text.ts";
import { typeName } from "./type-name.ts";

/** The longest text of a number, such as `-1.2345678901234567e-300`. */
const maxNumber = 24;

/** A value with a text under this key is shown as that text. */
export const previewText: unique symbol = Symbol("previewText");

/**
 * `value` as a text of about `limit` characters at most, in the style of a JavaScript literal. What is left out is
 * marked with `…`. Getters and proxies that throw, cycles and very deep data are shown as what they are.
 * @param textOf What is written for an image. Default: that it is one, and never its data.
 */
export function preview(value: unknown, limit = 200, textOf: ImageText = imageName): string {
  // Most cells of tables are numbers.
  if (typeof value === "number" && limit >= maxNumber) return Object.is(value, -0) ? "-0" : String(value);
  const writer = new Writer(limit, textOf);
  writer.value(value);
  return writer.text.length > limit + 1 ? `${headOf(writer.text, limit)}…` : writer.text;
}

function functionText(value: { readonly name: unknown }): string {
  try {
    return `[function ${String(value.name)}]`;
  } catch {
    // A Proxy, or a static getter, that throws.
    return "[unreadable]";
  }
}

/** The text that an object gives of itself; undefined for the `[object Object]` of those that give none. */
export function ownText(value: object): string | undefined {
  const { toString } = value as { toString?: unknown };
  if (typeof toString !== "function" || toString === Object.prototype.toString) return undefined;
  const text: unknown = toString.call(value);
  return typeof text === "string" && !text.startsWith("[object ") ? text : undefined;
}

class Writer {
  text = "";
  readonly #limit: number;
  readonly #textOf: ImageText;
  readonly #above: object[] = [];

  constructor(limit: number, textOf: ImageText) {
    this.#limit = limit;
    this.#textOf = textOf;
  }

  get #full(): boolean {
    return this.text.length > this.#limit;
  }

  value(value: unknown): void {
    const image = imageOf(value);
    const imageText = image === undefined ? undefined : this.#textOf(image);
    if (imageText !== undefined) this.text += imageText;
    else if (typeof value === "string") {
      // Cut before quoting: a string may be half a gigabyte.
      this.text += JSON.stringify(headOf(value, this.#limit + 2));
    } else if (typeof value === "bigint") this.text += `${value}n`;
    else if (Object.is(value, -0)) this.text += "-0";
    else if (typeof value === "function") this.text += functionText(value);
    else if (typeof value !== "object" || value === null) this.text += String(value);
    else this.#object(value);
  }

  #object(value: object): void {
    if (this.#above.includes(value)) this.text += "[circular]";
    else if (this.#above.length > 50) this.text += "[deep]";
    else {
      const before = this.text.length;
      this.#above.push(value);
      try {
        this.#parts(value);
      } catch {
        this.text = `${this.text.slice(0, before)}[unreadable]`;
      }
      this.#above.pop();
    }
  }

  #parts(value: object): void {
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      const items = value as unknown as ArrayLike<unknown>;
      this.#list(Array.isArray(value) ? "[" : `${value.constructor.name}([`, items, Array.isArray(value) ? "]" : "])");
    } else if (value instanceof Date)
      this.text += Number.isNaN(value.getTime()) ? "Date(invalid)" : `Date(${value.toISOString()})`;
    else if (value instanceof Error)
      this.text += `${value.name}(${JSON.stringify(headOf(String(value.message), this.#limit))})`;
    else if (value instanceof RegExp) this.text += String(value);
    else if (previewText in value) this.text += headOf(String(value[previewText]), this.#limit + 2);
    else if (value instanceof Map) this.#fields(`Map(${value.size}) {`, value.entries(), " => ");
    else if (value instanceof Set) this.#list(`Set(${value.size}) [`, [...value].slice(0, this.#limit), "]");
    else {
      const type = typeName(value);
      const fields = Object.entries(value);
      const own = type === "record" || fields.length > 0 ? undefined : ownText(value);
      if (own === undefined) this.#fields(type === "record" ? "{" : `${type} {`, fields, ": ");
      else this.text += headOf(own, this.#limit + 2);
    }
  }

  #list(open: string, items: ArrayLike<unknown>, close: string): void {
    this.text += open;
    for (let index = 0; index < items.length; index++) {
      if (index > 0) this.text += ", ";
      if (this.#full) return void (this.text += "…");
      this.value(items[index]);
    }
    this.text += close;
  }

  #fields(open: string, fields: Iterable<readonly [unknown, unknown]>, sign: string): void {
    this.text += open;
    let first = true;
    for (const [key, value] of fields) {
      this.text += first ? " " : ", ";
      first = false;
      if (this.#full) return void (this.text += "…");
      const plain = typeof key === "string" && isPlainKey(key);
      if (plain) this.text += key;
      else this.value(key);
      this.text += sign;
      this.value(value);
    }
    this.text += first ? "}" : " }";
  }
}

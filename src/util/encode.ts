/**
 * Any value as JSON: what JSON cannot hold is tagged `{ "$type": … }`, and of what nothing can hold a preview is kept.
 */

import { isAnyArrayBuffer, isArrayBufferView, isDate, isMap, isNativeError, isRegExp, isSet } from "node:util/types";
import { byteTypes, type Json, maxDepth, setField } from "./decode.ts";
import { Opaque } from "./opaque.ts";
import { preview } from "./preview.ts";
import { typeName } from "./type-name.ts";

export { decode, type Json } from "./decode.ts";
export { Opaque } from "./opaque.ts";

/** How many characters of a value that has no JSON form are kept. */
const previewLimit = 200;
/**
 * The most items of arrays, records, maps and sets in one value: data that share parts may expand to far more than they
 * hold.
 */
const maxItems = 1_000_000;

/**
 * `value` as JSON, for `decode` to read back. JSON encodes to itself. Tagged are undefined (holes of arrays too), NaN,
 * the infinities, -0, bigints, dates, regular expressions, maps, sets, bytes, errors (name and message), and records
 * with their own `$type`. Functions, symbols, class instances, promises, cycles, data deeper than 200 levels or
 * larger than a million items, and what throws when it is read, become the preview of an {@link Opaque}. Never throws;
 * keys that are symbols are left out.
 */
export function encode(value: unknown): Json {
  return new Encoder().value(value);
}

class Encoder {
  readonly #above: object[] = [];
  /** Shared objects are described once. */
  readonly #opaque = new Map<unknown, Json>();
  #left = maxItems;

  value(value: unknown): Json {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") return encodedNumber(value);
    if (value === undefined) return { $type: "undefined" };
    if (typeof value === "bigint") return { $type: "bigint", value: String(value) };
    if (typeof value !== "object") return this.#described(value);
    if (this.#above.includes(value)) return { $type: "opaque", type: "cycle", preview: "[circular]" };
    this.#above.push(value);
    let json: Json | undefined;
    try {
      json = this.#object(value);
    } catch {
      // A getter, a proxy or a detached buffer that throws: it is described below.
    }
    this.#above.pop();
    return json ?? this.#described(value);
  }

  /** Undefined for what has no JSON form. */
  #object(value: object): Json | undefined {
    if (value instanceof Opaque) return { $type: "opaque", type: value.type, preview: value.preview };
    if (isNativeError(value)) return { $type: "error", name: String(value.name), message: String(value.message) };
    if (isArrayBufferView(value) || isAnyArrayBuffer(value)) return encodedBytes(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (isDate(value)) return prototype === Date.prototype ? encodedDate(value) : undefined;
    if (isRegExp(value)) {
      if (prototype !== RegExp.prototype) return undefined;
      return { $type: "regexp", source: String(value.source), flags: String(value.flags) };
    }
    return this.#above.length > maxDepth ? undefined : this.#container(value, prototype);
  }

  #container(value: object, prototype: unknown): Json | undefined {
    if (Array.isArray(value)) {
      const length = Number(value.length);
      if (prototype !== Array.prototype || !this.#spend(length)) return undefined;
      // By index, which visits holes and asks no iterator that the array may have been given.
      return Array.from({ length }, (_, index) => this.value(value[index]));
    }
    if (isMap(value)) {
      if (prototype !== Map.prototype || !this.#spend(value.size)) return undefined;
      const entries: Json[] = [];
      Map.prototype.forEach.call(value, (item, key) => entries.push([this.value(key), this.value(item)]));
      return { $type: "map", entries };
    }
    if (isSet(value)) {
      if (prototype !== Set.prototype || !this.#spend(value.size)) return undefined;
      const items: Json[] = [];
      Set.prototype.forEach.call(value, (item) => items.push(this.value(item)));
      return { $type: "set", items };
    }
    return typeName(value) === "record" ? this.#record(value) : undefined;
  }

  #record(value: object): Json | undefined {
    const keys = Object.keys(value);
    if (!this.#spend(keys.length)) return undefined;
    const read = (key: string) => this.value((value as Record<string, unknown>)[key]);
    if (keys.includes("$type")) return { $type: "record", entries: keys.map((key) => [key, read(key)]) };
    const json: Record<string, Json> = {};
    for (const key of keys) setField(json, key, read(key));
    return json;
  }

  #spend(items: number): boolean {
    // So that NaN, which a proxy may give as its length, is refused as well.
    if (!(items <= this.#left)) return false;
    this.#left -= items;
    return true;
  }

  #described(value: unknown): Json {
    const known = this.#opaque.get(value);
    if (known !== undefined) return known;
    const json = described(value);
    this.#opaque.set(value, json);
    return json;
  }
}

function encodedNumber(value: number): Json {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { $type: "number", value: Object.is(value, -0) ? "-0" : String(value) };
}

function encodedDate(value: Date): Json {
  const time = Date.prototype.getTime.call(value);
  return { $type: "date", value: Number.isNaN(time) ? null : new Date(time).toISOString() };
}

function encodedBytes(value: ArrayBufferView | ArrayBufferLike): Json | undefined {
  const of = value.constructor.name;
  if (!Object.hasOwn(byteTypes, of) || Object.getPrototypeOf(value) !== byteTypes[of]?.prototype) return undefined;
  const bytes = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
  return { $type: "bytes", of, base64: bytes.toString("base64") };
}

function described(value: unknown): Json {
  try {
    return { $type: "opaque", type: typeName(value), preview: preview(value, previewLimit) };
  } catch {
    return { $type: "opaque", type: typeof value, preview: "[unreadable]" };
  }
}

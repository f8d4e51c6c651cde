/** Reads values back from the JSON that `encode` makes. */

import { Opaque } from "./opaque.ts";

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Containers inside each other, at most. */
export const maxDepth = 200;

type BytesOf = (new (buffer: ArrayBuffer) => object) & { readonly prototype: object };
const bufferOf = { prototype: ArrayBuffer.prototype };

/** The types of bytes that are distinguished, by name. */
export const byteTypes: Readonly<Record<string, { readonly prototype: object }>> = {
  ArrayBuffer: bufferOf,
  Buffer,
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
};

/** Sets an own field, whatever its key: assigning `__proto__` would set the prototype instead. */
export function setField<T>(record: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") record[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

type Tagged = Readonly<Record<string, Json>>;

/** The value that `json` encodes. A tag that `encode` does not make becomes an {@link Opaque}. Never throws. */
export function decode(json: Json): unknown {
  return decoded(json, 0);
}

function decoded(json: Json, depth: number): unknown {
  if (typeof json !== "object" || json === null) return json;
  const tagged = !Array.isArray(json) && Object.hasOwn(json, "$type");
  if (tagged) {
    const reader = readers.get((json as Tagged)["$type"]);
    try {
      const value = reader?.(json as Tagged, depth);
      if (value !== undefined || reader === readUndefined) return value;
    } catch {
      // Not what `encode` makes: see below.
    }
    const type = (json as Tagged)["$type"];
    return new Opaque(typeof type === "string" ? type : "unknown", "[unreadable]");
  }
  if (depth >= maxDepth) return tooDeep;
  if (Array.isArray(json)) return json.map((item: Json) => decoded(item, depth + 1));
  const record: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(json)) setField(record, key, decoded(item, depth + 1));
  return record;
}

const tooDeep = new Opaque("deep", "[deep]");
const readUndefined = () => undefined;

/** A reader gives undefined, or throws, for what is not a tag of its kind. */
const readers: ReadonlyMap<unknown, (json: Tagged, depth: number) => unknown> = new Map<
  unknown,
  (json: Tagged, depth: number) => unknown
>([
  ["undefined", readUndefined],
  ["number", ({ value }) => (value === "-0" ? -0 : value === "NaN" ? Number.NaN : infinityOf(value))],
  ["bigint", ({ value }) => (/^-?\d+$/.test(text(value)) ? BigInt(text(value)) : undefined)],
  ["date", ({ value }) => new Date(value === null ? Number.NaN : text(value))],
  ["regexp", ({ source, flags }) => new RegExp(text(source), text(flags))],
  ["bytes", readBytes],
  ["error", readError],
  ["opaque", (json) => new Opaque(text(json["type"]), text(json["preview"]))],
  ["map", ({ entries }, depth) => inside(depth, () => new Map(pairs(entries, depth, decodedKey)))],
  ["set", ({ items }, depth) => inside(depth, () => new Set(list(items).map((item) => decoded(item, depth + 1))))],
  ["record", ({ entries }, depth) => inside(depth, () => recordOf(pairs(entries, depth, text)))],
]);

function inside(depth: number, read: () => unknown): unknown {
  return depth >= maxDepth ? tooDeep : read();
}

function infinityOf(value: Json | undefined): number | undefined {
  if (value === "Infinity") return Infinity;
  return value === "-Infinity" ? -Infinity : undefined;
}

function readBytes({ of, base64 }: Tagged): unknown {
  const name = text(of);
  const bytes = Buffer.from(text(base64), "base64");
  if (name === "Buffer") return bytes;
  // A copy, since small buffers share one large memory.
  const { buffer } = new Uint8Array(bytes);
  if (name === "ArrayBuffer") return buffer;
  return Object.hasOwn(byteTypes, name) ? new (byteTypes[name] as BytesOf)(buffer) : undefined;
}

function readError({ name, message }: Tagged): Error {
  const error = new Error(text(message));
  // An error read back has no stack: this one would show where it was read.
  Object.defineProperty(error, "stack", { value: `${text(name)}: ${text(message)}` });
  if (name !== "Error") Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return error;
}

function recordOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [key, value] of entries) setField(record, key, value);
  return record;
}

function pairs<K>(
  json: Json | undefined,
  depth: number,
  readKey: (key: Json, depth: number) => K,
): (readonly [K, unknown])[] {
  return list(json).map((entry) => {
    const [key, value] = list(entry);
    return [readKey(key as Json, depth), decoded(value as Json, depth + 1)] as const;
  });
}

function decodedKey(key: Json, depth: number): unknown {
  return decoded(key, depth + 1);
}

function text(json: Json | undefined): string {
  if (typeof json === "string") return json;
  throw new TypeError("not a text");
}

function list(json: Json | undefined): readonly Json[] {
  if (Array.isArray(json)) return json as readonly Json[];
  throw new TypeError("not an array");
}

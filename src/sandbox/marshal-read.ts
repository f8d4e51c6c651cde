/**
 * Reads the text that marshal-write.ts makes, and refuses any other tag. The functions run on both sides of the border,
 * so each uses only its arguments and its siblings of this file: they are handed over as text.
 */
import type { Tools, TypedArrayMaker, WireJson } from "./marshal-tools.ts";

function isShallow(t: Tools, value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  // A tag adds levels of its own, so the reader allows more than the writer.
  if (depth > 4 * t.maxDepth) return false;
  const items = t.isArray(value) ? value : t.keys(value).map((key) => (value as Record<string, unknown>)[key]);
  for (let i = 0; i < items.length; i++) if (!isShallow(t, items[i], depth + 1)) return false;
  return true;
}

/** Gives the value of a text of `encodeWith`; `trusted` skips the check that keeps forged depth out. */
export function decodeWith(t: Tools, text: string, trusted: boolean): unknown {
  const value = t.parse(text);
  if (!trusted && !isShallow(t, value, 0)) throw new t.TypeError("a value from the other side is nested too deep");
  return t.apply(t.includes, text, [t.mark]) === true ? unpack(t, value) : value;
}

function unpack(t: Tools, value: WireJson): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (t.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = unpack(t, value[i] as WireJson) as WireJson;
    return value;
  }
  const keys = t.keys(value);
  if (keys.length === 2 && keys[0] === t.tag && keys[1] === "v") {
    const item = unpackTagged(t, value[t.tag] as WireJson, value["v"] as WireJson);
    if (item === t) throw new t.TypeError("a value from the other side has a malformed tag");
    return item;
  }
  // The key exists already as an own property, so that even `__proto__` is only overwritten and sets no prototype.
  for (let i = 0; i < keys.length; i++)
    value[keys[i] as string] = unpack(t, value[keys[i] as string] as WireJson) as WireJson;
  return value;
}

/** Gives `t` itself for a malformed tag. */
function unpackTagged(t: Tools, kind: WireJson, v: WireJson): unknown {
  if (kind === "undefined") return undefined;
  if (kind === "number") return t.Number(v);
  if (kind === "Date") return new t.Date(v === null ? 0 / 0 : t.Number(v));
  // A longer one would keep the reader busy for seconds; the engine inside cannot make one either.
  if (kind === "bigint") return typeof v === "string" && v.length < 400_000 ? t.BigInt(v) : t;
  if (kind === "record" && typeof v === "string") return unpackRecord(t, t.parse(v));
  if (kind === "Error" && typeof v === "object" && v !== null && !t.isArray(v)) return unpackError(t, v);
  if (!t.isArray(v)) return t;
  if (kind === "RegExp") return new t.RegExp(t.String(v[0]), t.String(v[1]));
  if (kind === "Map" || kind === "Set") return unpackCollection(t, kind, v);
  return unpackBytes(t, kind, v);
}

function unpackCollection(t: Tools, kind: "Map" | "Set", items: WireJson[]): unknown {
  const map = new t.Map();
  const set = new t.Set();
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as WireJson;
    if (kind === "Set") t.apply(t.setAdd, set, [unpack(t, item)]);
    else if (!t.isArray(item)) return t;
    else t.apply(t.mapSet, map, [unpack(t, item[0] as WireJson), unpack(t, item[1] as WireJson)]);
  }
  return kind === "Map" ? map : set;
}

function unpackRecord(t: Tools, value: WireJson): unknown {
  if (typeof value !== "object" || value === null || t.isArray(value) || !isShallow(t, value, 0)) return t;
  const keys = t.keys(value);
  for (let i = 0; i < keys.length; i++)
    value[keys[i] as string] = unpack(t, value[keys[i] as string] as WireJson) as WireJson;
  return value;
}

function unpackBytes(t: Tools, kind: WireJson, items: WireJson[]): unknown {
  if (typeof kind !== "string") return t;
  const big = kind === "BigInt64Array" || kind === "BigUint64Array";
  const numbers: unknown[] = [];
  for (let i = 0; i < items.length; i++) numbers[i] = big ? t.BigInt(t.String(items[i])) : t.Number(items[i]);
  if (kind === "ArrayBuffer") return t.bytes.from(numbers).buffer;
  return kind in t.makers ? (t.makers[kind] as TypedArrayMaker).from(numbers) : t;
}

function unpackError(t: Tools, v: { [key: string]: WireJson }): Error {
  const name = t.String(v["name"]);
  const error = new (t.errors[name] ?? (t.errors["Error"] as Tools["errors"][string]))(t.String(v["message"]));
  const own = { writable: true, enumerable: false, configurable: true };
  if (error.name !== name) t.define(error, "name", { value: name, ...own });
  if (v["cause"] !== undefined) t.define(error, "cause", { value: unpack(t, v["cause"]), ...own });
  return error;
}

/** The name of the function that the core takes from the rest, as it stands in the texts. */
export const unpackName: string = unpack.name;

/** The text of what plain JSON needs on the side that trusts the other; it never asks for `isShallow`. */
export function readerCore(): string {
  return String(decodeWith);
}

/** The text of the other functions of this file. */
export function readerRest(): string {
  return [isShallow, unpack, unpackTagged, unpackCollection, unpackRecord, unpackBytes, unpackError].join("\n");
}

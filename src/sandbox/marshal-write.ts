/**
 * Writes a value as JSON text, with tags for what JSON cannot hold. The functions run on both sides of the border, so
 * each uses only its arguments and its siblings of this file: they are handed over as text.
 */
import type { Fn, Tools, WireJson } from "./marshal-tools.ts";

/** The outcome of encoding: the text, or what is wrong and where. */
export type Encoded = { readonly text: string; readonly problem?: undefined } | { readonly problem: string };

interface WriteWalk {
  readonly path: (string | number)[];
  readonly above: object[];
  readonly label: string;
  left: number;
  problem: string;
}

/** True when JSON holds `value` exactly; says no, too, to what is too deep or too large. */
function isPlain(t: Tools, value: unknown, depth: number, walk: { left: number }): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return value - value === 0 && (value !== 0 || 1 / value > 0);
  if (typeof value !== "object" || depth > t.maxDepth) return false;
  if (t.isArray(value)) {
    if ((walk.left -= value.length) < 0) return false;
    for (let i = 0; i < value.length; i++) if (!isPlain(t, value[i], depth + 1, walk)) return false;
    return true;
  }
  const proto = t.protoOf(value);
  if (proto !== t.objectProto && proto !== null) return false;
  const keys = t.keys(value);
  if ((walk.left -= keys.length) < 0) return false;
  for (let i = 0; i < keys.length; i++) {
    if (!isPlain(t, (value as Record<string, unknown>)[keys[i] as string], depth + 1, walk)) return false;
  }
  return true;
}

function refuse(t: Tools, walk: WriteWalk, problem: string): never {
  let path = walk.label;
  for (let i = 0; i < walk.path.length && i < 12; i++) {
    const key = walk.path[i];
    path += typeof key === "number" ? `[${key}]` : `.${t.apply(t.slice, key, [0, 60]) as string}`;
  }
  walk.problem = `${path}${walk.path.length > 12 ? "…" : ""} ${problem}`;
  throw walk;
}

function packAt(t: Tools, walk: WriteWalk, key: string | number, value: unknown): WireJson {
  const length = walk.path.length;
  walk.path[length] = key;
  const packed = pack(t, walk, value);
  walk.path.length = length;
  return packed;
}

function tagged(t: Tools, kind: string, value: WireJson): WireJson {
  const record = t.create(null);
  record[t.tag] = kind;
  record["v"] = value;
  return record;
}

function pack(t: Tools, walk: WriteWalk, value: unknown): WireJson {
  if (walk.left-- < 0) refuse(t, walk, "makes the value too large to pass");
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (value === undefined) return tagged(t, "undefined", null);
  if (typeof value === "number") {
    if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
    return tagged(t, "number", value === 0 ? "-0" : t.String(value));
  }
  if (typeof value === "bigint") return tagged(t, "bigint", t.String(value));
  if (typeof value !== "object") {
    const hint = typeof value === "function" ? " (host functions go into the bundle's `scope` option)" : "";
    refuse(t, walk, `is a ${typeof value}; only data passes in and out of sandboxed code${hint}`);
  }
  const depth = walk.above.length;
  for (let i = 0; i < depth; i++) {
    if (walk.above[i] === value) refuse(t, walk, "contains itself; only trees of data pass the sandbox border");
  }
  if (depth > t.maxDepth) refuse(t, walk, `is nested deeper than ${t.maxDepth} levels`);
  walk.above[depth] = value;
  const packed = t.isArray(value) ? packList(t, walk, value) : packObject(t, walk, value);
  walk.above.length = depth;
  return packed;
}

function packList(t: Tools, walk: WriteWalk, list: unknown[]): WireJson[] {
  if (list.length > walk.left) refuse(t, walk, `has ${list.length} items, which makes the value too large to pass`);
  const packed: WireJson[] = [];
  for (let i = 0; i < list.length; i++) packed[i] = packAt(t, walk, i, list[i]);
  return packed;
}

function packObject(t: Tools, walk: WriteWalk, value: object): WireJson {
  const proto = t.protoOf(value);
  if (proto === t.objectProto || proto === null) return packRecord(t, walk, value);
  const kind = t.apply(t.slice, t.apply(t.toText, value, []), [8, -1]) as string;
  try {
    // Each reads an internal slot, which no object can forge; what only bears the name falls through to a record.
    if (kind === "Date") {
      const time = t.apply(t.getTime, value, []) as number;
      return tagged(t, "Date", time === time ? time : null);
    }
    if (kind in t.valueOf) return pack(t, walk, t.apply(t.valueOf[kind] as Fn, value, []));
    if (kind === "RegExp") {
      const { source, flags } = value as RegExp;
      return tagged(t, "RegExp", [`${source}`, `${flags}`]);
    }
    if (kind === "Map" || kind === "Set") return packCollection(t, walk, value, kind);
    if (kind === "ArrayBuffer") return tagged(t, kind, packBytes(t, walk, new t.bytes(value as ArrayBuffer)));
    if (kind in t.makers) return tagged(t, kind, packBytes(t, walk, value as Uint8Array));
  } catch (error) {
    if (error === walk) throw error;
  }
  if (kind === "Error") return packError(t, walk, value as Error);
  if (kind === "Promise") refuse(t, walk, "is a promise; await it before it is passed");
  if (kind === "Generator" || kind === "WeakMap" || kind === "WeakSet" || kind === "WeakRef") {
    refuse(t, walk, `is a ${kind}, which holds no data that could pass`);
  }
  return packRecord(t, walk, value);
}

function packRecord(t: Tools, walk: WriteWalk, value: object): WireJson {
  const keys = t.keys(value);
  const record = t.create(null);
  let clash = false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (key === t.tag) clash = true;
    record[key] = packAt(t, walk, key, (value as Record<string, unknown>)[key]);
  }
  return clash ? tagged(t, "record", t.stringify(record)) : record;
}

function packCollection(t: Tools, walk: WriteWalk, value: object, kind: "Map" | "Set"): WireJson {
  const items: unknown[] = [];
  const add = (item: unknown, key: unknown): void => {
    items[items.length] = kind === "Map" ? [key, item] : item;
  };
  t.apply(kind === "Map" ? t.mapForEach : t.setForEach, value, [add]);
  return tagged(t, kind, packList(t, walk, items));
}

function packBytes(t: Tools, walk: WriteWalk, view: ArrayLike<number | bigint>): WireJson[] {
  const length = view.length;
  if (length > walk.left) refuse(t, walk, `has ${length} elements, which makes the value too large to pass`);
  walk.left -= length;
  const packed: WireJson[] = [];
  for (let i = 0; i < length; i++) {
    const item = view[i] as number | bigint;
    const plain = typeof item === "number" && item - item === 0 && (item !== 0 || 1 / item > 0);
    packed[i] = plain ? (item as number) : item === 0 ? "-0" : t.String(item);
  }
  return packed;
}

function packError(t: Tools, walk: WriteWalk, error: Error): WireJson {
  const record = t.create(null);
  record["name"] = `${error.name}`;
  record["message"] = `${error.message}`;
  if (error.cause !== undefined) record["cause"] = packAt(t, walk, "cause", error.cause);
  return tagged(t, "Error", record);
}

/** Gives the text of a value, or what is wrong with it; throws only what reading the value throws. */
export function encodeWith(t: Tools, value: unknown, label: string, maxLength: number): Encoded {
  const walk: WriteWalk = { path: [], above: [], label, left: maxLength / 2, problem: "" };
  try {
    let text = isPlain(t, value, 0, walk) ? t.stringify(value) : "";
    if (text === "" || t.apply(t.includes, text, [t.mark]) === true) {
      walk.left = maxLength / 2;
      text = t.stringify(pack(t, walk, value));
    }
    if (text.length <= maxLength) return { text };
    return { problem: `${label} is ${text.length} characters as JSON; at most ${maxLength} may pass` };
  } catch (error) {
    if (error === walk) return { problem: walk.problem };
    throw error;
  }
}

/** The name of the function that the core takes from the rest, as it stands in the texts. */
export const packName: string = pack.name;

/** The text of what plain JSON needs. */
export function writerCore(): string {
  return [isPlain, encodeWith].join("\n");
}

/** The text of the other functions of this file. */
export function writerRest(): string {
  const collections = [packRecord, packCollection, packBytes, packError];
  return [refuse, packAt, tagged, pack, packList, packObject, ...collections].join("\n");
}

/**
 * Makes JSON of values that are not JSON, with tags; refuses what would lose a part on the way. The functions run on
 * both sides of the border, so each uses only its arguments and its siblings of this file: they are handed over as text.
 */
import type { Fn, PackBudget, RealmTools, SourceText, Tools, WireJson } from "./marshal-tools.ts";

interface PackWalk extends PackBudget {
  readonly path: (string | number)[];
  readonly above: object[];
  readonly label: string;
  problem: string;
}

/** A value as JSON, or what is wrong with it and where. Throws only what reading the value throws. */
export function pack(
  t: RealmTools,
  value: unknown,
  label: string,
  { left, chars }: PackBudget,
): ReturnType<Tools["pack"]> {
  const walk: PackWalk = { path: [], above: [], label, left, chars, problem: "" };
  try {
    return { json: packValue(t, walk, value) };
  } catch (error) {
    if (error === walk) return { json: null, problem: walk.problem };
    throw error;
  }
}

function refuse(t: RealmTools, walk: PackWalk, problem: string): never {
  let path = walk.label;
  for (let i = 0; i < walk.path.length && i < 12; i++) {
    const key = walk.path[i];
    path += typeof key === "number" ? `[${key}]` : `.${headText(t, key as string, 60)}`;
  }
  walk.problem = `${path}${walk.path.length > 12 ? "…" : ""} ${problem}`;
  throw walk;
}

/** The beginning of a text, cut between characters. */
function headText(t: RealmTools, text: string, max: number): string {
  if (text.length <= max) return text;
  const last = t.apply(t.codeAt, text, [max - 1]) as number;
  return t.apply(t.slice, text, [0, (last & 0xfc00) === 0xd800 ? max - 1 : max]) as string;
}

function tagged(t: RealmTools, kind: string, value: WireJson): WireJson {
  const record = t.create(null);
  record[t.tag] = kind;
  record["v"] = value;
  return record;
}

function packValue(t: RealmTools, walk: PackWalk, value: unknown): WireJson {
  if (walk.left-- < 0) refuse(t, walk, "makes the value too large to pass");
  if (typeof value === "object" && value !== null) return packObject(t, walk, value);
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") {
    if ((walk.chars -= value.length) >= 0) return value;
    refuse(t, walk, `has ${value.length} characters, which makes the value too large to pass`);
  }
  if (value === undefined) return tagged(t, "undefined", null);
  if (typeof value === "number") {
    if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
    return tagged(t, "number", value === 0 ? "-0" : t.String(value));
  }
  if (typeof value === "bigint") {
    if (value < t.maxBigInt && value > -t.maxBigInt) return tagged(t, "bigint", t.String(value));
    refuse(t, walk, "is a bigint of more than 32768 bits");
  }
  const hint = typeof value === "function" ? " (host functions go into the bundle's `scope` option)" : "";
  return refuse(t, walk, `is a ${typeof value}; only data passes in and out of sandboxed code${hint}`);
}

function packObject(t: RealmTools, walk: PackWalk, value: object): WireJson {
  const depth = walk.above.length;
  for (let i = 0; i < depth; i++) {
    if (walk.above[i] === value) refuse(t, walk, "contains itself; only trees of data pass the sandbox border");
  }
  if (depth > t.maxDepth) refuse(t, walk, `is nested deeper than ${t.maxDepth} levels`);
  if (t.isProxy(value)) refuse(t, walk, "is a Proxy, which may show other data at each look; pass a copy of its data");
  walk.above[depth] = value;
  const proto = t.protoOf(value);
  if (proto !== null && t.isProxy(proto)) refuseClass(t, walk, "");
  const kind = kindOf(t, proto);
  // The prototype of all arrays is an array itself, in other realms too; that of a class is none.
  const isList = t.isArray(value) && proto !== null && t.isArray(proto);
  if (!isList && kind === "" && proto !== null) refuseClass(t, walk, className(t, proto));
  if (t.symbols(value).length > 0) refuse(t, walk, "has a property whose key is a symbol");
  let packed: WireJson;
  if (isList) packed = packList(t, walk, value as unknown[]);
  else if (kind === "Object") packed = packFields(t, walk, value, fieldsOf(t, walk, value));
  else if (kind === "") packed = tagged(t, "bare", packFields(t, walk, value, fieldsOf(t, walk, value)));
  else if (kind in t.errors) packed = packError(t, walk, value as Error, kind);
  else packed = packBuiltIn(t, walk, value, kind) ?? refuseClass(t, walk, kind);
  walk.above.length = depth;
  return packed;
}

function refuseClass(t: RealmTools, walk: PackWalk, name: string): never {
  if (name === "Promise") refuse(t, walk, "is a promise; await it before it is passed");
  const what = name === "" ? "an object with a prototype of its own" : `an instance of ${headText(t, name, 60)}`;
  const fix = name === "Buffer" ? "`new Uint8Array(buffer)`" : "a record of those of its data that are needed";
  return refuse(t, walk, `is ${what}; only plain data passes in and out of sandboxed code: pass ${fix}`);
}

/** Undefined for what is none. */
function packBuiltIn(t: RealmTools, walk: PackWalk, value: object, kind: string): WireJson | undefined {
  const data = slotOf(t, value, kind);
  if (data === undefined) return undefined;
  if (kind in t.makers) {
    const { length } = data as ArrayLike<number>;
    if (t.extraNames(value, length).length > 0) refuse(t, walk, "has properties beside its data, which would be lost");
    return tagged(t, kind, packBytes(t, walk, data as ArrayLike<number>, length));
  }
  if (t.names(value).length > (kind === "RegExp" ? 1 : 0)) {
    refuse(t, walk, "has properties beside its data, which would be lost");
  }
  if (kind === "ArrayBuffer")
    return tagged(t, kind, packBytes(t, walk, data as Uint8Array, (data as Uint8Array).length));
  return tagged(t, kind, kind === "Date" ? (data as WireJson) : packList(t, walk, data as unknown[]));
}

/** What is inside of a built-in. No object can forge it: of what has only the prototype of one, it is undefined. */
function slotOf(t: RealmTools, value: object, kind: string): unknown {
  try {
    if (kind === "Date") {
      const time = t.apply(t.getTime, value, []) as number;
      return time === time ? time : null;
    }
    if (kind === "RegExp") {
      const { source, flags, lastIndex } = value as RegExp;
      return lastIndex === 0 ? [`${source}`, `${flags}`] : [`${source}`, `${flags}`, lastIndex];
    }
    if (kind === "Map" || kind === "Set") {
      const items: unknown[] = [];
      const add = (item: unknown, key: unknown): void => {
        items[items.length] = kind === "Map" ? [key, item] : item;
      };
      t.apply(kind === "Map" ? t.mapForEach : t.setForEach, value, [add]);
      return items;
    }
    if (kind === "ArrayBuffer") return new t.bytes(value as ArrayBuffer);
    // Both throw for what is no typed array, and for one whose buffer was transferred away, which only looks empty.
    if (!(kind in t.makers)) return undefined;
    new t.bytes(t.apply(t.bufferOf, value, []) as ArrayBuffer);
    return value;
  } catch {
    return undefined;
  }
}

/** The built-in class of a prototype, in this realm or in another; "" for every other class. */
function kindOf(t: RealmTools, proto: object | null): string {
  const known = t.apply(t.mapGet, t.kinds, [proto]) as string | undefined;
  if (known !== undefined) return known;
  const maker = makerOf(t, proto);
  if (maker === undefined || t.own(maker, "prototype")?.value !== proto) return "";
  const name = className(t, proto);
  const text = t.apply(t.fnText, maker, []);
  const isNative = t.apply(t.includes, text, ["[native code]"]) && t.apply(t.includes, text, [`function ${name}(`]);
  const isKnown = name === "Object" || name === "Date" || name === "RegExp" || name === "Map" || name === "Set";
  return isNative && (isKnown || name === "ArrayBuffer" || name in t.errors || name in t.makers) ? name : "";
}

function className(t: RealmTools, proto: object | null): string {
  const maker = makerOf(t, proto);
  const name: unknown = maker === undefined ? "" : t.own(maker, "name")?.value;
  return typeof name === "string" ? name : "";
}

/** The class whose prototype it is. */
function makerOf(t: RealmTools, proto: object | null): Fn | undefined {
  const maker: unknown = proto === null ? undefined : t.own(proto, "constructor")?.value;
  return typeof maker === "function" && !t.isProxy(maker) ? (maker as Fn) : undefined;
}

function packList(t: RealmTools, walk: PackWalk, list: unknown[]): WireJson {
  const { length } = list;
  if (!(length <= walk.left)) refuse(t, walk, `has ${length} items, which makes the value too large to pass`);
  const packed: WireJson[] = [];
  const at = walk.path.length;
  for (let i = 0; i < length; i++) {
    walk.path[at] = i;
    if (i < t.maxItems && t.apply(t.lookupGetter, list, [i]) !== undefined)
      refuse(t, walk, "is an accessor; pass its value");
    const item = list[i];
    packed[i] = item === undefined && !t.hasOwn(list, i) ? tagged(t, "hole", null) : packValue(t, walk, item);
  }
  walk.path.length = at;
  const extra = t.extraNames(list, length);
  return extra.length === 0 ? packed : tagged(t, "array", [packed, packFields(t, walk, list, extra)]);
}

function fieldsOf(t: RealmTools, walk: PackWalk, value: object): string[] {
  const keys = t.keys(value);
  if (t.names(value).length > keys.length) refuse(t, walk, "has a property that is not enumerable");
  return keys;
}

function packFields(t: RealmTools, walk: PackWalk, value: object, keys: string[]): WireJson {
  const record = t.create(null);
  const entries: WireJson[] = [];
  const at = walk.path.length;
  let clash = false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (key === t.tag) clash = true;
    walk.path[at] = key;
    walk.chars -= key.length;
    const property = t.own(value, key) as PropertyDescriptor;
    if (!t.hasOwn(property, "value")) refuse(t, walk, "is an accessor; pass its value");
    record[key] = packValue(t, walk, property.value);
    entries[i] = [key, record[key] as WireJson];
  }
  walk.path.length = at;
  return clash ? tagged(t, "record", entries) : record;
}

function packBytes(t: RealmTools, walk: PackWalk, view: ArrayLike<number | bigint>, length: number): WireJson[] {
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

function packError(t: RealmTools, walk: PackWalk, error: Error, kind: string): WireJson {
  const record = t.create(null);
  const rest: string[] = [];
  const names = t.names(error);
  for (let i = 0; i < names.length; i++) {
    const key = names[i] as string;
    // The stack tells of files and lines that mean nothing on the other side.
    if (key === "stack") continue;
    const property = t.own(error, key) as PropertyDescriptor;
    if (!t.hasOwn(property, "value")) refuse(t, walk, `has the accessor ${headText(t, key, 60)}`);
    if (key !== "name" && key !== "message") rest[rest.length] = key;
  }
  const { name, message } = error;
  if (typeof name !== "string" || typeof message !== "string") refuse(t, walk, "has a name or message that is no text");
  if ((walk.chars -= name.length + message.length) < 0) refuse(t, walk, "has a message that is too long to pass");
  record["name"] = name;
  record["message"] = message;
  if (kind !== (name in t.errors ? name : "Error")) record["class"] = kind;
  if (rest.length > 0) record["fields"] = packFields(t, walk, error, rest);
  return tagged(t, "Error", record);
}

/** The text of the functions of this file, and the name of the one that packs. */
export function packText(): SourceText {
  const kinds = [kindOf, className, makerOf, packObject, packBuiltIn, slotOf, packList, fieldsOf, packFields];
  const refusals = [refuse, headText, refuseClass];
  return { text: [...refusals, tagged, packValue, ...kinds, packBytes, packError, pack].join("\n"), entry: pack.name };
}

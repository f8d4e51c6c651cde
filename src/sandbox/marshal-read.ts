/**
 * Reads the text that marshal-write.ts makes, and refuses any other tag. The functions run on both sides of the border,
 * so each uses only its arguments and its siblings of this file: they are handed over as text.
 */
import type { ReadBudget, RealmTools, SourceText, Tools, WireJson } from "./marshal-tools.ts";

/**
 * Gives the value of a text of `encodeWith`. Without a budget the text is trusted: only the host's is. A text from
 * inside must have been surveyed.
 */
export function decodeWith(t: Tools, text: string, trusted: boolean, budget?: ReadBudget): unknown {
  const json = t.parse(text);
  if (t.apply(t.includes, text, [t.mark]) !== true) return json;
  return t.unpack(t, json, trusted ? undefined : budget);
}

/** The value of JSON with tags. */
export function unpack(t: RealmTools, json: WireJson, budget: ReadBudget | undefined): unknown {
  const value = unpackAny(t, json, budget);
  // Only a list has holes.
  return value === t ? malformed(t) : value;
}

/** Gives `t` itself for a hole. */
function unpackAny(t: RealmTools, value: WireJson, budget: ReadBudget | undefined): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (t.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = unpackAny(t, value[i] as WireJson, budget);
      if (item === t) delete value[i];
      else value[i] = item as WireJson;
    }
    return value;
  }
  const keys = t.keys(value);
  if (t.hasOwn(value, t.tag)) {
    if (keys.length !== 2 || !t.hasOwn(value, "v")) malformed(t);
    return unpackTagged(t, value[t.tag] as WireJson, value["v"] as WireJson, budget);
  }
  // The key exists already as an own property, so that even `__proto__` is only overwritten and sets no prototype.
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    value[key] = unpack(t, value[key] as WireJson, budget) as WireJson;
  }
  return value;
}

function malformed(t: RealmTools): never {
  throw new t.TypeError("a value from the other side has a malformed tag");
}

/** Takes off the budget what a value costs beside its text. */
function spend(t: RealmTools, budget: ReadBudget | undefined, steps: number): void {
  if (budget !== undefined && (budget.left -= steps) < 0) throw new t.TypeError("it is too large to pass");
}

function unpackTagged(t: RealmTools, kind: WireJson, v: WireJson, budget: ReadBudget | undefined): unknown {
  if (typeof kind !== "string") malformed(t);
  if (typeof v !== "object" || v === null) return unpackPrimitive(t, kind, v, budget);
  if (!t.isArray(v)) {
    if (kind === "bare") return unpackBare(t, unpackAny(t, v, budget));
    return kind === "Error" ? unpackError(t, v, budget) : malformed(t);
  }
  if (kind === "RegExp") return unpackRegExp(t, v, budget);
  if (kind === "array") return unpackList(t, v, budget);
  if (kind === "Map" || kind === "Set" || kind === "record") return unpackEntries(t, kind, v, budget);
  return unpackBytes(t, kind, v);
}

function unpackPrimitive(t: RealmTools, kind: string, v: WireJson, budget: ReadBudget | undefined): unknown {
  if (v === null) {
    if (kind === "undefined") return undefined;
    if (kind === "hole") return t;
    return kind === "Date" ? new t.Date(0 / 0) : malformed(t);
  }
  if (kind === "number") return oddNumber(t, v);
  if (kind === "Date" && typeof v === "number" && v <= 8.64e15 && v >= -8.64e15) return new t.Date(v);
  if (kind !== "bigint" || typeof v !== "string" || !isDigits(t, v, 10_000)) return malformed(t);
  spend(t, budget, v.length);
  return t.BigInt(v);
}

function oddNumber(t: RealmTools, v: WireJson | undefined): number {
  const isOdd = v === "-0" || v === "NaN" || v === "Infinity" || v === "-Infinity";
  return isOdd ? t.Number(v) : malformed(t);
}

/** Whether a text is a decimal integer as `String` writes it. */
function isDigits(t: RealmTools, text: string, max: number): boolean {
  const from = text[0] === "-" ? 1 : 0;
  if (text.length === from || text.length > max) return false;
  if (text[from] === "0" && text.length > 1) return false;
  for (let i = from; i < text.length; i++) {
    const code = t.apply(t.codeAt, text, [i]) as number;
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function unpackEntries(t: RealmTools, kind: string, items: WireJson[], budget: ReadBudget | undefined): unknown {
  const map = new t.Map();
  const set = new t.Set();
  const record = {};
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as WireJson;
    if (kind === "Set") {
      t.apply(t.setAdd, set, [unpack(t, item, budget)]);
      continue;
    }
    if (!t.isArray(item) || item.length !== 2) malformed(t);
    const key = unpack(t, item[0] as WireJson, budget);
    const value = unpack(t, item[1] as WireJson, budget);
    if (kind === "Map") t.apply(t.mapSet, map, [key, value]);
    else if (typeof key === "string" && !t.hasOwn(record, key)) setField(t, record, key, value);
    else malformed(t);
  }
  if (kind === "record") return record;
  const collection = kind === "Map" ? map : set;
  return collection.size === items.length ? collection : malformed(t);
}

function setField(t: RealmTools, target: object, key: string, value: unknown): void {
  t.define(target, key, { value, enumerable: true, writable: true, configurable: true });
}

/** As the engine sets what its errors have. */
function setHidden(t: RealmTools, target: object, key: string, value: unknown): void {
  t.define(target, key, { value, enumerable: false, writable: true, configurable: true });
}

/** The fields of a record that came as a part of something else. */
function fieldsOf(t: RealmTools, value: unknown): Record<string, unknown> {
  const isRecord = typeof value === "object" && value !== null && t.protoOf(value) === t.objectProto;
  return isRecord ? (value as Record<string, unknown>) : malformed(t);
}

function unpackBare(t: RealmTools, value: unknown): object {
  const fields = fieldsOf(t, value);
  const bare: Record<string, unknown> = t.create(null);
  const keys = t.keys(fields);
  for (let i = 0; i < keys.length; i++) bare[keys[i] as string] = fields[keys[i] as string];
  return bare;
}

function unpackList(t: RealmTools, v: WireJson[], budget: ReadBudget | undefined): unknown {
  const list = unpackAny(t, v[0] as WireJson, budget);
  const fields = fieldsOf(t, unpackAny(t, v[1] as WireJson, budget));
  if (v.length !== 2 || !t.isArray(list)) malformed(t);
  const keys = t.keys(fields);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const index = t.Number(key);
    // An index would make the list longer than its items.
    if (key === "length" || (index >= 0 && t.String(index) === key)) malformed(t);
    setField(t, list, key, fields[key]);
  }
  return list;
}

function unpackRegExp(t: RealmTools, v: WireJson[], budget: ReadBudget | undefined): RegExp {
  const source = v[0];
  const flags = v[1];
  const at = v[2] ?? 0;
  if (typeof source !== "string" || typeof flags !== "string" || typeof at !== "number" || v.length > 3) malformed(t);
  if (budget !== undefined) {
    // The parser builds sets of characters at once: for `\p{…}` in 0.1 ms, with the flag v in a hundred times that.
    if (source.length > 1_000 || t.apply(t.includes, flags, ["v"]) === true) {
      throw new t.TypeError("a regular expression may have 1000 characters at most, and no flag v");
    }
    let sets = 0;
    for (let i = 1; i < source.length; i++) {
      if (source[i - 1] === "\\" && (source[i] === "p" || source[i] === "P")) sets++;
    }
    spend(t, budget, 20 + 1_000 * sets);
  }
  const pattern = new t.RegExp(source, flags);
  if (at !== 0) pattern.lastIndex = at;
  return pattern;
}

function unpackBytes(t: RealmTools, kind: string, items: WireJson[]): unknown {
  const maker = t.makers[kind === "ArrayBuffer" ? "Uint8Array" : kind];
  if (maker === undefined) malformed(t);
  const big = kind === "BigInt64Array" || kind === "BigUint64Array";
  const numbers: unknown[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as WireJson;
    if (big) numbers[i] = typeof item === "string" && isDigits(t, item, 20) ? t.BigInt(item) : malformed(t);
    else numbers[i] = typeof item === "number" ? item : oddNumber(t, item);
  }
  const typed = maker.from(numbers);
  return kind === "ArrayBuffer" ? t.apply(t.bufferOf, typed, []) : typed;
}

function unpackError(t: RealmTools, v: { [key: string]: WireJson }, budget: ReadBudget | undefined): Error {
  const { name, message } = v;
  if (typeof name !== "string" || typeof message !== "string") malformed(t);
  spend(t, budget, 20);
  const kind = v["class"] ?? (name in t.errors ? name : "Error");
  const maker = typeof kind === "string" ? t.errors[kind] : undefined;
  if (maker === undefined) malformed(t);
  const error = new maker(message);
  if (error.name !== name) setHidden(t, error, "name", name);
  const fields = v["fields"] === undefined ? {} : fieldsOf(t, unpackAny(t, v["fields"], budget));
  const keys = t.keys(fields);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const set = key === "cause" || key === "errors" ? setHidden : setField;
    set(t, error, key, fields[key]);
  }
  return error;
}

/** The text of what plain JSON needs, and the name of what decodes. */
export function readerText(): SourceText {
  return { text: String(decodeWith), entry: decodeWith.name };
}

/** The text of the functions that {@link unpack} needs, and its name. */
export function unpackText(): SourceText {
  const helpers = [malformed, spend, oddNumber, isDigits, setField, setHidden, fieldsOf];
  const kinds = [unpackEntries, unpackBare, unpackList, unpackRegExp, unpackBytes, unpackError];
  return {
    text: [...helpers, unpackAny, unpackTagged, unpackPrimitive, ...kinds, unpack].join("\n"),
    entry: unpack.name,
  };
}

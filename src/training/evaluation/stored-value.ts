/**
 * Values as a journal stores them for people: JSON of bounded size, with a reference in place of each long text and
 * each picture.
 */

import { createHash } from "node:crypto";
import { shorten } from "../../util/cut.ts";
import { decode, encode, type Json } from "../../util/encode.ts";
import { preview } from "../../util/preview.ts";
import { typeName } from "../../util/type-name.ts";

/** Texts up to this many characters are stored within the value. */
const maxInline = 1_000;
/** The maximum number of stored characters of a longer text. */
const maxText = 100_000;
/**
 * Pictures and other data in base64 up to this many characters are stored in full, longer ones not at all: half a
 * picture is useless.
 */
const maxData = 2_000_000;
/** A value with more JSON than this, not counting long texts, is stored as a preview. */
const maxShape = 20_000;
/**
 * The maximum number of characters of long texts that one process of a run stores. After that, only the ends of texts
 * are.
 */
const maxTexts = 64_000_000;

/** Where long texts are stored, once each. */
export interface TextStore {
  /** Stores a text under an id that depends on its content. */
  readonly write: (id: string, text: string) => void;
  /** Ids of the texts that are stored already. */
  readonly known: Iterable<string>;
}

/** The long texts of a run, by content. */
export class LongTexts {
  readonly #store: TextStore;
  readonly #known: Set<string>;
  #left = maxTexts;

  constructor(store: TextStore) {
    this.#store = store;
    this.#known = new Set(store.known);
  }

  /** The replacement for a long text: a reference to it, or its remains when it is too long to store. */
  keep(text: string): Json {
    const isData = isBase64(text);
    if (isData && text.length > maxData) return leftOut(text);
    const stored = isData ? text : shorten(text, maxText);
    const id = sha256(stored).slice(0, 32);
    if (!this.#known.has(id)) {
      if (stored.length > this.#left) return isData ? leftOut(text) : shorten(text, maxInline);
      this.#left -= stored.length;
      this.#known.add(id);
      this.#store.write(id, stored);
    }
    return { $type: "text", id, length: stored.length };
  }
}

/** What values are packed with. */
export interface Packing {
  readonly texts: LongTexts;
  /** Removes secrets before anything is shortened. */
  readonly redact: (json: Json) => Json;
}

/** `value` as JSON of a bounded size, for `unpackValue` to read back. Never throws. */
export function packValue(value: unknown, { texts, redact }: Packing): Json {
  const json = redact(encode(value));
  if (shapeOf(json) <= maxShape) return withReferences(json, texts);
  const whole = { $type: "opaque", type: typeName(value), preview: preview(decode(json), maxText) };
  return withReferences(whole, texts);
}

/** The value that `packValue` made JSON of, within its bounds. `textOf` gives the stored texts by id. */
export function unpackValue(json: Json, textOf: (id: string) => string | undefined): unknown {
  return decode(withoutReferences(json, textOf));
}

function withReferences(json: Json, texts: LongTexts): Json {
  if (typeof json === "string") return json.length > maxInline ? texts.keep(json) : json;
  return mapItems(json, (item) => withReferences(item, texts));
}

function withoutReferences(json: Json, textOf: (id: string) => string | undefined): Json {
  if (isReference(json)) return textOf(json.id) ?? `[a text of ${json.length} characters that is not in the journal]`;
  return mapItems(json, (item) => withoutReferences(item, textOf));
}

/** `encode` makes no such tag, so it is never a value of the user. */
function isReference(json: Json): json is { readonly $type: "text"; readonly id: string; readonly length: number } {
  return typeof json === "object" && json !== null && (json as { readonly $type?: unknown }).$type === "text";
}

function mapItems(json: Json, change: (item: Json) => Json): Json {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(change);
  // `fromEntries` defines fields, so one called __proto__ stays a field.
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, change(item)]));
}

/** About the length of the JSON text with references in it. */
function shapeOf(json: Json): number {
  if (typeof json === "string") return Math.min(json.length, maxInline) + 2;
  if (typeof json !== "object" || json === null) return 8;
  let size = 2;
  for (const [key, item] of Object.entries(json)) {
    size += shapeOf(item) + (Array.isArray(json) ? 1 : key.length + 4);
    if (size > maxShape) break;
  }
  return size;
}

function isBase64(text: string): boolean {
  return /^(?:data:[\w/+.;=-]{0,100},)?[A-Za-z0-9+/_-]+={0,2}$/.test(text);
}

function leftOut(text: string): string {
  return `[${text.length} characters of data left out, SHA-256 ${sha256(text)}]`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

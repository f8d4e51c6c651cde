/**
 * Values as a journal keeps them to be looked at: bounded JSON, with a reference in place of each long text and each
 * picture.
 */

import { createHash } from "node:crypto";
import { shorten } from "../../util/cut.ts";
import { decode, encode, type Json } from "../../util/encode.ts";
import { preview } from "../../util/preview.ts";
import { typeName } from "../../util/type-name.ts";

/** Texts up to this many characters stand in the value itself. */
const maxInline = 1_000;
/** How many characters of one longer text are kept. */
const maxText = 100_000;
/**
 * Pictures and other data in base64 are kept whole, up to so many characters, or not at all: half a picture is none.
 */
const maxData = 2_000_000;
/** A value with more JSON than this, long texts apart, is kept as a preview. */
const maxShape = 20_000;
/** The most characters of long texts that one process of a run keeps; of those after that the ends are kept. */
const maxTexts = 64_000_000;

/** Where long texts are kept, once each. */
export interface TextStore {
  /** Keeps a text under a name that follows from its content. */
  readonly write: (id: string, text: string) => void;
  /** The texts that are kept already. */
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

  /** What stands in the place of a long text: a reference to it, or what is left of it when it is too long to keep. */
  keep(text: string): Json {
    const isData = isBase64(text);
    if (isData && text.length > maxData) return leftOut(text);
    const kept = isData ? text : shorten(text, maxText);
    const id = sha256(kept).slice(0, 32);
    if (!this.#known.has(id)) {
      if (kept.length > this.#left) return isData ? leftOut(text) : shorten(text, maxInline);
      this.#left -= kept.length;
      this.#known.add(id);
      this.#store.write(id, kept);
    }
    return { $type: "text", id, length: kept.length };
  }
}

/** What values are packed with. */
export interface Packing {
  readonly texts: LongTexts;
  /** Takes secrets out, before anything is cut. */
  readonly redact: (json: Json) => Json;
}

/** `value` as JSON of a bounded size, for `unpackValue` to read back. Never throws. */
export function packValue(value: unknown, { texts, redact }: Packing): Json {
  const json = redact(encode(value));
  if (shapeOf(json) <= maxShape) return withReferences(json, texts);
  const whole = { $type: "opaque", type: typeName(value), preview: preview(decode(json), maxText) };
  return withReferences(whole, texts);
}

/** The value that `packValue` made JSON of, within its bounds. `textOf` gives the texts that were kept, by id. */
export function unpackValue(json: Json, textOf: (id: string) => string | undefined): unknown {
  return decode(withoutReferences(json, textOf));
}

function withReferences(json: Json, texts: LongTexts): Json {
  if (typeof json === "string") return json.length > maxInline ? texts.keep(json) : json;
  return mapped(json, (item) => withReferences(item, texts));
}

function withoutReferences(json: Json, textOf: (id: string) => string | undefined): Json {
  if (isReference(json)) return textOf(json.id) ?? `[a text of ${json.length} characters that is not in the journal]`;
  return mapped(json, (item) => withoutReferences(item, textOf));
}

/** `encode` makes no such tag, so it is never a value of the user's. */
function isReference(json: Json): json is { readonly $type: "text"; readonly id: string; readonly length: number } {
  return typeof json === "object" && json !== null && (json as { readonly $type?: unknown }).$type === "text";
}

function mapped(json: Json, change: (item: Json) => Json): Json {
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

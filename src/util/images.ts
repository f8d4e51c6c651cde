/** Images as values: base64 data with a media type, as this library writes them, and as the SDKs of models do. */

import { isObject } from "./is-record.ts";
import { stepText } from "./path-text.ts";
import { typeName } from "./type-name.ts";

/** A value that is an image: base64 data with its media type. */
export interface ImageValue {
  readonly type: "image";
  readonly mediaType: string;
  readonly data: string;
}

/** What is written in place of an image; undefined to write its data. */
export type ImageText = (image: ImageValue) => string | undefined;

/** Says only that there is an image. */
export function imageName({ mediaType }: ImageValue): string {
  return `[an image (${mediaType})]`;
}

const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const dataUrl = /^data:(image\/[\w.+-]+)(?:;[\w.+-]+=[^;,]*)*;base64,/i;

/**
 * The image that a value is: one of this library, the part of a message for an SDK that holds the data, or a data URL.
 * Undefined for everything else, also for what cannot be read.
 */
export function imageOf(value: unknown): ImageValue | undefined {
  if (typeof value === "string") return imageOfUrl(value);
  if (!isObject(value)) return undefined;
  try {
    return isOwnImage(value) ? value : imageOfPart(value as MessagePart);
  } catch {
    // A Proxy or a getter that throws.
    return undefined;
  }
}

function imageOfUrl(text: string): ImageValue | undefined {
  const [start, mediaType] = dataUrl.exec(text) ?? [];
  if (start === undefined || mediaType === undefined) return undefined;
  const data = text.slice(start.length);
  return base64.test(data) ? { type: "image", mediaType, data } : undefined;
}

function isOwnImage(value: object): value is ImageValue {
  const { type } = value as Partial<Record<keyof ImageValue, unknown>>;
  if (type !== "image") return false;
  const { mediaType, data } = value as Partial<Record<keyof ImageValue, unknown>>;
  return typeof mediaType === "string" && typeof data === "string";
}

/** How SDKs name the media type beside the data. */
type MessagePart = Readonly<
  Record<"type" | "mediaType" | "media_type" | "mimeType" | "mime_type" | "data" | "image", unknown>
>;

/**
 * An image of the AI SDK or Anthropic has a `type`, one of Gemini has none. Data of a program may have the same fields,
 * so they must be an image too.
 */
function imageOfPart(part: MessagePart): ImageValue | undefined {
  if (typeName(part) !== "record") return undefined;
  const mediaType = part.mediaType ?? part.media_type ?? part.mimeType ?? part.mime_type;
  if (typeof mediaType !== "string" || !mediaType.startsWith("image/")) return undefined;
  if (part.media_type !== undefined && part.type !== "base64") return undefined;
  if (part.mediaType !== undefined && typeof part.type !== "string") return undefined;
  const data = part.data ?? part.image;
  if (typeof data !== "string") return undefined;
  return imageOfUrl(data) ?? (isImageData(mediaType, data) ? { type: "image", mediaType, data } : undefined);
}

/** How the data of the kinds begin that models take, in base64: with the bytes that every file of that kind has. */
const starts: ReadonlyMap<string, RegExp> = new Map([
  ["image/png", /^iVBORw0KGgo/],
  ["image/jpeg", /^\/9j\//],
  ["image/gif", /^R0lGOD[dl]h/],
  ["image/webp", /^UklGR.{6}XRUJQ/],
]);

/** Whether `data` can be an image: base64 of a possible length, that begins as the kind does where that is known. */
function isImageData(mediaType: string, data: string): boolean {
  const isWhole = data.endsWith("=") ? data.length % 4 === 0 : data.length % 4 !== 1;
  const standard = data.slice(0, 20).replaceAll("-", "+").replaceAll("_", "/");
  return isWhole && base64.test(data) && (starts.get(mediaType)?.test(standard) ?? true);
}

/** Whether language models take an image: a provider refuses the whole request for one of another kind. */
export function isShowable({ mediaType, data }: ImageValue): boolean {
  return starts.has(mediaType) && /^[A-Za-z0-9+/]+={0,2}$/.test(data) && isImageData(mediaType, data);
}

/** How deep in a value, and among how many of the parts of it, images are searched for. */
const maxDepth = 20;
const maxParts = 10_000;

/** The images in a value, each with the path to it, such as `[0].content[1]`; the value itself has the path "". */
export function imagesIn(value: unknown): Generator<readonly [image: ImageValue, path: string]> {
  return new ImageSearch().within(value, "", maxDepth);
}

/**
 * Whether there is an image in a value.
 * @param imageless Objects without one, which are not looked into again; those that this search finds are added. Values
 * of one program share most of theirs: each turn of a conversation holds all messages before it.
 */
export function holdsImage(value: unknown, imageless: WeakSet<object> = new WeakSet()): boolean {
  const search = new ImageSearch(imageless);
  if (search.within(value, "", maxDepth).next().done !== true) return true;
  if (search.isWhole) for (const object of search.seen) imageless.add(object);
  return false;
}

/** Looks into each array and record once: data may be cyclic. */
class ImageSearch {
  readonly seen = new Set<object>();
  /** Whether all was looked into, however deep and large. */
  isWhole = true;
  readonly #imageless: WeakSet<object>;
  #left = maxParts;

  constructor(imageless: WeakSet<object> = new WeakSet()) {
    this.#imageless = imageless;
  }

  *within(value: unknown, path: string, depth: number): Generator<readonly [image: ImageValue, path: string]> {
    const image = imageOf(value);
    if (image !== undefined) yield [image, path];
    else if (!isObject(value) || this.seen.has(value) || this.#imageless.has(value)) return;
    else if (depth === 0) this.isWhole = false;
    else {
      this.seen.add(value);
      for (const [key, part] of this.#partsOf(value)) {
        if (isObject(part) || typeof part === "string") yield* this.within(part, path + stepText(key), depth - 1);
      }
    }
  }

  /** The parts of an array or a record, each under its index or key, as many as are left; none of anything else. */
  #partsOf(value: object): readonly (readonly [key: string | number, part: unknown])[] {
    try {
      const parts = Array.isArray(value)
        ? value.slice(0, this.#left).map((part, index) => [index, part] as const)
        : typeName(value) === "record"
          ? Object.entries(value).slice(0, this.#left)
          : [];
      this.#left -= parts.length;
      if (this.#left === 0) this.isWhole = false;
      return parts;
    } catch {
      // A Proxy or a getter that throws.
      return [];
    }
  }
}

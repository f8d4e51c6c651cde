/** Images as values: base64 data with a media type, wherever they stand in arrays and records. */

import { previewText } from "./preview.ts";
import { typeName } from "./type-name.ts";

/** A value that is an image: base64 data with its media type. */
export interface ImageValue {
  readonly type: "image";
  readonly mediaType: string;
  readonly data: string;
}

/** Whether a value can be shown as an image. */
export function isImage(value: unknown): value is ImageValue {
  if (typeof value !== "object" || value === null) return false;
  try {
    const { type, mediaType, data } = value as Partial<Record<keyof ImageValue, unknown>>;
    return type === "image" && typeof mediaType === "string" && typeof data === "string";
  } catch {
    // A Proxy or a getter that throws.
    return false;
  }
}

/** How deep in a value, and among how many of the parts of each array or record, images are searched for. */
const maxDepth = 8;
const maxParts = 100;

/** The images in a value, each with the path to it, such as `[0].content[1]`; the value itself has the path "". */
export function* imagesIn(
  value: unknown,
  path = "",
  depth: number = maxDepth,
): Generator<readonly [image: ImageValue, path: string]> {
  if (typeof value !== "object" || value === null) return;
  if (isImage(value)) yield [value, path];
  else if (depth > 0) {
    for (const [key, part] of partsOf(value, maxParts)) {
      yield* imagesIn(part, path + pathText(key), depth - 1);
    }
  }
}

/** A value with the images inside its arrays and records replaced by what a preview shows as `textOf` them. */
export function replaceImages(
  value: unknown,
  textOf: (image: ImageValue) => string,
  depth: number = maxDepth,
): unknown {
  if (isImage(value)) return { [previewText]: textOf(value) };
  if (depth === 0 || typeof value !== "object" || value === null) return value;
  const first = partsOf(value, maxParts);
  const replaced = first.map(([key, part]) => [key, replaceImages(part, textOf, depth - 1)] as const);
  if (replaced.every(([, part], index) => part === first[index]?.[1])) return value;
  const all = [...replaced, ...partsOf(value).slice(maxParts)];
  return Array.isArray(value) ? all.map(([, part]) => part) : Object.fromEntries(all);
}

/** The first `max` parts of an array or a record, each under its index or key; none of anything else. */
function partsOf(value: object, max: number = Infinity): readonly (readonly [key: string | number, part: unknown])[] {
  if (Array.isArray(value)) return value.slice(0, max).map((part, index) => [index, part]);
  if (typeName(value) !== "record") return [];
  try {
    return Object.entries(value).slice(0, max);
  } catch {
    // A Proxy or a getter that throws.
    return [];
  }
}

function pathText(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

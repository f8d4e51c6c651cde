/** Images among the values of a problem: shown to the model as images, and named in the text. */

import type { FeedbackRecord } from "../../graph/feedback.ts";
import type { Content } from "../../llm/llm.ts";
import { previewText } from "../../util/preview.ts";
import { typeName } from "../../util/type-name.ts";
import type { Problem } from "../problem.ts";
import type { ContextValue } from "../run-view/values.ts";

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

/** The images of a prompt, by value: an image that occurs in several places goes with it once. */
export type Images = ReadonlyMap<ImageValue, { readonly number: number; readonly names: readonly string[] }>;

/** The first `max` images: the variables' first, then those nearest to the output. */
export function imagesOf({ variables, shared, runs }: Problem, max: number): Images {
  const found: ContextValue[] = shared.filter(({ value }) => isImage(value));
  for (const { values } of runs) {
    for (let place = 0; place < values.length; place++) {
      if (isImage(values.valueAt(place))) found.push(values.at(place));
    }
  }
  return imagesAmong([...variables, ...found.sort((a, b) => a.distance - b.distance)], max);
}

/** The first `max` images among some values. */
export function imagesAmong(
  values: readonly { readonly name: string; readonly value: unknown }[],
  max: number,
): Images {
  const images = new Map<ImageValue, { readonly number: number; readonly names: string[] }>();
  for (const { name, value } of values) {
    if (!isImage(value)) continue;
    const known = entryOf(value, images);
    if (known !== undefined) known.names.push(name);
    else if (images.size < max) images.set(value, { number: images.size + 1, names: [name] });
  }
  return images;
}

/**
 * The entry of an image, or of another one with the same content: a parameter holds a copy of the value that it was
 * given.
 */
function entryOf<E>(image: ImageValue, images: ReadonlyMap<ImageValue, E>): E | undefined {
  const known = images.get(image);
  if (known !== undefined) return known;
  for (const [other, entry] of images) {
    if (other.data === image.data && other.mediaType === image.mediaType) return entry;
  }
  return undefined;
}

/** The text that replaces an image in a prompt; undefined for any other value. */
export function imageText(value: unknown, images: Images): string | undefined {
  if (!isImage(value)) return undefined;
  const number = entryOf(value, images)?.number;
  return number === undefined ? `[an image (${value.mediaType}), not shown]` : `[image ${number}]`;
}

/** How deep in a value, and among how many of its parts, images are searched for: about what a preview shows. */
const maxDepth = 3;
const maxParts = 100;

/**
 * A value to preview, with the images inside its arrays and records replaced by their texts. Itself when it holds none.
 */
export function withoutImages(value: unknown, images: Images, depth: number = maxDepth): unknown {
  const text = imageText(value, images);
  if (text !== undefined) return { [previewText]: text };
  if (depth === 0) return value;
  const inner = (part: unknown) => withoutImages(part, images, depth - 1);
  if (Array.isArray(value)) {
    const parts = value.slice(0, maxParts);
    const replaced = parts.map(inner);
    return replaced.every((part, index) => part === parts[index]) ? value : [...replaced, ...value.slice(maxParts)];
  }
  if (typeName(value) !== "record") return value;
  try {
    const parts = Object.entries(value as object);
    const replaced = parts.slice(0, maxParts).map(([key, part]) => [key, inner(part)] as const);
    if (replaced.every(([, part], index) => part === parts[index]?.[1])) return value;
    return Object.fromEntries([...replaced, ...parts.slice(maxParts)]);
  } catch {
    return value;
  }
}

/** The content of a message: its text, the images of the values, each under its number, then those of the feedback. */
export function contentOf(
  text: string,
  images: Images,
  feedback: Pick<FeedbackRecord, "images">,
): string | readonly Content[] {
  const blocks = [...images].flatMap(([{ mediaType, data }, { number, names }]): readonly Content[] => [
    { type: "text", text: `[image ${number}], the value of ${names.join(", ")}:` },
    { type: "image", mediaType, data },
  ]);
  const ofFeedback = (feedback.images ?? []).map(({ mediaType, data }) => ({
    type: "image" as const,
    mediaType,
    data,
  }));
  if (blocks.length > 0 && ofFeedback.length > 0) blocks.push({ type: "text", text: "The images of the feedback:" });
  blocks.push(...ofFeedback);
  return blocks.length === 0 ? text : [{ type: "text", text }, ...blocks];
}

/** Images among the values of a problem: shown to the model as images, and named in the text. */

import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import type { Content } from "../../llm/llm.ts";
import { holdsImage, type ImageText, type ImageValue, imageOf, imagesIn, isShowable } from "../../util/images.ts";
import type { Problem } from "../problem.ts";
import type { ContextValue } from "../run-view/values.ts";

/** An image of a prompt: its number, where it stands, and the values that hold it. */
export interface ImageEntry {
  readonly number: number;
  readonly places: readonly string[];
  readonly holders: readonly unknown[];
}

/** The images of a prompt, by value: an image that occurs in several places goes with it once. */
export type Images = ReadonlyMap<ImageValue, ImageEntry>;

interface NamedValue {
  readonly name: string;
  readonly value: unknown;
  /** Whether it was put together from other values, so that a known image in it needs no mention. Default: false. */
  readonly isLiteral?: boolean;
}

/**
 * The first `max` images: the variables' first, then those nearest to the output. What was put together from other
 * values comes last: most of its images are theirs.
 */
export function imagesOf({ variables, shared, runs }: Problem, max: number): Images {
  if (max === 0) return new Map();
  const imageless = new WeakSet<object>();
  const found: ContextValue[] = shared.filter(({ value }) => holdsImage(value, imageless));
  for (const { values } of runs) {
    for (let place = 0; place < values.length; place++) {
      if (holdsImage(values.valueAt(place), imageless)) found.push(values.at(place));
    }
  }
  found.sort((a, b) => Number(a.isLiteral) - Number(b.isLiteral) || a.distance - b.distance);
  return imagesAmong([...variables, ...found], max);
}

/** The first `max` images among some values and inside of them, an image as often as it occurs under one number. */
export function imagesAmong(values: readonly NamedValue[], max: number): Images {
  const images = new Map<ImageValue, { number: number; places: string[]; holders: unknown[] }>();
  for (const { name, value, isLiteral = false } of values) {
    for (const [image, path] of imagesIn(value)) {
      const known = entryOf(image, images);
      if (known !== undefined) {
        if (!isLiteral) known.places.push(name + path);
        known.holders.push(value);
      } else if (images.size < max && isShowable(image)) {
        images.set(image, { number: images.size + 1, places: [name + path], holders: [value] });
      }
    }
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
  const image = imageOf(value);
  if (image === undefined) return undefined;
  const number = entryOf(image, images)?.number;
  return number === undefined ? `[an image (${image.mediaType}), not shown]` : `[image ${number}]`;
}

/** How a preview names the images of a prompt. */
export function namesIn(images: Images): ImageText {
  return (image) => imageText(image, images);
}

/** The most images of values, and as many of the feedback: each costs a model about a thousand tokens. */
export const maxImages = 16;

/** The images of feedback that go with a prompt: the first ones. */
export function firstImages({ images = [] }: Pick<FeedbackRecord, "images">): Pick<FeedbackRecord, "images"> {
  return { images: images.slice(0, maxImages) };
}

/** The content of a message: its text, the images of the values, each under its number, then those of the feedback. */
export function contentOf(
  text: string,
  images: Images,
  feedback: Pick<FeedbackRecord, "images">,
): string | readonly Content[] {
  const blocks = [...images].flatMap(([{ mediaType, data }, { number, places }]): readonly Content[] => [
    { type: "text", text: `[image ${number}], the value of ${places.join(", ")}:` },
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

/** Images among the values of a problem: shown to the model as images, and named in the text. */

import type { Content } from "../../llm/llm.ts";
import type { Problem } from "../problem.ts";

/** A value that is an image: base64 data with its media type. */
export interface ImageValue {
  readonly type: "image";
  readonly mediaType: string;
  readonly data: string;
}

/** Whether a value can be shown as an image. */
export function isImage(value: unknown): value is ImageValue {
  const { type, mediaType, data } = (value ?? {}) as Partial<Record<keyof ImageValue, unknown>>;
  return type === "image" && typeof mediaType === "string" && typeof data === "string";
}

/** The images of a prompt, by value: an image that stands at several places is shown once. */
export type Images = ReadonlyMap<ImageValue, { readonly number: number; readonly names: readonly string[] }>;

/** The first `most` images: the variables' first, then those nearest to the output. */
export function imagesOf({ variables, shown }: Problem, most: number): Images {
  const images = new Map<ImageValue, { readonly number: number; readonly names: string[] }>();
  const nearest = shown.filter(({ value }) => isImage(value)).sort((a, b) => a.distance - b.distance);
  for (const { name, value } of [...variables, ...nearest]) {
    if (!isImage(value)) continue;
    const known = images.get(value);
    if (known !== undefined) known.names.push(name);
    else if (images.size < most) images.set(value, { number: images.size + 1, names: [name] });
  }
  return images;
}

/** What stands in the text for an image; undefined for any other value. */
export function imageText(value: unknown, images: Images): string | undefined {
  if (!isImage(value)) return undefined;
  const number = images.get(value)?.number;
  return number === undefined ? `[an image (${value.mediaType}), not shown]` : `[image ${number}]`;
}

/**
 * The content of a message: its text, the images of the values, each under its number, then those of the feedback. Only
 * values of which the text tells are shown.
 */
export function contentOf(
  text: string,
  images: Images,
  problem: Pick<Problem, "variables" | "shown" | "feedback">,
): string | readonly Content[] {
  const told = new Set<unknown>([...problem.variables, ...problem.shown].map(({ value }) => value));
  const blocks = [...images]
    .filter(([image]) => told.has(image))
    .flatMap(([{ mediaType, data }, { number, names }]): readonly Content[] => [
      { type: "text", text: `[image ${number}], the value of ${names.join(", ")}:` },
      { type: "image", mediaType, data },
    ]);
  const ofFeedback = (problem.feedback.images ?? []).map((image) => ({ type: "image" as const, ...image }));
  if (blocks.length > 0 && ofFeedback.length > 0) blocks.push({ type: "text", text: "The images of the feedback:" });
  blocks.push(...ofFeedback);
  return blocks.length === 0 ? text : [{ type: "text", text }, ...blocks];
}

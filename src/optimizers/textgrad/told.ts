/** Puts together what several places said of one value: equal texts once, each with who said it. */

import { type FeedbackImage, type FeedbackRecord, feedbackText } from "../../graph/feedback.ts";
import { append } from "../../util/collections.ts";

/** What one successor of a value said of it. */
export interface Part {
  /** The successor's place among the nodes of its graph: parts are read in that order. */
  readonly at: number;
  /** The successor's name. */
  readonly from: string;
  readonly record: FeedbackRecord;
}

/** All that was said of a value. */
export interface Gathered {
  /** The record itself, where all parts are that one record: feedback that passed through stays unchanged. */
  readonly only: FeedbackRecord | undefined;
  /** Each distinct text once, with who said it. */
  readonly texts: readonly string[];
  readonly images: readonly FeedbackImage[];
}

/** Names of successors that are told for one text. */
const mostNames = 3;

/** Images that go on from a value, however many reached it: each costs a model about a thousand tokens. */
export const mostImages = 16;

/** Gathers parts, in the order of their successors. */
export function gather(parts: readonly Part[]): Gathered {
  const inOrder = parts.toSorted((a, b) => a.at - b.at);
  const records = new Set(inOrder.map(({ record }) => record));
  const images = [...new Set([...records].flatMap((record) => record.images ?? []))];
  const from = new Map<string, string[]>();
  for (const { record, from: name } of inOrder) {
    append(from, feedbackText(record), name);
  }
  const texts = [...from].map(([text, names]) => `From ${named(names)}: ${text}`);
  return { only: records.size === 1 ? [...records][0] : undefined, texts, images };
}

function named(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const rest = distinct.length - mostNames;
  const list = distinct.slice(0, mostNames).join(", ");
  const times = names.length === distinct.length ? "" : ` (${names.length} times)`;
  return `${rest > 0 ? `${list} and ${rest} more` : list}${times}`;
}

/** A text with images as feedback, with no more images than can be shown. */
export function recordOf(text: string, images: readonly FeedbackImage[]): FeedbackRecord {
  if (images.length === 0) return { text };
  if (images.length <= mostImages) return { text, images };
  const left = images.length - mostImages;
  return { text: `${text}\n(${left} more images are left out.)`, images: images.slice(0, mostImages) };
}

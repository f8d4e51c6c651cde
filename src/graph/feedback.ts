/** What a judge says of an output: text, a score, data, images; and how the feedback on several outputs becomes one. */

import { isNode } from "../nodes/node.ts";
import { isThenable } from "../util/thenable.ts";
import { combined } from "./combined.ts";
import { FeedbackError } from "./feedback-error.ts";
import type { FeedbackImage, FeedbackRecord } from "./feedback-record.ts";
import { labelled } from "./feedback-text.ts";

/** Feedback on one output: a text, a score, or a record of both and more. */
export type Feedback = string | number | FeedbackRecord;

const fields = new Set(["text", "score", "maxScore", "data", "images"]);

/**
 * Feedback as a record.
 * @throws FeedbackError for anything that is not feedback, such as undefined, NaN, or a record with other fields.
 */
export function toFeedback(feedback: unknown): FeedbackRecord {
  if (typeof feedback === "string") return { text: feedback };
  if (typeof feedback === "number") return { score: requireScore(feedback) };
  if (typeof feedback !== "object" || feedback === null || Array.isArray(feedback)) {
    const got = feedback === null ? "null" : Array.isArray(feedback) ? "an array" : typeof feedback;
    const fix = Array.isArray(feedback) ? " An array is for a batch: batchify the graphs first." : "";
    throw new FeedbackError(
      `Feedback is a text, a number, or { text?, score?, maxScore?, data?, images? }; got ${got}.${fix}`,
    );
  }
  if (isThenable(feedback)) throw new FeedbackError("This feedback is a promise. Await it first.");
  if (isNode(feedback)) {
    throw new FeedbackError(`This feedback is the node "${feedback.name}". Give its value, with \`.data\`.`);
  }
  return checkedRecord(feedback);
}

/** As {@link toFeedback}, for the member of a batch at `index`, which an error names. */
export function memberFeedback(item: Feedback, index: number): FeedbackRecord {
  try {
    return toFeedback(item);
  } catch (error) {
    throw new FeedbackError(
      `Feedback ${index} of the batch: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function checkedRecord(record: object): FeedbackRecord {
  const unknown = Object.keys(record).filter((key) => !fields.has(key));
  if (unknown.length > 0)
    throw new FeedbackError(
      `Feedback has no field "${unknown[0]}". Its fields are text, score, maxScore, data, images.`,
    );
  const { text, score, maxScore, images } = record as FeedbackRecord;
  if (text !== undefined && typeof text !== "string")
    throw new FeedbackError(
      `Feedback text is a string; got ${isThenable(text) ? "a promise: await it first" : typeof text}.`,
    );
  if (isThenable((record as FeedbackRecord).data)) {
    throw new FeedbackError("The data of this feedback are a promise. Await it first.");
  }
  if (score !== undefined) requireScore(score);
  if (maxScore !== undefined) requireScore(maxScore, "A maxScore");
  const isImage = (image: Partial<FeedbackImage>) =>
    typeof image?.mediaType === "string" && typeof image.data === "string";
  if (images !== undefined && !(Array.isArray(images) && images.every(isImage))) {
    throw new FeedbackError("Feedback images are an array of { mediaType, data } with the data in base64.");
  }
  // A copy: one record may be given to several outputs, and each of these is separate feedback.
  return { ...(record as FeedbackRecord) };
}

function requireScore(score: unknown, what = "A score"): number {
  if (typeof score === "number" && Number.isFinite(score)) return score;
  throw new FeedbackError(`${what} is a finite number; got ${typeof score === "number" ? score : typeof score}.`);
}

/** Feedback on several outputs as one: texts by index, the mean of the scores, data and images in order. */
export function combine(items: readonly FeedbackRecord[]): FeedbackRecord {
  const scores = items.map((item) => item.score).filter((score) => score !== undefined);
  const data = items.map((item) => item.data);
  const images = items.flatMap((item) => item.images ?? []);
  const [maxScore, ...otherMaxima] = new Set(items.map((item) => item.maxScore));
  const hasScale = maxScore !== undefined && otherMaxima.length === 0;
  const whole: FeedbackRecord = {
    text: labelled(items).join("\n"),
    ...(scores.length === items.length && items.length > 0
      ? { score: scores.reduce((a, b) => a + b, 0) / scores.length, ...(hasScale ? { maxScore } : {}) }
      : {}),
    ...(data.some((one) => one !== undefined) ? { data } : {}),
    ...(images.length === 0 ? {} : { images }),
  };
  combined.set(whole, items);
  return whole;
}

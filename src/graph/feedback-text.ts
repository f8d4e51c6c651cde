/** Feedback as text, for optimizers. */

import { textOf } from "../util/as-text.ts";
import { cut, shorten, within } from "../util/cut.ts";
import { imagesIn } from "../util/images.ts";
import { preview } from "../util/preview.ts";
import { combined } from "./combined.ts";
import type { FeedbackRecord } from "./feedback-record.ts";

/** Feedback as the optimizer reads it: the text, then the score and data where there are any. */
export function feedbackText({ text, score, maxScore, data }: FeedbackRecord): string {
  const lines = text === undefined ? [] : [text];
  if (score !== undefined) lines.push(`Score: ${scoreText(score, maxScore)}`);
  if (data !== undefined) lines.push(`Data: ${dataText(data)}`);
  return lines.join("\n");
}

/** A score with the highest one there is, where it is known: `0.5 of 1`. One that is larger proves it wrong. */
export function scoreText(score: number, maxScore: number | undefined): string {
  return maxScore === undefined || score > maxScore ? `${score}` : `${score} of ${maxScore}`;
}

/** How many characters of data are rendered. */
const maxData = 4_000;

/** Data are for programs, so they may have no text form. */
function dataText(data: unknown): string {
  return shorten(wholeDataText(data), maxData);
}

function wholeDataText(data: unknown): string {
  try {
    if (typeof data === "string") return JSON.stringify(data);
    const isWritten = typeof data === "object" && imagesIn(data).next().done === true;
    return isWritten ? textOf(data, "The data of feedback") : preview(data, maxData);
  } catch {
    return preview(data, 2_000);
  }
}

/**
 * As {@link feedbackText}, in at most `limit` characters: of feedback on several outputs the longest parts are cut
 * first.
 */
export function feedbackWithin(feedback: FeedbackRecord, limit: number): string {
  const whole = feedbackText(feedback);
  if (whole.length <= limit) return whole;
  const parts = combined.get(feedback);
  if (parts === undefined) return cut(whole, limit);
  // A line each for its score, and for the score and data of the whole.
  const room = limit - feedbackText({ ...feedback, text: "" }).length - parts.length;
  return cut(feedbackText({ ...feedback, text: within(labelled(parts), room).join("\n") }), limit);
}

/** One line an item, `ID [i]: …`, as the paper's batch operator lists outputs and feedback (appendix C.4). */
export function byIndex(items: readonly string[]): string {
  return items.map(atIndex).join("\n");
}

function atIndex(item: string, index: number): string {
  return `ID [${index}]: ${item}`;
}

/** Feedback on several outputs, a line each. */
export function labelled(items: readonly FeedbackRecord[]): readonly string[] {
  return items.map((item) => feedbackText({ ...item, data: undefined })).map(atIndex);
}

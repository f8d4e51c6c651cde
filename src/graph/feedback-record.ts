/** Feedback in full, as everything behind its check has it. */

/** An image as base64 with its media type. */
export interface FeedbackImage {
  readonly mediaType: string;
  readonly data: string;
}

/** Feedback in full: any of a text, a score (larger is better) and the highest one, data for programs, and images. */
export interface FeedbackRecord {
  readonly text?: string;
  readonly score?: number;
  /** The highest score there is, so that a reader knows what the score is worth. Default: not known. */
  readonly maxScore?: number;
  readonly data?: unknown;
  readonly images?: readonly FeedbackImage[];
}

/** Remembers what feedback on several outputs was put together from. */

import type { FeedbackRecord } from "./feedback-record.ts";

/** The records that `combine` put together, by what it made of them: to shorten a batch, each part gives its share. */
export const combined: WeakMap<FeedbackRecord, readonly FeedbackRecord[]> = new WeakMap();

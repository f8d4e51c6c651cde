/** What a stretch of an episode was worth: the return of its steps, and the feedback that says it. */

import { type Feedback, toFeedback } from "../graph/feedback.ts";
import { numberText } from "../util/number-text.ts";
import type { Experience } from "./template.ts";

/** A stretch of an episode. */
export interface Stretch {
  readonly steps: readonly [Experience, ...Experience[]];
  /** The number of its last step in the episode, from 1. */
  readonly last: number;
  /** The sum of all rewards of the episode up to that step. */
  readonly total: number;
}

/** The sum of the rewards, each discounted by its distance from the first; undefined where a step has none. */
function returnOf(steps: readonly Experience[], discount: number): number | undefined {
  let [sum, weight] = [0, 1];
  for (const { reward } of steps) {
    if (reward === undefined) return undefined;
    sum += weight * reward;
    weight *= discount;
  }
  return sum;
}

/** Feedback on one step as a learning item: the reward, if there is one, is the score. */
export function feedbackOnStep({ feedback, reward }: Experience): Feedback {
  return reward === undefined ? feedback : { ...toFeedback(feedback), score: reward };
}

/** Feedback on a window: its steps, its return and the total so far, then what was said of its last step. */
export function feedbackOnWindow({ steps, last, total }: Stretch, discount: number): Feedback {
  const { feedback } = steps.at(-1) as Experience;
  const worth = returnOf(steps, discount);
  if (worth === undefined) return feedback;
  const { text, ...rest } = toFeedback(feedback);
  const line = `${rangeText(steps, last)}: ${returnText(worth, discount)}, total score so far ${numberText(total)}.`;
  return { ...rest, text: text === undefined ? line : `${line}\n${text}`, score: worth };
}

/** Feedback on a whole episode: that on its last step, after its discounted return if there is a discount. */
export function feedbackOnEpisode(stretch: Stretch, discount: number): Feedback {
  const { steps, last } = stretch;
  const feedback = withScale(stretch);
  const worth = discount === 1 ? undefined : returnOf(steps, discount);
  if (worth === undefined) return feedback;
  const { text, ...rest } = toFeedback(feedback);
  const line = `${rangeText(steps, last)}: ${returnText(worth, discount)}.`;
  return { ...rest, text: text === undefined ? line : `${line}\n${text}` };
}

/** The feedback on the last step, with the highest score where its score is the total reward. */
function withScale({ steps, total }: Stretch): Feedback {
  const { feedback, maxTotal } = steps.at(-1) as Experience;
  if (maxTotal === undefined) return feedback;
  const record = toFeedback(feedback);
  return record.score === total ? { maxScore: maxTotal, ...record } : feedback;
}

function rangeText({ length }: readonly Experience[], last: number): string {
  return length === 1 ? `Step ${last}` : `Steps ${last - length + 1} to ${last}`;
}

function returnText(worth: number, discount: number): string {
  const value = numberText(worth);
  return discount === 1 ? `return ${value}` : `discounted return ${value} (discount ${discount})`;
}

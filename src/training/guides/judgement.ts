/** Checks judgements: each has a finite score and a text. */

import { toFeedback } from "../../graph/feedback.ts";
import type { FeedbackImage } from "../../graph/feedback-record.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import type { Judgement } from "../types.ts";

/** The texts of the paper's BIG-Bench Extra Hard study (appendix C.3). */
export const right: Judgement = Object.freeze({
  score: 1,
  text: "The answer is correct! No need to change anything.",
});

/**
 * The judgement on a wrong answer: it gives the right one, and a sentence on how they differ if that is not obvious.
 */
export function wrong(target: unknown, difference?: string): Judgement {
  const expected = typeof target === "string" ? target : preview(target, 1_000);
  return {
    score: 0,
    text:
      `The answer is wrong. We expect the output of your answer to be "${expected}". ` +
      `${difference === undefined ? "" : `${difference} `}Please modify the prompt and relevant ` +
      "parts of the program to help LLM produce the right answer.",
  };
}

/**
 * A copy of `value` if it is a judgement.
 * @throws TracegradError `bad-judgement` when it is not, or has no score or no text.
 * @throws FeedbackError for a score that is not a finite number (NaN, "0.9") and other fields of a wrong type.
 */
export function checkJudgement(value: unknown): Judgement {
  if (typeof value !== "object" || value === null) {
    throw badJudgement(`A guide gives { score, text }; this one gave ${preview(value, 60)}`);
  }
  const { objectives, ...said } = value as Partial<Judgement>;
  const { score, text, ...rest } = toFeedback(said);
  if (score === undefined) throw badJudgement("A judgement has a score; this guide gave none");
  if (text === undefined) throw badJudgement("A judgement has a text; this guide gave none");
  return { score, text, ...rest, ...(objectives === undefined ? {} : { objectives: checkObjectives(objectives) }) };
}

function checkObjectives(objectives: unknown): Readonly<Record<string, number>> {
  if (typeof objectives !== "object" || objectives === null || Array.isArray(objectives)) {
    throw badJudgement(`\`objectives\` is a record of numbers by name; this guide gave ${preview(objectives, 60)}`);
  }
  for (const [name, value] of Object.entries(objectives)) {
    if (typeof value === "number" && Number.isFinite(value)) continue;
    throw badJudgement(`The objective "${name}" is a finite number; this guide gave ${preview(value, 60)}`);
  }
  return { ...objectives };
}

function badJudgement(problem: string): TracegradError {
  return new TracegradError("bad-judgement", `${problem}. Fix the guide.`);
}

/** The objectives of several judgements as a field, if there are any. For equal names, the last one counts. */
export function objectivesOf(judgements: readonly Judgement[]): Pick<Judgement, "objectives"> {
  const objectives = judgements.map((one) => one.objectives).filter((one) => one !== undefined);
  return objectives.length === 0 ? {} : { objectives: Object.assign({}, ...objectives) as Record<string, number> };
}

/** The images of several judgements as a field, if there are any. */
export function imagesOf(judgements: readonly Judgement[]): { readonly images?: readonly FeedbackImage[] } {
  const images = judgements.flatMap((one) => one.images ?? []);
  return images.length === 0 ? {} : { images };
}

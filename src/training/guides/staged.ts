/** Feedback in stages: the message depends on how good the output is. */

import { requireText } from "../../util/as-text.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import type { Guide } from "../types.ts";
import { checkJudgement } from "./judgement.ts";
import type { Scorer } from "./score.ts";
import { judgementOf } from "./score.ts";
import { withSettings } from "./settings.ts";

/** A threshold, and the message for scores from there on; the message may depend on the score. */
export type Stage = readonly [threshold: number, message: string | ((score: number) => string)];

/**
 * Adds to a score the message of the highest threshold that it reaches, on its own line below the text of the scorer. A
 * score below all thresholds gets no message, so the lowest threshold is usually `-Infinity`. Staged feedback: the
 * paper's appendix D.7.
 * @throws TracegradError `bad-option` when there are no stages, or a threshold is NaN or given twice.
 * @example
 * staged((_input, output, target) => f1(output, target), [
 *   [-Infinity, "Model performance is poor. Try better feature engineering."],
 *   [0.5, "Model is showing promise but needs improvement."],
 *   [0.8, (score) => `Excellent performance: ${score.toFixed(4)}! Focus on preventing overfitting.`],
 * ]);
 */
export function staged<I = unknown, O = unknown, K = unknown>(
  score: Scorer<I, O, K>,
  stages: readonly Stage[],
): Guide<I, O, K> {
  requireStages(stages);
  const highestFirst = stages.toSorted(([a], [b]) => b - a);
  const judge: Guide<I, O, K> = async (input, output, target, context) => {
    const given = await score(input, output, target, context);
    const judgement =
      typeof given === "number" ? checkJudgement({ score: given, text: "" }) : judgementOf(given, output, target);
    const message = highestFirst.find(([threshold]) => judgement.score >= threshold)?.[1];
    const said = typeof message === "function" ? message(judgement.score) : (message ?? "");
    return {
      ...judgement,
      text: [judgement.text, requireText(said, "The message of a stage")].filter((text) => text !== "").join("\n"),
    };
  };
  return withSettings(judge, { name: "staged", settings: { score, stages } });
}

function requireStages(stages: readonly Stage[]): void {
  if (stages.length === 0)
    throw new TracegradError("bad-option", "staged needs at least one stage, [threshold, message].");
  const thresholds = stages.map(([threshold]) => threshold);
  const bad = thresholds.findIndex(
    (one, index) => typeof one !== "number" || Number.isNaN(one) || thresholds.indexOf(one) !== index,
  );
  if (bad < 0) return;
  throw new TracegradError(
    "bad-option",
    `Stage ${bad} has the threshold ${preview(thresholds[bad])}. Thresholds are numbers, each given once.`,
  );
}

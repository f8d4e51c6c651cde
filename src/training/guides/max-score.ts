/**
 * The highest score that a guide can give, where the library knows it: what reaches that is perfect, and teaches
 * nothing.
 */

import type { TrainOptions } from "../options.ts";
import type { Outcome } from "../types.ts";
import { settingsOf } from "./settings.ts";

/** The guides of the library that judge from 0 to 1, by the names of their makers. */
const toOne: ReadonlySet<string> = new Set(["exactMatch", "multipleChoice", "regex", "llmJudge"]);

/** The highest score that a guide of the library can give; undefined for guides of which this is not known. */
function maxScoreOf(guide: unknown): number | undefined {
  const made = typeof guide === "function" ? settingsOf(guide) : undefined;
  if (made === undefined) return undefined;
  const { name, settings } = made;
  if (toOne.has(name)) return 1;
  if (name === "staged") return maxScoreOf(settings["score"]);
  if (name === "weighted") return maxOfWeighted(settings["parts"] as readonly (readonly [unknown, number])[]);
  if (name !== "all") return undefined;
  const known = (settings["guides"] as readonly unknown[]).map(maxScoreOf).filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Added up as `weighted` adds up scores, so that it is what perfect parts give, to the last digit. */
function maxOfWeighted(parts: readonly (readonly [guide: unknown, weight: number])[]): number | undefined {
  const whole = parts.reduce((sum, [, weight]) => sum + weight, 0);
  let most = 0;
  for (const [guide, weight] of parts) {
    const part = maxScoreOf(guide);
    if (part === undefined) return undefined;
    most += part * (weight / whole);
  }
  return most;
}

/** Whether nothing could have been done better. Never where the highest score is not known. */
export function isPerfect({ score, failure }: Outcome, maxScore: number | undefined): boolean {
  return maxScore !== undefined && failure === undefined && score !== undefined && score >= maxScore;
}

/**
 * The score that leaves nothing to improve; undefined where none is known, and where there is more to improve than the
 * score.
 */
export function perfectScoreOf<I, O, K>({
  maxScore,
  guide,
  objectives = [],
}: TrainOptions<I, O, K>): number | undefined {
  const most = maxScore ?? maxScoreOf(guide);
  return objectives.length === 0 && most !== Number.POSITIVE_INFINITY ? most : undefined;
}

/**
 * The highest score that a guide can give, if the library knows it: an output that reaches it is perfect, and teaches
 * nothing.
 */

import type { TrainOptions } from "../options.ts";
import type { Outcome } from "../types.ts";
import { settingsOf } from "./settings.ts";

/** The guides of the library that score from 0 to 1, by the names of their factories. */
const toOne: ReadonlySet<string> = new Set(["exactMatch", "multipleChoice", "regex", "llmJudge"]);

/** The highest score that a guide of the library can give; undefined if it is not known. */
function maxScoreOf(guide: unknown): number | undefined {
  const maker = typeof guide === "function" ? settingsOf(guide) : undefined;
  if (maker === undefined) return undefined;
  const { name, settings } = maker;
  if (toOne.has(name)) return 1;
  if (name === "code") return settings["maxScore"] as number | undefined;
  if (name === "staged") return maxScoreOf(settings["score"]);
  if (name === "weighted") return maxOfWeighted(settings["parts"] as readonly (readonly [unknown, number])[]);
  if (name !== "all") return undefined;
  const known = (settings["guides"] as readonly unknown[]).map(maxScoreOf).filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Added up exactly as `weighted` adds up scores, so that it is what perfect parts give, to the last digit. */
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

/** Whether nothing could have been better. False if the highest score is not known. */
export function isPerfect({ score, failure }: Outcome, maxScore: number | undefined): boolean {
  return maxScore !== undefined && failure === undefined && score !== undefined && score >= maxScore;
}

/** Where the highest score is known from. */
interface ScoreSource extends Pick<TrainOptions, "maxScore"> {
  readonly guide?: unknown;
}

/** The highest score of a run: as the user says, or of a guide of the library. Undefined if it is not known. */
export function highestScoreOf({ maxScore, guide }: ScoreSource): number | undefined {
  const most = maxScore ?? maxScoreOf(guide);
  return most === Number.POSITIVE_INFINITY ? undefined : most;
}

/**
 * The score that leaves nothing to improve; undefined if it is not known, and if there are objectives besides the
 * score.
 */
export function perfectScoreOf<I, O, K>(options: TrainOptions<I, O, K>): number | undefined {
  const { objectives = [] } = options;
  return objectives.length === 0 ? highestScoreOf(options) : undefined;
}

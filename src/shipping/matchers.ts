/** Matchers for Vitest and Jest: scores with their noise, as `tracegrad check` judges them. */

import { evaluate } from "../training/evaluate.ts";
import type { EvaluationTable } from "../training/evaluate-types.ts";
import { TracegradError } from "../util/errors.ts";
import {
  checkScores,
  isEvaluationTable,
  type RecordedScores,
  type ScoreCheckOptions,
  whyIncomplete,
} from "./score-check.ts";

/** What a matcher says. */
export interface MatcherResult {
  readonly pass: boolean;
  /** Why, for the report of the test. */
  readonly message: () => string;
}

/** The matchers as a test calls them: for the declaration `interface Matchers<T> extends ScoreMatchers {}`. */
export interface ScoreMatchers {
  /**
   * The mean score is at least `min`, or its 95% interval reaches it. The value is the table of an evaluation, or the
   * options of one, with `repeats` where the program varies.
   */
  toScoreAtLeast(min: number, options?: Pick<ScoreCheckOptions, "strict">): Promise<void>;
  /** The scores are not provably worse than recorded ones, example by example. */
  toScoreNoWorseThan(recorded: RecordedScores | object, options?: Pick<ScoreCheckOptions, "range">): Promise<void>;
}

/**
 * For `expect.extend`.
 * @example
 * // In a setup file of Vitest:
 * import { scoreMatchers, type ScoreMatchers } from "tracegrad/testing";
 * expect.extend(scoreMatchers);
 * declare module "vitest" {
 *   interface Matchers<T> extends ScoreMatchers {}
 * }
 * // In a test:
 * await expect({ agent, data, guide, repeats: 3 }).toScoreAtLeast(0.8);
 */
export const scoreMatchers: {
  readonly [name in keyof ScoreMatchers]: (
    received: unknown,
    ...given: Parameters<ScoreMatchers[name]>
  ) => Promise<MatcherResult>;
} = {
  async toScoreAtLeast(received, min, options) {
    requireGiven("toScoreAtLeast", min, "the least mean score");
    return resultOf(await tableOf(received), { ...options, min });
  },
  async toScoreNoWorseThan(received, recorded, options) {
    requireGiven("toScoreNoWorseThan", recorded, "recorded scores");
    return resultOf(await tableOf(received), { ...options, recorded: recorded as Readonly<Record<string, unknown>> });
  },
};

function requireGiven(matcher: string, given: unknown, what: string): void {
  if (given === undefined) throw new TracegradError("bad-option", `${matcher} needs ${what}.`);
}

function resultOf(table: EvaluationTable, options: ScoreCheckOptions): MatcherResult {
  const fault = whyIncomplete(table);
  // Neither a pass nor a failure: with `.not` a failure would be a pass.
  if (fault !== undefined) throw new TracegradError("bad-scores", fault);
  const { passed, sentences } = checkScores(table, options);
  return { pass: passed, message: () => sentences.join("\n") };
}

async function tableOf(received: unknown): Promise<EvaluationTable> {
  return isEvaluationTable(received) ? received : evaluate(received as Parameters<typeof evaluate>[0]);
}

/**
 * Guides: how outputs are judged.
 *
 * @packageDocumentation
 */

export { type LlmJudgeOptions, llmJudge } from "../training/guides/llm-judge.ts";
export { type ExactMatchOptions, exactMatch, multipleChoice, regex } from "../training/guides/match.ts";
export { all, type CodeOptions, code, type Scored, type Scorer, weighted } from "../training/guides/score.ts";
export { type Stage, staged } from "../training/guides/staged.ts";
export type {
  Guide,
  GuideContext,
  Judgement,
  RolloutFeedback,
  RolloutFeedbackContext,
  RolloutOutcome,
} from "../training/types.ts";

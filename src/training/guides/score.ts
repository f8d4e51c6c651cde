/** Guides from plain functions, and guides from guides. */

import { TracegradError } from "../../util/errors.ts";
import { requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import type { Guide, GuideContext, Judgement } from "../types.ts";
import { wrongAbout } from "./difference.ts";
import { checkJudgement, imagesOf, objectivesOf, right } from "./judgement.ts";
import { withSettings } from "./settings.ts";

/** What a scorer may return: right or wrong, a score, or a whole judgement. */
export type Scored = boolean | number | Judgement;

/** Like a guide, but it may leave out the text. */
export type Scorer<I = unknown, O = unknown, K = unknown> = (
  input: I,
  output: O,
  target: K,
  context: GuideContext,
) => Scored | Promise<Scored>;

/** @internal The result of a scorer as a judgement. */
export function judgementOf(given: Scored, output: unknown, target: unknown): Judgement {
  if (typeof given === "boolean") return given ? right : wrongAbout(output, target);
  if (typeof given !== "number") return checkJudgement(given);
  return checkJudgement({ score: given, text: `The output has the score ${given}.` });
}

/** Options of {@link code}. */
export interface CodeOptions {
  /**
   * The highest score that the function can give: what `maxScore` of `train` is where that is not given, also through
   * `weighted`, `all` and `staged`. Default: not known.
   */
  readonly maxScore?: number | undefined;
}

/**
 * A guide from your own function. True and false become 1 and 0 with the texts of `exactMatch`, a number becomes a
 * score, a judgement stays.
 * @throws TracegradError `bad-option` when `maxScore` is not a finite number, and for an option with another name.
 * @example
 * code((_input, output: string) => output.length <= 280, { maxScore: 1 })
 */
export function code<I = unknown, O = unknown, K = unknown>(
  fn: Scorer<I, O, K>,
  options: CodeOptions = {},
): Guide<I, O, K> {
  requireKnown("code", options, { maxScore: true });
  const { maxScore } = options;
  if (maxScore !== undefined && !Number.isFinite(maxScore)) {
    throw new TracegradError(
      "bad-option",
      `\`maxScore\` of code is the highest score that the function can give, a finite number; got ${preview(maxScore)}. ` +
        "Leave it out where there is no highest score.",
    );
  }
  const judge: Guide<I, O, K> = async (input, output, target, context) =>
    judgementOf(await fn(input, output, target, context), output, target);
  return withSettings(judge, { name: "code", settings: { fn, ...(maxScore === undefined ? {} : { maxScore }) } });
}

/**
 * Several guides as one: the weighted mean of their scores, and all their texts, one per line. They judge concurrently;
 * when one fails, the whole fails.
 * @throws TracegradError `bad-option` when there is no guide, or a weight is not a positive number.
 * @example
 * weighted([[exactMatch(), 3], [code((_input, output: string) => output.length < 100), 1]])
 */
export function weighted<I = unknown, O = unknown, K = unknown>(
  parts: readonly (readonly [guide: Guide<I, O, K>, weight: number])[],
): Guide<I, O, K> {
  requireGuides(parts.map(([guide]) => guide));
  const bad = parts.findIndex(([, weight]) => !(Number.isFinite(weight) && weight > 0));
  if (bad >= 0) {
    throw new TracegradError(
      "bad-option",
      `Weight ${bad} is ${preview(parts[bad]?.[1])}; weights are numbers above 0.`,
    );
  }
  const whole = parts.reduce((sum, [, weight]) => sum + weight, 0);
  const judge: Guide<I, O, K> = async (...run) => {
    const judgements = await judgeAll(
      parts.map(([guide]) => guide),
      run,
    );
    const score = judgements.reduce((sum, one, index) => sum + one.score * ((parts[index]?.[1] ?? 0) / whole), 0);
    return { score, text: textsOf(judgements), ...imagesOf(judgements), ...objectivesOf(judgements) };
  };
  return withSettings(judge, { name: "weighted", settings: { parts } });
}

/**
 * Several guides that must all be satisfied: the lowest of their scores, with the texts of those that gave less than 1,
 * or of all when none did. They judge concurrently; when one fails, the whole fails.
 * @throws TracegradError `bad-option` when there is no guide.
 */
export function all<I = unknown, O = unknown, K = unknown>(...guides: readonly Guide<I, O, K>[]): Guide<I, O, K> {
  requireGuides(guides);
  const judge: Guide<I, O, K> = async (...run) => {
    const judgements = await judgeAll(guides, run);
    const lacking = judgements.filter((one) => one.score < 1);
    const texts = lacking.length === 0 ? judgements : lacking;
    const score = Math.min(...judgements.map((one) => one.score));
    return { score, text: textsOf(texts), ...imagesOf(texts), ...objectivesOf(judgements) };
  };
  return withSettings(judge, { name: "all", settings: { guides } });
}

function requireGuides(guides: readonly unknown[]): void {
  if (guides.length === 0) throw new TracegradError("bad-option", "Give at least one guide to combine; got none.");
  const bad = guides.findIndex((guide) => typeof guide !== "function");
  if (bad < 0) return;
  throw new TracegradError("bad-option", `Guide ${bad} is ${preview(guides[bad])}; a guide is a function.`);
}

async function judgeAll<I, O, K>(
  guides: readonly Guide<I, O, K>[],
  run: Parameters<Guide<I, O, K>>,
): Promise<readonly Judgement[]> {
  return Promise.all(guides.map(async (guide) => checkJudgement(await guide(...run))));
}

function textsOf(judgements: readonly Judgement[]): string {
  return judgements
    .map((one) => one.text)
    .filter((text) => text !== "")
    .join("\n");
}

/** The verdict on a run in plain English: what it found, by which figures, and what would prove it. */

import type { Comparison } from "../training/acceptance/comparison.ts";
import type { Evidence, Finding, Verdict } from "../training/acceptance/verdict.ts";
import { changeTexts, decimalsOf, gainText, plural, scoreText } from "./figures.ts";

/** A verdict in words. */
export interface VerdictText {
  /** The finding: `Proven better`. */
  readonly head: string;
  readonly look: "good" | "plain" | "bad";
  /** Sentences, the most important first. The first one continues the head. */
  readonly sentences: readonly [string, ...string[]];
}

/** The verdict as lines of text, the most important first. */
export function verdictLines(verdict: Verdict): readonly string[] {
  const { head, sentences } = verdictText(verdict);
  const [first, ...others] = sentences;
  return [`${head}: ${first}`, ...others];
}

/** The verdict in words: the sealed test first, where it was read. */
export function verdictText(verdict: Verdict): VerdictText {
  const { finalist, shipped, isDecided, validation, test } = verdict;
  if (!isDecided) return undecidedText(verdict);
  if (finalist !== shipped) return rejectedText(verdict);
  if (test?.comparison !== undefined) return testText(verdict, test, test.comparison);
  if (validation.comparison !== undefined) return validationText(verdict, validation.comparison);
  const head = verdict.candidates > 1 ? heads["no difference"] : "Nothing to compare";
  return { head, look: "plain", sentences: [nothingToCompare(verdict)] };
}

const heads: Readonly<Record<Finding, string>> = {
  "proven better": "Proven better",
  "better but not proven": "Better, but not proven",
  "no difference": "No difference",
  worse: "Worse",
};

function lookOf(finding: Finding): VerdictText["look"] {
  return finding === "proven better" ? "good" : finding === "worse" ? "bad" : "plain";
}

/** The finalist ships, and the sealed test says what it is worth. */
function testText(verdict: Verdict, test: Evidence, comparison: Comparison): VerdictText {
  const { finding } = test;
  const { validation } = verdict;
  const onValidation =
    validation.comparison &&
    `On validation: ${heads[validation.finding].toLowerCase()}, ${validationFigures(verdict, validation.comparison)}.`;
  return {
    head: `${heads[finding]} on the sealed test`,
    look: lookOf(finding),
    sentences: [
      `${figuresOf(test, comparison, "examples")}.`,
      ...optional(onValidation),
      ...optional(correction(verdict)),
      ...(finding === "better but not proven" ? ["A proof needs more sealed test examples."] : []),
      ...(finding === "worse"
        ? ["It ships anyway, because the sealed test decides nothing: use the baseline instead."]
        : []),
    ],
  };
}

/** The finalist ships by its validation scores. */
function validationText(verdict: Verdict, comparison: Comparison): VerdictText {
  const { finding } = verdict.validation;
  return {
    head: heads[finding],
    look: lookOf(finding),
    sentences: [
      `${validationFigures(verdict, comparison)}.`,
      ...optional(correction(verdict)),
      ...(finding === "better but not proven" ? [proofText(verdict)] : []),
    ],
  };
}

/** The finalist does not ship. */
function rejectedText(verdict: Verdict): VerdictText {
  const { validation, ship, approved } = verdict;
  const { finding, comparison } = validation;
  if (approved === false) return disapprovedText(verdict, comparison);
  if (comparison === undefined) {
    const sentence = `no example was scored for both the finalist and the baseline, so ${remainsText(verdict)}.`;
    return { head: "Not proven", look: "plain", sentences: [sentence] };
  }
  const isGone = ship === "likely" && finding === "no difference" && comparison.difference > 0;
  const why = isGone
    ? `but no gain remains after the correction for selection bias, so ${remainsText(verdict)}`
    : `so ${remainsText(verdict)}`;
  return {
    head: finding === "worse" || finding === "no difference" ? heads[finding] : "Not proven",
    look: "plain",
    sentences: [
      `the finalist scored ${validationFigures(verdict, comparison)}, ${why}.`,
      ...optional(correction(verdict)),
      ...(finding === "better but not proven" ? [proofText(verdict)] : []),
    ],
  };
}

/** The run would ship the finalist, but `approve` said no. */
function disapprovedText(verdict: Verdict, comparison: Comparison | undefined): VerdictText {
  const figures = comparison && `It scored ${validationFigures(verdict, comparison)}.`;
  return {
    head: "Not approved",
    look: "plain",
    sentences: [`the finalist was rejected, so ${remainsText(verdict)}.`, ...optional(figures)],
  };
}

function remainsText({ shippedStep: step }: Verdict): string {
  if (step === 0) return "the baseline stays";
  return `the candidate of step ${step} stays, which the run accepted at an earlier end`;
}

/** The run ended before it could decide. */
function undecidedText(verdict: Verdict): VerdictText {
  const { comparison } = verdict.validation;
  const soFar = comparison && `The finalist scored ${validationFigures(verdict, comparison)}.`;
  return {
    head: "Not decided",
    look: "plain",
    sentences: [
      `the run ended before it could evaluate its finalist on the examples that decide, so ${remainsText(verdict)}.`,
      ...optional(soFar),
      "Run the same command again, with more budget if it is used up, and the run decides.",
    ],
  };
}

/** Why there is nothing to compare: the baseline ships, or there are no validation scores. */
function nothingToCompare({ candidates, score, test }: Verdict): string {
  if (candidates > 2) {
    return `none of the ${candidates - 1} other scored candidates is better than the baseline, which stays.`;
  }
  if (candidates === 2) return "the other scored candidate is not better than the baseline, which stays.";
  if (score !== undefined) return "no other candidate was scored, so the baseline stays.";
  const sealed = test === undefined ? "" : ", nor does the sealed test";
  return `no validation scores say whether what ships is better than the baseline${sealed}.`;
}

/** The figures on validation examples, which may have chosen the finalist. */
function validationFigures({ validation, isIndependent, corrected }: Verdict, comparison: Comparison): string {
  const chose = corrected === undefined ? "validation examples" : "validation examples, which also selected it";
  return figuresOf(validation, comparison, isIndependent ? "examples that only decide" : chose);
}

/** `0.50 → 0.70, +0.20 (95% interval +0.06 to +0.33; 17 better, 28 the same, 5 worse of 50 examples; p = 0.004)`. */
function figuresOf({ alpha, finding }: Evidence, comparison: Comparison, of: string): string {
  const { interval, better, same, worse, pairs } = comparison;
  const { before, after, gain } = changeTexts({ mean: comparison.before }, { mean: comparison.after });
  const [low, high] = interval.map((bound) => gainText(bound, boundDecimals(comparison)));
  const counts = `${better} better, ${same} the same, ${worse} worse of ${pairs} ${of}`;
  const p = alpha === undefined ? "" : `; ${pText(finding, comparison, alpha)}`;
  return `${before} → ${after}, ${gain} (95% interval ${low} to ${high}; ${counts}${p})`;
}

/** The decimals that give the width of the interval two digits. */
function boundDecimals({ interval: [low, high] }: Comparison): number {
  return decimalsOf((high - low) / 2, 2);
}

function pText(finding: Finding, { p, pWorse }: Comparison, alpha: number): string {
  const value = finding === "worse" ? pWorse : p;
  const text = value < 0.001 ? "p < 0.001" : `p = ${value.toFixed(value < 0.1 ? 3 : 2)}`;
  return finding !== "better but not proven"
    ? text
    : `${text}, and a proof needs ${Number(alpha.toPrecision(2))} or less`;
}

/** The score that chose the finalist, and one that did not. */
function correction(verdict: Verdict): string | undefined {
  const { score, corrected, candidates, isIndependent } = verdict;
  const { comparison } = verdict.validation;
  if (score === undefined || corrected === undefined || comparison === undefined) return undefined;
  const of = candidates > 2 ? `, the highest of ${plural(candidates, "scored candidate")}` : "";
  const { after, gain } = changeTexts({ mean: comparison.before }, { mean: corrected });
  const [on, over] = isIndependent ? [" on other examples", ""] : ["", `, ${gain} over the baseline`];
  return `Selected for its score of ${scoreText(score)}${on}${of}; corrected for selection bias: ${after}${over}.`;
}

function proofText({ validation, ship }: Verdict): string {
  const sealed = "sealed test examples and `test: true`";
  if (ship === "proven" || validation.alpha !== undefined)
    return `For a proof: more validation examples, or ${sealed}.`;
  return `These examples selected it, so they prove nothing. For a proof: \`acceptance: "proven"\`, or ${sealed}.`;
}

function optional(sentence: string | undefined): readonly string[] {
  return sentence === undefined ? [] : [sentence];
}

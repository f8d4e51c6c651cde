/** The verdict on a run in plain English: what was shown, by which figures, and what would prove it. */

import type { Comparison } from "../training/acceptance/comparison.ts";
import type { Evidence, Finding, Verdict } from "../training/acceptance/verdict.ts";
import { changeTexts, decimalsOf, gainText, plural, scoreText } from "./figures.ts";

/** A verdict in words. */
export interface VerdictText {
  /** What was shown: `Proven better`. */
  readonly head: string;
  readonly look: "good" | "plain" | "bad";
  /** Sentences, the most important first. The first one goes on from the head. */
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
  if (!isDecided) return undecided(verdict);
  if (finalist !== shipped) return rejected(verdict);
  if (test?.comparison !== undefined) return tested(verdict, test, test.comparison);
  if (validation.comparison !== undefined) return validated(verdict, validation.comparison);
  const head = verdict.candidates > 1 ? heads["no difference"] : "Nothing to compare";
  return { head, look: "plain", sentences: [uncompared(verdict)] };
}

const heads: Readonly<Record<Finding, string>> = {
  "proven better": "Proven better",
  "best but not proven": "Best, but not proven",
  "no difference": "No difference",
  worse: "Worse",
};

function lookOf(finding: Finding): VerdictText["look"] {
  return finding === "proven better" ? "good" : finding === "worse" ? "bad" : "plain";
}

/** The finalist has shipped, and the sealed test says what it is worth. */
function tested(verdict: Verdict, test: Evidence, comparison: Comparison): VerdictText {
  const { finding } = test;
  const { validation } = verdict;
  const onValidation =
    validation.comparison &&
    `On validation: ${heads[validation.finding].toLowerCase()}, ${figuresOf(validation, validation.comparison, placeOf(verdict))}.`;
  return {
    head: `${finding === "best but not proven" ? "Better, but not proven" : heads[finding]} on the sealed test`,
    look: lookOf(finding),
    sentences: [
      `${figuresOf(test, comparison, "examples")}.`,
      ...given(onValidation),
      ...given(correction(verdict)),
      ...(finding === "best but not proven" ? ["A proof needs more sealed test examples."] : []),
      ...(finding === "worse" ? ["It ships all the same, since the sealed test decides nothing: keep the start."] : []),
    ],
  };
}

/** The finalist has shipped by its validation scores. */
function validated(verdict: Verdict, comparison: Comparison): VerdictText {
  const { finding } = verdict.validation;
  return {
    head: heads[finding],
    look: lookOf(finding),
    sentences: [
      `${figuresOf(verdict.validation, comparison, placeOf(verdict))}.`,
      ...given(correction(verdict)),
      ...(finding === "best but not proven" ? [wayToProof(verdict)] : []),
    ],
  };
}

function rejected(verdict: Verdict): VerdictText {
  const { validation, ship } = verdict;
  const { finding, comparison } = validation;
  if (comparison === undefined) {
    const sentence = `no example was judged for both the best candidate and the start, so ${remains(verdict)}.`;
    return { head: "Not proven", look: "plain", sentences: [sentence] };
  }
  const isGone = ship === "likely" && finding === "no difference" && comparison.difference > 0;
  const why = isGone
    ? `and once that is corrected for the choice no gain is left, so ${remains(verdict)}`
    : `so ${remains(verdict)}`;
  return {
    head: finding === "worse" || finding === "no difference" ? heads[finding] : "Not proven",
    look: "plain",
    sentences: [
      `the best candidate scored ${figuresOf(validation, comparison, placeOf(verdict))}, ${why}.`,
      ...given(correction(verdict)),
      ...(finding === "best but not proven" ? [wayToProof(verdict)] : []),
    ],
  };
}

function remains({ shippedStep: step }: Verdict): string {
  return step === 0 ? "the start stays" : `the program of step ${step} stays, which the run accepted at an earlier end`;
}

function undecided(verdict: Verdict): VerdictText {
  const { validation } = verdict;
  const { comparison } = validation;
  const soFar = comparison && `The best candidate scored ${figuresOf(validation, comparison, placeOf(verdict))}.`;
  return {
    head: "Not decided",
    look: "plain",
    sentences: [
      `the run ended before it could judge its best candidate on the examples that decide, so ${remains(verdict)}.`,
      ...given(soFar),
      "Run the same command again, with more budget where that ended, and the run decides.",
    ],
  };
}

/** Why there is nothing to compare: the start has shipped, or there are no validation scores. */
function uncompared({ candidates, score, test }: Verdict): string {
  if (candidates > 2) return `none of the ${candidates - 1} other programs scored higher than the start, which stays.`;
  if (candidates === 2) return "the other program did not score higher than the start, which stays.";
  if (score !== undefined) return "no other program was scored, so the start stays.";
  return `no validation scores show whether what ships is better than the start${test === undefined ? "" : ", nor does the sealed test"}.`;
}

/** On which examples the validation figures are. */
function placeOf({ isIndependent, corrected }: Verdict): string {
  if (isIndependent) return "examples that only decided";
  return corrected === undefined ? "validation examples" : "validation examples, which also chose it";
}

/** `0.50 → 0.70, +0.20 (95 %: +0.06 to +0.33; 17 better, 28 the same, 5 worse of 50 examples; p = 0.004)`. */
function figuresOf({ alpha, finding }: Evidence, comparison: Comparison, of: string): string {
  const { interval, better, same, worse, pairs } = comparison;
  const { before, after, gain } = changeTexts({ mean: comparison.before }, { mean: comparison.after });
  const [low, high] = interval.map((bound) => gainText(bound, boundDecimals(comparison)));
  const counts = `${better} better, ${same} the same, ${worse} worse of ${pairs} ${of}`;
  const p = alpha === undefined ? "" : `; ${pText(finding, comparison, alpha)}`;
  return `${before} → ${after}, ${gain} (95 %: ${low} to ${high}; ${counts}${p})`;
}

/** As many decimals as show the width of the interval with two digits. */
function boundDecimals({ interval: [low, high] }: Comparison): number {
  return decimalsOf((high - low) / 2, 2);
}

function pText(finding: Finding, { p, pWorse }: Comparison, alpha: number): string {
  const value = finding === "worse" ? pWorse : p;
  const text = value < 0.001 ? "p < 0.001" : `p = ${value.toFixed(value < 0.1 ? 3 : 2)}`;
  return finding !== "best but not proven"
    ? text
    : `${text}, and a proof needs ${Number(alpha.toPrecision(2))} or less`;
}

/** The score that chose the finalist beside the one that did not. */
function correction({ score, corrected, candidates, isIndependent, validation }: Verdict): string | undefined {
  const { comparison } = validation;
  if (score === undefined || corrected === undefined || comparison === undefined) return undefined;
  const of = candidates > 2 ? `, the highest of ${plural(candidates, "program")}` : "";
  const { after, gain } = changeTexts({ mean: comparison.before }, { mean: corrected });
  const [on, over] = isIndependent ? [" on other examples", ""] : ["", `, ${gain} over the start`];
  return `Chosen by ${scoreText(score)}${on}${of}; corrected for having been chosen: ${after}${over}.`;
}

function wayToProof({ validation, ship }: Verdict): string {
  const sealed = "sealed test examples and `test: true`";
  if (ship === "proven" || validation.alpha !== undefined)
    return `For a proof: more validation examples, or ${sealed}.`;
  return `These examples chose it, so they prove nothing. For a proof: \`acceptance: "proven"\`, or ${sealed}.`;
}

function given(sentence: string | undefined): readonly string[] {
  return sentence === undefined ? [] : [sentence];
}

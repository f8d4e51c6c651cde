/** Google's evaluator, by examples of each rule. */

import { expect, test } from "vitest";
import { isRightForGoogle } from "../../../examples/bbh/google-metric.ts";

test.each([
  ["an equal answer", "No", "No"],
  ["another case", "yes", "Yes"],
  ["spaces after commas", "a, b,c", "a,b, c"],
  ["a full stop", "Ambiguous.", "Ambiguous"],
  ["bold type", "**unknown**", "unknown"],
  ["what follows the sentence that leads up to it", "I think so. The answer is: (B)", "(B)"],
  ["what follows the last such sentence", "The answer is (A). No: The final answer is (C).", "(C)"],
  ["LaTeX", "The answer is $\\boxed{42}$", "42"],
  ["only its first line", "disproved\nbecause of the third rule", "disproved"],
  ["a letter without brackets", "b", "(B)"],
  ["brackets around a letter", "(F)", "F"],
  ["another form of the same number", "8.0", "8"],
  ["missing apostrophes", "kaheoomi", "kahe'oomi"],
  ["square brackets", "[12]", "12"],
  ["missing square brackets", "12", "[12]"],
  ["a question mark", "proved?", "proved"],
])("forgives %s", (_, output, target) => {
  expect(isRightForGoogle(output, target)).toBe(true);
});

test.each([
  ["another choice", "(A)", "(B)"],
  ["an answer with more words", "it is (B)", "(B)"],
  ["an answer in its second line", "Let me see.\n(B)", "(B)"],
  ["nothing", "", "(B)"],
  ["what is no number for a number", "", "0"],
  ["several letters for one", "(AB)", "A"],
])("does not forgive %s", (_, output, target) => {
  expect(isRightForGoogle(output, target)).toBe(false);
});

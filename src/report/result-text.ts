/** What a run led to, as a few lines for a terminal. */

import type { TrainResult } from "../training/result.ts";
import type { EvaluationResult, Spent } from "../training/types.ts";
import { redactor } from "../util/redact.ts";
import { changeTexts, dollarText, plural, roleTexts, shortCount, timeText } from "./figures.ts";
import { reasonTexts } from "./parts/summary.ts";
import { plainLine } from "./terminal.ts";
import { verdictLines } from "./verdict-text.ts";

/**
 * Why it ended, the scores of start and chosen program, what it took, its warnings, and at the end the verdict. Without
 * control characters and secrets.
 */
export function resultText(result: TrainResult): string {
  const { reason, baseline, best, test, spent, warnings } = result;
  // Steps name themselves as origins; a search has other ways to come by programs.
  const searched = result.candidates.some(({ step, origin }) => step > 0 && origin !== "step");
  const unit = searched ? "round" : "step";
  const steps = `${plural(spent.steps, unit)}${searched ? ` and ${plural(result.candidates.length, "program")}` : ""}`;
  const which = searched ? `${best.id} of round ${best.step}` : `that of step ${best.step}`;
  const choice = best.step === 0 ? "the start is the best program" : `the best program is ${which}`;
  const lines = [
    `ended after ${steps}, since ${reasonTexts[reason] ?? reason}; ${choice}`,
    ...scoreLine("validation", baseline.validation, best.validation, chosenText(result)),
    ...scoreLine("test", test?.baseline, test?.best),
    `spent       ${spentText(spent)}`,
    ...roleLines(spent),
    ...warnings.map((warning) => `warning     ${warning}`),
  ];
  const redact = redactor();
  const texts = [...lines.map((line) => redact(plainLine(redact(line)))), ...verdictRows(result)];
  return texts.map((text) => `${text}\n`).join("");
}

/** The verdict, its sentences below each other. They hold no text of the run. */
function verdictRows({ verdict }: TrainResult): readonly string[] {
  if (verdict === undefined) return [];
  return verdictLines(verdict).map((line, at) => `${(at === 0 ? "verdict" : "").padEnd(12)}${line}`);
}

/** The best of many by a score looks better by it than it is. */
function chosenText({ best, candidates, verdict }: TrainResult): string {
  if (best.step === 0) return "";
  if (verdict?.corrected !== undefined) return "; chosen by this score, which the verdict corrects";
  return `; the best of ${plural(candidates.length, "program")} is chosen by such scores, so expect less on new examples`;
}

/** Calls, tokens, dollars and time in one line. */
export function spentText({ llmCalls, inputTokens, outputTokens, usd, seconds, possiblyPaid }: Spent): string {
  const perhaps = possiblyPaid > 0 ? ` (${possiblyPaid} cut off, counted at the most that they can cost)` : "";
  const cost = usd === undefined ? "cost unknown" : dollarText(usd);
  return `${plural(llmCalls, "model call")}${perhaps}, ${shortCount(inputTokens + outputTokens)} tokens, ${cost}, ${timeText(seconds)}`;
}

/** One line for each role that has called models, when several have: one alone has made all the calls above. */
function roleLines({ byRole }: Spent): readonly string[] {
  const lines = roleTexts.flatMap(([role]) => {
    const { llmCalls, inputTokens, outputTokens, usd } = byRole[role];
    if (llmCalls === 0) return [];
    const cost = usd === undefined ? "cost unknown" : dollarText(usd);
    return `${role.padEnd(12)}${plural(llmCalls, "model call")}, ${shortCount(inputTokens + outputTokens)} tokens, ${cost}`;
  });
  return lines.length > 1 ? lines : [];
}

function scoreLine(
  name: string,
  start: EvaluationResult | undefined,
  best: EvaluationResult | undefined,
  note = "",
): readonly string[] {
  if (start === undefined || best === undefined) return [];
  const { before, after, gain } = changeTexts(start, best);
  const intervals = [start, best].some(({ interval }) => interval !== undefined) ? " [95 % intervals]" : "";
  return [
    `${name.padEnd(12)}${before} → ${after} (${gain}), ${plural(best.outcomes.length, "example")}${intervals}${note}`,
  ];
}

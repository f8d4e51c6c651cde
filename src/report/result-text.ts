/** The result of a run as a few lines for a terminal. */

import type { TrainResult } from "../training/result.ts";
import type { EvaluationResult, Spent } from "../training/types.ts";
import { redactor } from "../util/redact.ts";
import { endSentence } from "./end-text.ts";
import { changeTexts, dollarText, plural, roleTexts, shortCount, timeText } from "./figures.ts";
import { plainLine } from "./terminal.ts";
import { verdictLines } from "./verdict-text.ts";

/**
 * Why it ended, the scores of the baseline and of what ships, what it took, its warnings, and at the end the verdict.
 * Without control characters and secrets.
 */
export function resultText(result: TrainResult): string {
  const { reason, baseline, best, test, spent, warnings } = result;
  // Candidates of a plain run have the origin "step"; those of a search have others.
  const isSearch = result.candidates.some(({ step, origin }) => step > 0 && origin !== "step");
  const candidates = isSearch ? ` and ${plural(result.candidates.length, "candidate")}` : "";
  const length = `${plural(spent.steps, isSearch ? "round" : "step")}${candidates}`;
  const which = isSearch ? `${best.id} of round ${best.step}` : `the candidate of step ${best.step}`;
  const lines = [
    `${endSentence(reason, length)}; ${best.step === 0 ? "the baseline" : which} ships`,
    ...scoreLine("validation", baseline.validation, best.validation, biasText(result)),
    ...scoreLine("test", test?.baseline, test?.best),
    `spent       ${spentText(spent)}`,
    ...roleLines(spent),
    ...warnings.map((warning) => `warning     ${warning}`),
  ];
  const redact = redactor();
  const texts = [...lines.map((line) => redact(plainLine(redact(line)))), ...verdictRows(result)];
  return texts.map((text) => `${text}\n`).join("");
}

/** The verdict, a line for each sentence. They contain no text of the run. */
function verdictRows({ verdict }: TrainResult): readonly string[] {
  if (verdict === undefined) return [];
  return verdictLines(verdict).map((line, index) => `${(index === 0 ? "verdict" : "").padEnd(12)}${line}`);
}

/** The highest of many scores is higher than the candidate is good. */
function biasText({ best, candidates, verdict }: TrainResult): string {
  if (best.step === 0) return "";
  if (verdict?.corrected !== undefined) return "; this score selected the candidate, and the verdict corrects for that";
  const scored = candidates.filter(({ validation }) => validation !== undefined).length;
  return `; the best of ${plural(scored, "scored candidate")}, so expect less on new examples`;
}

/** Calls, tokens, dollars and time in one line. */
export function spentText({ llmCalls, inputTokens, outputTokens, usd, seconds, possiblyPaid }: Spent): string {
  const doubt = possiblyPaid > 0 ? ` (${possiblyPaid} interrupted, may be billed)` : "";
  const cost = tokensAndCost(inputTokens + outputTokens, usd);
  return `${plural(llmCalls, "model call")}${doubt}, ${cost}, ${timeText(seconds)}`;
}

function tokensAndCost(tokens: number, usd: number | undefined): string {
  return `${shortCount(tokens)} tokens, ${usd === undefined ? "cost unknown" : dollarText(usd)}`;
}

/** One line for each role that has called models, when several have: a single one made all the calls above. */
function roleLines({ byRole }: Spent): readonly string[] {
  const lines = roleTexts.flatMap(([role]) => {
    const { llmCalls, inputTokens, outputTokens, usd } = byRole[role];
    if (llmCalls === 0) return [];
    return `${role.padEnd(12)}${plural(llmCalls, "model call")}, ${tokensAndCost(inputTokens + outputTokens, usd)}`;
  });
  return lines.length > 1 ? lines : [];
}

function scoreLine(
  name: string,
  baseline: EvaluationResult | undefined,
  best: EvaluationResult | undefined,
  note = "",
): readonly string[] {
  if (baseline === undefined || best === undefined) return [];
  const { before, after, gain } = changeTexts(baseline, best);
  const intervals = [baseline, best].some(({ interval }) => interval !== undefined) ? " [95% intervals]" : "";
  return [
    `${name.padEnd(12)}${before} → ${after} (${gain}), ${plural(best.outcomes.length, "example")}${intervals}${note}`,
  ];
}

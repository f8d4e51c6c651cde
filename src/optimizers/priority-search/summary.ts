/** POLCA's summary: the model sums up what is known of the candidates, a few at a time, for the next proposals. */

import { shorten } from "../../util/cut.ts";
import type { Outcome } from "../search/outcome.ts";
import type { SearchContext } from "../search/search.ts";
import { standingOf } from "../search/standing.ts";
import { type SummaryCandidate, summaryRequestText, summarySystem } from "./prompt-text.ts";

/** The summary so far. */
export type CandidateSummary = {
  /** Empty before the first. */
  readonly text: string;
  /** The candidates that it covers. */
  readonly seen: readonly string[];
};

/** The summary before the first one. */
export const noSummary: CandidateSummary = { text: "", seen: [] };

/** How many candidates one summary adds, as in POLCA. */
const summaryBatchSize = 5;
/** In characters. A longer summary would drown the problem that it should help with. */
const maxSummaryLength = 4_000;

/**
 * The summary with the newest candidates that it does not cover, by their outcomes on training examples: feedback on
 * validation examples must not reach the model that proposes. Unchanged when there is nothing new or the answer is
 * empty.
 */
export async function updateSummary(context: SearchContext, summary: CandidateSummary): Promise<CandidateSummary> {
  const seen = new Set(summary.seen);
  const fresh = context
    .candidates()
    .filter(({ id }) => !seen.has(id) && context.evaluationCount(id, "train") > 0)
    .slice(-summaryBatchSize);
  if (fresh.length === 0) return summary;
  const candidates = fresh.map(
    ({ id, values }): SummaryCandidate => ({ ...standingOf(context, id), values, ...extremesOf(context, id) }),
  );
  const content = summaryRequestText(candidates, summary.text);
  const [reply] = await context.ask([{ system: summarySystem, messages: [{ role: "user", content }] }]);
  const text = shorten((reply?.text ?? "").trim(), maxSummaryLength);
  return { text: text === "" ? summary.text : text, seen: [...summary.seen, ...fresh.map(({ id }) => id)] };
}

/** The best and the worst run on training examples; only one when all have the same score. */
function extremesOf(context: SearchContext, candidate: string): Pick<SummaryCandidate, "best" | "worst"> {
  const scored = context.knownOutcomes(candidate, "train").filter(({ score }) => score !== undefined);
  const sorted = [...scored].sort((a, b) => scoreOf(a) - scoreOf(b));
  const [worst, best] = [sorted[0], sorted.at(-1)];
  const isAlike = worst !== undefined && best !== undefined && scoreOf(worst) === scoreOf(best);
  const runOf = (outcome: Outcome | undefined) =>
    outcome && { input: context.example(outcome.exampleId).input, outcome };
  return { best: isAlike ? undefined : runOf(best), worst: runOf(worst) };
}

function scoreOf({ score }: Outcome): number {
  return score as number;
}

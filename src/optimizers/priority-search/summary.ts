/** POLCA's summary: the model sums up what candidates have shown, a few of them at a time, for the next proposals. */

import { shorten } from "../../util/cut.ts";
import type { Outcome } from "../search/outcome.ts";
import type { SearchContext } from "../search/search.ts";
import { standingOf } from "../search/standing.ts";
import { type Shown, summaryRequestText, summarySystem } from "./prompt-text.ts";

/** What has been summed up so far. */
export type Summary = {
  /** Empty before the first. */
  readonly text: string;
  /** The candidates that it has seen. */
  readonly seen: readonly string[];
};

/** Before anything was summed up. */
export const noSummary: Summary = { text: "", seen: [] };

/** How many candidates one summary adds, as in POLCA. */
const candidatesAtOnce = 5;
/** A summary that will not end would drown the problem that it is to help with. */
const longestSummary = 4_000;

/**
 * The summary with the newest candidates that it has not seen, by their runs on training examples: what the judge says
 * of validation examples must not reach who proposes. As it was when there is nothing new or the model says nothing.
 */
export async function summedUp(context: SearchContext, summary: Summary): Promise<Summary> {
  const seen = new Set(summary.seen);
  const fresh = context
    .candidates()
    .filter(({ id }) => !seen.has(id) && context.evaluationCount(id, "train") > 0)
    .slice(-candidatesAtOnce);
  if (fresh.length === 0) return summary;
  const shown = fresh.map(
    ({ id, values }): Shown => ({ ...standingOf(context, id), values, ...extremes(context, id) }),
  );
  const content = summaryRequestText(shown, summary.text);
  const [reply] = await context.ask([{ system: summarySystem, messages: [{ role: "user", content }] }]);
  const text = shorten((reply?.text ?? "").trim(), longestSummary);
  return { text: text === "" ? summary.text : text, seen: [...summary.seen, ...fresh.map(({ id }) => id)] };
}

/** The best and the worst run on training examples; one of them when all went alike. */
function extremes(context: SearchContext, candidate: string): Pick<Shown, "success" | "failure"> {
  const scored = context.knownOutcomes(candidate, "train").filter(({ score }) => score !== undefined);
  const sorted = [...scored].sort((a, b) => scoreOf(a) - scoreOf(b));
  const [worst, best] = [sorted[0], sorted.at(-1)];
  const isAlike = worst !== undefined && best !== undefined && scoreOf(worst) === scoreOf(best);
  return { success: isAlike ? undefined : best, failure: worst };
}

function scoreOf({ score }: Outcome): number {
  return score as number;
}

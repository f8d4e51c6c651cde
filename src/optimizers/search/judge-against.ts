/** Judges challengers of a candidate whose scores are known, each only as long as it could still be better. */

import { type CrossFitSplit, crossFitSplits } from "../../math/cross-fit-splits.ts";
import { roundingOf, sumBeyond } from "../../math/statistics.ts";
import type { Outcome } from "./outcome.ts";
import type { SearchContext } from "./search.ts";
import { judgeWithin } from "./standing.ts";

/**
 * Examples are judged in chunks of at least so many, and in at most so many chunks: each chunk waits for its slowest
 * run.
 */
const leastChunk = 8;
const maxChunks = 10;

/**
 * Judges challengers on the validation examples, and stops judging one that has lost: even with `world.maxScore` on all
 * remaining examples it would score lower than the incumbent. To leave the estimates of the run as they are, it must
 * have lost on the examples of each cross-fitting choice too. Where that cannot be known, all are judged to the end:
 * without a highest score, where the incumbent failed somewhere, and where the budget has no room for all of them.
 * @returns The outcomes on all validation examples, in the order of the challengers; none for one that has lost before
 * the end.
 */
export async function judgeAgainst(
  context: SearchContext,
  challengers: readonly string[],
  incumbent: string,
): Promise<readonly (readonly Outcome[])[]> {
  const { validation, maxScore, evaluationsLeft } = context;
  const bar = barOf(context, incumbent);
  if (bar === undefined || maxScore === undefined || evaluationsLeft < challengers.length * validation.length) {
    return judgeWithin(
      context,
      challengers.map((candidate) => ({ candidate })),
    );
  }
  const size = Math.max(leastChunk, Math.ceil(validation.length / maxChunks));
  const splits = crossFitSplits(validation.length);
  const outcomesOf = (candidate: string) => context.knownOutcomes(candidate, "validation");
  for (let from = 0; from < validation.length; from += size) {
    const open = challengers.filter((candidate) => canWin(outcomesOf(candidate), { bar, maxScore, splits }));
    if (open.length === 0) break;
    const examples = validation.slice(from, from + size);
    await context.evaluate(open.map((candidate) => ({ candidate, examples })));
  }
  return challengers.map(outcomesOf).map((outcomes) => (outcomes.length === validation.length ? outcomes : []));
}

/**
 * The scores to beat, one a validation example. Undefined where some are not known for good: what a failed run counts
 * hangs on the scores that are still to come, and examples on which the start has no score are left out of estimates.
 */
function barOf(context: SearchContext, incumbent: string): readonly number[] | undefined {
  const start = context.candidates()[0]?.id ?? incumbent;
  const outcomes = context.knownOutcomes(incumbent, "validation");
  const scores = outcomes.flatMap(({ score, failure }) =>
    score === undefined || failure !== undefined ? [] : [score],
  );
  const starting = context.knownOutcomes(start, "validation").filter(({ score }) => score !== undefined);
  const isWhole = [scores, starting].every(({ length }) => length === context.validation.length);
  return isWhole ? scores : undefined;
}

/**
 * Whether a challenger, judged on the first of the examples, could still score as high as the bar on those of some
 * choice. Who has lost them all has lost on all examples together.
 */
function canWin(
  outcomes: readonly Outcome[],
  { bar, maxScore, splits }: { bar: readonly number[]; maxScore: number; splits: readonly CrossFitSplit[] },
): boolean {
  const seen = outcomes.flatMap(({ score }) => (score === undefined ? [] : [score]));
  // A guide that gives more than its highest score may do so again.
  const most = [...bar, ...seen].reduce((one, other) => Math.max(one, other), maxScore);
  const highest = bar.map((_, at) => outcomes[at]?.score ?? most);
  const rounding = roundingOf([...highest, ...bar]);
  const leads = highest.map((score, at) => score - (bar[at] as number));
  return splits.some(
    ({ rest }) =>
      sumBeyond(
        rest.map((at) => leads[at] as number),
        rounding,
      ) >= 0,
  );
}

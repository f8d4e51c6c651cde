/** Evaluates candidates against a reference whose scores are known, each only as long as it could still be better. */

import { type CrossFitSplit, crossFitSplits } from "../../math/cross-fit-splits.ts";
import { roundingOf, sumBeyond } from "../../math/statistics.ts";
import type { Outcome } from "./outcome.ts";
import type { SearchContext } from "./search.ts";
import { evaluateWithin } from "./standing.ts";

/**
 * The smallest chunk of examples, and the most chunks. Fewer are faster, since each chunk waits for its slowest run.
 */
const minChunkSize = 8;
const maxChunks = 10;

/**
 * Evaluates candidates on the validation examples, and stops with one that has lost: even with the maximum score on all
 * remaining examples it would score lower than the reference. To leave the run's estimates unchanged, it must have lost
 * on the examples of each cross-fitting split too. All are evaluated in full when that cannot be known: without a
 * maximum score, when the reference failed on some example, and when the budget cannot pay for all of them.
 * @returns The outcomes on all validation examples, in the order of the candidates; none for a candidate that lost
 * before the end.
 */
export async function evaluateAgainst(
  context: SearchContext,
  candidates: readonly string[],
  reference: string,
): Promise<readonly (readonly Outcome[])[]> {
  const { validation, maxScore, evaluationsLeft } = context;
  const bar = scoresToBeat(context, reference);
  if (bar === undefined || maxScore === undefined || evaluationsLeft < candidates.length * validation.length) {
    return evaluateWithin(
      context,
      candidates.map((candidate) => ({ candidate })),
    );
  }
  const size = Math.max(minChunkSize, Math.ceil(validation.length / maxChunks));
  const splits = crossFitSplits(validation.length);
  const outcomesOf = (candidate: string) => context.knownOutcomes(candidate, "validation");
  for (let from = 0; from < validation.length; from += size) {
    const open = candidates.filter((candidate) => canWin(outcomesOf(candidate), { bar, maxScore, splits }));
    if (open.length === 0) break;
    const examples = validation.slice(from, from + size);
    await context.evaluate(open.map((candidate) => ({ candidate, examples })));
  }
  return candidates.map(outcomesOf).map((outcomes) => (outcomes.length === validation.length ? outcomes : []));
}

/**
 * The scores to beat, one for each validation example. Undefined when some are not final: what a failed run counts
 * depends on later scores, and estimates leave out examples on which the baseline has no score.
 */
function scoresToBeat(context: SearchContext, reference: string): readonly number[] | undefined {
  const baseline = context.candidates()[0]?.id ?? reference;
  const outcomes = context.knownOutcomes(reference, "validation");
  const scores = outcomes.flatMap(({ score, failure }) =>
    score === undefined || failure !== undefined ? [] : [score],
  );
  const ofBaseline = context.knownOutcomes(baseline, "validation").filter(({ score }) => score !== undefined);
  const isWhole = [scores, ofBaseline].every(({ length }) => length === context.validation.length);
  return isWhole ? scores : undefined;
}

/**
 * Whether a candidate, evaluated on the first of the examples, could still score as high as the bar on some split. One
 * that has lost on every split has lost on all examples together.
 */
function canWin(
  outcomes: readonly Outcome[],
  { bar, maxScore, splits }: { bar: readonly number[]; maxScore: number; splits: readonly CrossFitSplit[] },
): boolean {
  const seen = outcomes.flatMap(({ score }) => (score === undefined ? [] : [score]));
  // A guide that exceeded its maximum score may do so again.
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

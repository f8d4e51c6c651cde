/** The examples that a merged candidate is evaluated on first: some that each parent wins, and some ties (GEPA). */

import { requireWholeNumber } from "../../util/require.ts";
import { type Rng, shuffled } from "../../util/rng.ts";

/** The examples that both have a score for, by who did better. */
export interface PairedExamples {
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly tie: readonly string[];
}

/** Groups the examples that both have a score for by who did better. */
export function pairedExamples(
  first: ReadonlyMap<string, number>,
  second: ReadonlyMap<string, number>,
): PairedExamples {
  const common = [...first].flatMap(([id, a]) => {
    const b = second.get(id);
    return b === undefined ? [] : [{ id, lead: a - b }];
  });
  const ids = (who: (lead: number) => boolean) => common.filter(({ lead }) => who(lead)).map(({ id }) => id);
  return { first: ids((lead) => lead > 0), second: ids((lead) => lead < 0), tie: ids((lead) => lead === 0) };
}

/**
 * `count` of the examples that both parents have a score for: up to a third, rounded up, that the first wins, as many
 * that the second wins, as many ties, and the rest from any. All of them when there are no more than `count`; GEPA then
 * takes some twice.
 * @throws TracegradError `bad-option` unless `count` is a whole number above 0.
 */
export function mergeExamples(
  first: ReadonlyMap<string, number>,
  second: ReadonlyMap<string, number>,
  rng: Rng,
  count: number = 5,
): readonly string[] {
  requireWholeNumber("count", count);
  const each = Math.ceil(count / 3);
  const { first: a, second: b, tie } = pairedExamples(first, second);
  const selected: string[] = [];
  for (const kind of [a, b, tie]) {
    selected.push(...shuffled(kind, rng).slice(0, Math.min(each, count - selected.length)));
  }
  const unused = [...a, ...b, ...tie].filter((id) => !selected.includes(id));
  return [...selected, ...shuffled(unused, rng).slice(0, count - selected.length)];
}

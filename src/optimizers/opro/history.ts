/** What OPRO remembers: the best solutions so far with their scores, each once, the worst first. Pure. */

import { hashOf } from "../../util/json.ts";
import type { Variable } from "../problem.ts";
import { valueText } from "../prompt/fence.ts";

/** A solution that was scored: the values of all variables together. */
export type ScoredSolution = {
  /** The hash of its values: the same values have the same key. */
  readonly key: string;
  /** Its values as they are shown, by variable. */
  readonly values: Readonly<Record<string, string>>;
  /** The sum of its scores, and of how many: the same solution seen again sharpens its mean. */
  readonly total: number;
  readonly visits: number;
};

/** What of the solutions is kept. */
export interface HistoryRules {
  /** How many are kept, the best ones. */
  readonly most: number;
  /** Solutions with a lower mean score are dropped. */
  readonly threshold: number;
}

/** The mean of a solution's scores. */
export function meanOf({ total, visits }: Pick<ScoredSolution, "total" | "visits">): number {
  return total / visits;
}

/** The key of a solution. */
export function keyOf(values: Readonly<Record<string, unknown>>): string {
  return hashOf(values);
}

/** A solution out of the values that ran, with the score they got. */
export function solutionOf(variables: readonly Variable[], score: number): ScoredSolution {
  const values = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
  const shown = variables.map((variable) => [variable.name, shownValue(variable)] as const);
  return { key: keyOf(values), values: Object.fromEntries(shown), total: score, visits: 1 };
}

/** A value as it is remembered: in full, for it is what a new one is written after; of an image, which one it is. */
function shownValue({ value, parameter }: Variable): string {
  if (parameter.kind === "image") {
    const { mediaType, data } = value as { readonly mediaType: string; readonly data?: unknown };
    const size = typeof data === "string" ? `, ${data.length} characters of base64` : "";
    return `(an image: ${mediaType}${size}, ${hashOf(value).slice(0, 12)})`;
  }
  return valueText(value);
}

/**
 * The history with one more scored solution, in ascending order of the mean score, and of equal ones the newest last. A
 * solution that is in it already gets the score added to its own. Only the best are kept.
 */
export function remembered(
  history: readonly ScoredSolution[],
  solution: ScoredSolution,
  { most, threshold }: HistoryRules,
): readonly ScoredSolution[] {
  const known = history.find(({ key }) => key === solution.key);
  const now =
    known === undefined
      ? solution
      : { ...known, total: known.total + solution.total, visits: known.visits + solution.visits };
  const others = history.filter(({ key }) => key !== solution.key);
  const ascending = [...others, now].sort((one, other) => meanOf(one) - meanOf(other));
  return ascending.filter((one) => meanOf(one) >= threshold).slice(-most);
}

/**
 * Writes scores as the model reads them. When all of them lie in 0 to 1, as whole numbers from 0 to `buckets`: models
 * tell such numbers apart more easily than long fractions. Otherwise, or with 0 buckets, as they are, to six digits.
 */
export function scoreTexts(scores: readonly number[], buckets: number): readonly string[] {
  const isShare = buckets > 0 && scores.every((score) => score >= 0 && score <= 1);
  return scores.map((score) => (isShare ? String(Math.round(score * buckets)) : String(Number(score.toPrecision(6)))));
}

/** What OPRO remembers: the best solutions so far with their scores, each once, the worst first. Pure. */

import { hashOf } from "../../util/json.ts";
import type { Variable } from "../problem.ts";
import { valueText } from "../prompt/text.ts";

/** A solution that was scored: the values of all variables together. */
export type ScoredSolution = {
  /** The hash of its values: the same values have the same key. */
  readonly key: string;
  /** Its values as text, by variable. */
  readonly values: Readonly<Record<string, string>>;
  /** The sum of its scores, and their number: each run of the same solution sharpens its mean. */
  readonly total: number;
  readonly visits: number;
};

/** Which solutions a history holds. */
export interface HistoryRules {
  /** How many solutions it holds, the best ones. */
  readonly size: number;
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
  const texts = variables.map((variable) => [variable.name, solutionText(variable)] as const);
  return { key: keyOf(values), values: Object.fromEntries(texts), total: score, visits: 1 };
}

/** A value as text: in full, since the model writes a new one like it; an image by its type and hash. */
function solutionText({ value, parameter }: Variable): string {
  if (parameter.kind === "image") {
    const { mediaType, data } = value as { readonly mediaType: string; readonly data?: unknown };
    const size = typeof data === "string" ? `, ${data.length} characters of base64` : "";
    return `(an image: ${mediaType}${size}, ${hashOf(value).slice(0, 12)})`;
  }
  return valueText(value);
}

/**
 * The history with one more scored solution, in ascending order of the mean score; of equal ones the newest comes last.
 * A solution that is already in it gets the score added to its own. Only the best stay.
 */
export function addSolution(
  history: readonly ScoredSolution[],
  solution: ScoredSolution,
  { size, threshold }: HistoryRules,
): readonly ScoredSolution[] {
  const known = history.find(({ key }) => key === solution.key);
  const now =
    known === undefined
      ? solution
      : { ...known, total: known.total + solution.total, visits: known.visits + solution.visits };
  const others = history.filter(({ key }) => key !== solution.key);
  const ascending = [...others, now].sort((one, other) => meanOf(one) - meanOf(other));
  return ascending.filter((one) => meanOf(one) >= threshold).slice(-size);
}

/**
 * The scale of the scores that a prompt shows: `buckets` when all of them lie in 0 to 1, since models compare whole
 * numbers more easily than long fractions; otherwise 0, which writes them as they are.
 */
export function scaleOf(scores: readonly number[], buckets: number): number {
  return scores.every((score) => score >= 0 && score <= 1) ? buckets : 0;
}

/** Writes a score for the model: as a whole number from 0 to `scale`, or with six digits when that is 0. */
export function scoreText(score: number, scale: number): string {
  return String(scale > 0 ? Math.round(score * scale) : Number(score.toPrecision(6)));
}

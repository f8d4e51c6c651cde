/** Refuses solutions that ran before, however they are written. */

import type { Parameter } from "../../nodes/parameter.ts";
import type { Problem } from "../problem.ts";
import { refusal } from "../prompt/answer.ts";
import type { Refusal, Suggestion } from "../suggestion.ts";
import { keyOf, meanOf, type ScoredSolution, scoreText } from "./history.ts";
import { repeatedText, unchangedText } from "./prompt-text.ts";

/** The solutions that have run. */
export interface PastSolutions {
  readonly history: readonly ScoredSolution[];
  readonly current: ScoredSolution;
  /** How scores are written: see {@link scoreText}. */
  readonly scale: number;
}

/** Why a suggestion is refused that gives a solution of the history, or the current one; undefined for new ones. */
export function refuseRepeat(
  suggestion: Suggestion,
  problem: Problem,
  { history, current, scale }: PastSolutions,
): Refusal | undefined {
  const key = keyWith(suggestion, problem);
  if (key === current.key) return refusal(unchangedText);
  const known = history.find((solution) => solution.key === key);
  return known === undefined ? undefined : refusal(repeatedText(scoreText(meanOf(known), scale)));
}

/** The key of the solution that the suggestion gives. */
function keyWith({ values }: Suggestion, { variables }: Problem): string {
  const next = variables.map(({ name, parameter, value }) => [
    name,
    values.has(name) ? project(parameter, values.get(name)) : value,
  ]);
  return keyOf(Object.fromEntries(next));
}

/** The value after the parameter's projections: values that differ only in what a projection removes are the same. */
function project(parameter: Parameter, given: unknown): unknown {
  return parameter.projections.reduce((value, projection) => projection(value), given);
}

/** Refuses solutions that were tried before, whatever way they are written in. */

import type { Parameter } from "../../nodes/parameter.ts";
import type { Problem } from "../problem.ts";
import type { ReplyFormat } from "../prompt/reply.ts";
import type { Refusal, Suggestion } from "../suggestion.ts";
import { keyOf, meanOf, type ScoredSolution, scoreTexts } from "./history.ts";
import { repeatedText, unchangedText } from "./prompt-text.ts";

/** What was tried. */
export interface Tried {
  readonly history: readonly ScoredSolution[];
  readonly current: ScoredSolution;
  /** How scores are written: see {@link scoreTexts}. */
  readonly buckets: number;
}

/**
 * `format`, in which a suggestion that gives a solution of the history, or what runs now, is refused with the reason.
 */
export function newSolutions(format: ReplyFormat, problem: Problem, tried: Tried): ReplyFormat {
  return {
    instructions: (posed) => format.instructions(posed),
    tool: (posed) => format.tool(posed),
    read(reply, posed) {
      const read = format.read(reply, posed);
      return "values" in read ? (repeated(read, problem, tried) ?? read) : read;
    },
  };
}

function repeated(suggestion: Suggestion, problem: Problem, { history, current, buckets }: Tried): Refusal | undefined {
  const known = new Set(problem.variables.map(({ name }) => name));
  // Names that are no variables get their own reason later.
  if ([...suggestion.values.keys()].some((name) => !known.has(name))) return undefined;
  const key = keyWith(suggestion, problem);
  if (key === current.key) return { name: undefined, reason: unchangedText };
  const at = history.findIndex((solution) => solution.key === key);
  if (at < 0) return undefined;
  return { name: undefined, reason: repeatedText(scoreTexts(history.map(meanOf), buckets)[at] as string) };
}

/** The key of the solution that the suggestion gives. Undefined when a value is no JSON, which is refused later. */
function keyWith({ values }: Suggestion, { variables }: Problem): string | undefined {
  try {
    const next = variables.map(({ name, parameter, value }) => [
      name,
      values.has(name) ? projected(parameter, values.get(name)) : value,
    ]);
    return keyOf(Object.fromEntries(next));
  } catch {
    return undefined;
  }
}

/** The value as it would be kept: what differs only in what a projection takes away is the same. */
function projected(parameter: Parameter, given: unknown): unknown {
  return parameter.projections.reduce((value, project) => project(value), given);
}

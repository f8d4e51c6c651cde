/** What a model suggests, and the checks that accept it only whole and only valid. */

import type { ParameterUpdate } from "../nodes/commit.ts";
import { fitValue, problemWith } from "../nodes/fit-value.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { stableStringify } from "../util/json.ts";
import type { Problem, Variable } from "./problem.ts";

/** New values by variable name, with the model's reasoning. */
export interface Suggestion {
  readonly values: ReadonlyMap<string, unknown>;
  readonly reasoning: string;
  /** What a reply gave beside them and was left out, such as a name of no variable. Default: nothing. */
  readonly dropped?: readonly Refusal[];
}

/** Why a value, or a whole reply (`name` is undefined), was refused. */
export interface Refusal {
  readonly name: string | undefined;
  readonly reason: string;
}

/** The field `dropped` of a suggestion or a proposal; none where nothing was left out. */
export function droppedField(dropped: readonly Refusal[] = []): Pick<Suggestion, "dropped"> {
  return dropped.length === 0 ? {} : { dropped };
}

/** A suggestion after the checks: the updates of all its changes, or the reasons for none. */
export interface Fitted {
  readonly updates: readonly ParameterUpdate[];
  readonly refused: readonly Refusal[];
}

/** The longest accepted value, in characters of text or JSON. */
const maxValueLength = 200_000;

/**
 * Checks a suggestion against its problem: known names, right types, schemas, code that parses and keeps its signature.
 * One bad value refuses all of it, since the values were thought of together. Values equal to the old ones are no
 * updates.
 */
export async function fit(suggestion: Suggestion, problem: Problem): Promise<Fitted> {
  const updates: ParameterUpdate[] = [];
  const refused: Refusal[] = [];
  for (const [name, given] of suggestion.values) {
    const variable = problem.variables.find((candidate) => candidate.name === name);
    if (variable === undefined) {
      refused.push(unknownName(name, problem.variables));
      continue;
    }
    const result = await fitOne(variable, given);
    if ("reason" in result) refused.push({ name, reason: result.reason });
    else if (!isSame(result.value, variable.value)) {
      updates.push({ parameter: variable.parameter, value: result.value, seen: variable.version, was: variable.value });
    }
  }
  return refused.length > 0 ? { updates: [], refused } : { updates, refused };
}

/** Why a value is refused whose name is that of no variable. */
export function unknownName(name: string, variables: readonly Variable[]): Refusal {
  const known = variables.map((one) => one.name).join(", ");
  return { name, reason: `There is no variable "${name}". The variables are: ${known}.` };
}

type FittedValue = { readonly value: unknown } | { readonly reason: string };

async function fitOne({ parameter }: Variable, given: unknown): Promise<FittedValue> {
  try {
    // Also refuses what is not JSON, or too deep for the code that walks it later.
    const size = typeof given === "string" ? given.length : stableStringify(given).length;
    if (size > maxValueLength) return { reason: `The value has ${size} characters; the most is ${maxValueLength}.` };
    const fit = await fitValue(parameter, await project(parameter, given));
    return "value" in fit ? fit : { reason: withConstraint(fit.problem, parameter.constraint) };
  } catch (error) {
    return { reason: error instanceof TracegradError ? error.message : messageOf(error) };
  }
}

/** A projection may rely on the right type, so when one fails, a wrong type is reported first. */
async function project(parameter: Parameter, given: unknown): Promise<unknown> {
  try {
    return parameter.projections.reduce((value, projection) => projection(value), given);
  } catch (error) {
    const problem = await problemWith(parameter, given);
    throw problem === undefined ? error : new TracegradError("bad-value", problem);
  }
}

function withConstraint(problem: string, constraint: string | undefined): string {
  return constraint === undefined ? problem : `${problem} (constraint: ${constraint})`;
}

function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object") return Object.is(one, other);
  try {
    return stableStringify(one) === stableStringify(other);
  } catch {
    return false;
  }
}

/** Whether a value may take the place of that of a parameter. */

import { messageOf } from "../util/errors.ts";
import { type Fit, fitBy, textProblem, typeProblem } from "./fit.ts";
import type { Parameter } from "./parameter.ts";

/**
 * `value` as a new value of `parameter`: the result of its schema, or what is wrong with it. A promise only when the
 * schema is asynchronous.
 */
export function fitValue(parameter: Parameter, value: unknown): Fit | Promise<Fit> {
  return fitBy(problemOf, parameter, value);
}

/** What is wrong with `value` as a new value of `parameter`, as `fitValue` says it; undefined when nothing is. */
export function problemWith(parameter: Parameter, value: unknown): string | undefined | Promise<string | undefined> {
  const fit = fitValue(parameter, value);
  return fit instanceof Promise ? fit.then(problemIn) : problemIn(fit);
}

function problemIn(fit: Fit): string | undefined {
  return "problem" in fit ? fit.problem : undefined;
}

function problemOf(parameter: Parameter, value: unknown): string | undefined {
  return typeProblem(parameter, value) ?? codeProblem(parameter, value) ?? textProblem(parameter, value);
}

function codeProblem(parameter: Parameter, value: unknown): string | undefined {
  try {
    parameter.code?.check(value as string);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : messageOf(error);
  }
}

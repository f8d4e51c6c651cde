/** Binds a space to parameters: which domain belongs to which parameter, and which values a run's credit has. */

import type { Credit } from "../../graph/credit.ts";
import { problemWith } from "../../nodes/fit-value.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import type { Json } from "../../util/decode.ts";
import { hashOf } from "../../util/json.ts";
import { uniqueNames } from "../../util/names.ts";
import { preview } from "../../util/preview.ts";
import type { Variable } from "../problem.ts";
import { badSpace } from "../space/domain.ts";
import type { Point, Space } from "../space/space.ts";

/** Values by parameter name. */
export type LocalValues = { readonly [name: string]: Json };

/** A run: the values of all parameters of the space, and the variables that its credit lets change. */
export interface LocalRun {
  readonly values: LocalValues;
  readonly variables: readonly Variable[];
}

/** How many candidates of a space are checked before the space is refused. */
const maxChecked = 8;

/** The names that the space uses for parameters, as in a parameter state: `x`, `x_1`, … for several named `x`. */
export type ParameterNames = WeakMap<Parameter, string>;

/**
 * Adds the names of `parameters` to `names`, and checks that the space fits them.
 * @throws TracegradError `bad-space` when the space names a parameter that does not exist, or has no value that its
 * parameter accepts.
 */
export function bindSpace(space: Space, parameters: readonly Parameter[], names: ParameterNames): void {
  const unique = uniqueNames(parameters.map(({ name }) => name));
  for (const [at, parameter] of parameters.entries()) names.set(parameter, unique[at] as string);
  for (const name of space.names) {
    const parameter = parameters[unique.indexOf(name)];
    if (parameter === undefined) {
      throw badSpace(
        `The space declares values for "${name}", but the optimizer has no trainable parameter of this name. ` +
          `It has: ${unique.join(", ")}.`,
      );
    }
    const { first, problem } = firstProblem(space.only([name]), name, parameter);
    if (problem !== undefined) {
      throw badSpace(
        `The space's values for "${name}" do not fit this parameter, such as ${preview(first)}: ${problem}`,
      );
    }
  }
}

/** The problem with the first value, if the parameter accepts none of the first few. */
function firstProblem(space: Space, name: string, parameter: Parameter): { first: Json; problem: string | undefined } {
  let found: { first: Json; problem: string } | undefined;
  let seen = 0;
  for (const point of space.all()) {
    const first = project(parameter, space.valuesOf(point)[name] as Json);
    const problem = problemWith(parameter, first);
    // An asynchronous schema is checked when a value is proposed.
    if (problem instanceof Promise) problem.catch(() => undefined);
    if (typeof problem !== "string") return { first, problem: undefined };
    found ??= { first, problem };
    seen += 1;
    if (seen === maxChecked) break;
  }
  return found ?? { first: null, problem: undefined };
}

/**
 * The run that a credit is for. Only `parameters` that the feedback has reached may change; the others keep the value
 * of the run, or their present one.
 */
export function runOf(space: Space, names: ParameterNames, credit: Credit, parameters: readonly Parameter[]): LocalRun {
  const values: Record<string, Json> = {};
  const variables: Variable[] = [];
  for (const parameter of new Set([...parameters, ...credit.signals.keys()])) {
    const name = names.get(parameter);
    if (name === undefined || !space.names.includes(name)) continue;
    const signal = credit.signals.get(parameter);
    values[name] = (signal === undefined ? parameter.read().value : signal.value) as Json;
    if (signal === undefined || !parameters.includes(parameter)) continue;
    variables.push({ name, parameter, value: signal.value, version: signal.version });
  }
  return { values, variables };
}

/** The values that a candidate would run with, after the parameters' projections. */
export function valuesAfter(space: Space, point: Point, { values, variables }: LocalRun): LocalValues {
  const declared = space.valuesOf(point);
  const changed = variables.map(({ name, parameter }) => [name, project(parameter, declared[name] as Json)] as const);
  return { ...values, ...Object.fromEntries(changed) };
}

/** Values after the projections of the parameters of these names. */
export function projectValues(values: LocalValues, parameters: readonly Parameter[]): LocalValues {
  const names = uniqueNames(parameters.map(({ name }) => name));
  const projected = Object.entries(values).map(([name, value]) => {
    const parameter = parameters[names.indexOf(name)];
    return [name, parameter === undefined ? value : project(parameter, value)] as const;
  });
  return Object.fromEntries(projected);
}

/** A key for values: the same for equal ones. */
export function keyOf(values: LocalValues): string {
  return hashOf(values).slice(0, 16);
}

/** A value that a projection refuses stays unchanged: it is refused later, with the reason. */
function project(parameter: Parameter, value: Json): Json {
  try {
    return parameter.projections.reduce<unknown>((result, projection) => projection(result), value) as Json;
  } catch {
    return value;
  }
}

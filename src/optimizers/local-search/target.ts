/** Binds a space to the parameters of a candidate: which domain is whose, and what of a run's credit belongs to it. */

import type { Credit } from "../../graph/credit.ts";
import { problemWith } from "../../nodes/fit.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import type { Json } from "../../util/decode.ts";
import { hashOf } from "../../util/json.ts";
import { uniqueNames } from "../../util/names.ts";
import { preview } from "../../util/preview.ts";
import type { Variable } from "../problem.ts";
import { badSpace } from "../space/domain.ts";
import type { Point, Space } from "../space/space.ts";

/** Values by parameter name. */
export type Values = { readonly [name: string]: Json };

/** What ran: the values of all parameters of the space, and those that may be changed by this credit. */
export interface Ran {
  readonly values: Values;
  readonly variables: readonly Variable[];
}

/** How many candidates of a space are looked at before it is said to fit its parameters. */
const looked = 8;

/**
 * The names that the space knows parameters by, as a parameter state gives them: of several of one name `x`, `x_1`, ….
 */
export type Names = WeakMap<Parameter, string>;

/**
 * Notes the names of `parameters`, and checks that the space is theirs.
 * @throws TracegradError `bad-space` when the space names one that is not there, or has no value that its parameter
 * takes.
 */
export function bind(space: Space, parameters: readonly Parameter[], names: Names): void {
  const given = uniqueNames(parameters.map(({ name }) => name));
  for (const [at, parameter] of parameters.entries()) names.set(parameter, given[at] as string);
  for (const name of space.names) {
    const parameter = parameters[given.indexOf(name)];
    if (parameter === undefined) {
      throw badSpace(
        `The space declares values for "${name}", and the optimizer has no trainable parameter of this name. It has: ${given.join(", ")}.`,
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

/** The problem with the first value, when there is one with each of the first few. */
function firstProblem(space: Space, name: string, parameter: Parameter): { first: Json; problem: string | undefined } {
  let found: { first: Json; problem: string } | undefined;
  let seen = 0;
  for (const point of space.all()) {
    const first = projected(parameter, space.valuesOf(point)[name] as Json);
    const problem = problemWith(parameter, first);
    // An asynchronous schema answers when a value is proposed.
    if (problem instanceof Promise) problem.catch(() => undefined);
    if (typeof problem !== "string") return { first, problem: undefined };
    found ??= { first, problem };
    seen += 1;
    if (seen === looked) break;
  }
  return found ?? { first: null, problem: undefined };
}

/**
 * What ran, by the credit for it. Only `parameters` that feedback has reached may change; the others keep the value
 * that they ran with, or have now.
 */
export function ranOf(space: Space, names: Names, credit: Credit, parameters: readonly Parameter[]): Ran {
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

/** The values that the candidate would run with, by the parameters' projections. */
export function valuesAfter(space: Space, point: Point, { values, variables }: Ran): Values {
  const declared = space.valuesOf(point);
  const changed = variables.map(({ name, parameter }) => [name, projected(parameter, declared[name] as Json)] as const);
  return { ...values, ...Object.fromEntries(changed) };
}

/** Values as the parameters of these names take them: by their projections. */
export function asTaken(values: Values, parameters: readonly Parameter[]): Values {
  const names = uniqueNames(parameters.map(({ name }) => name));
  const taken = Object.entries(values).map(([name, value]) => {
    const parameter = parameters[names.indexOf(name)];
    return [name, parameter === undefined ? value : projected(parameter, value)] as const;
  });
  return Object.fromEntries(taken);
}

/** A name for values: the same for equal ones. */
export function keyOf(values: Values): string {
  return hashOf(values).slice(0, 16);
}

/** A value that a projection cannot take is left as it is: it is refused later, with the reason. */
function projected(parameter: Parameter, value: Json): Json {
  try {
    return parameter.projections.reduce<unknown>((given, project) => project(given), value) as Json;
  } catch {
    return value;
  }
}

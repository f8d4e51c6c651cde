/** The names under which candidates store the values of parameters. */

import type { Parameter } from "../../nodes/parameter.ts";
import { ParameterState } from "../../nodes/state.ts";

/** Parameters by name, in their order. */
export function namedParameters(parameters: readonly Parameter[]): ReadonlyMap<string, Parameter> {
  const state = ParameterState.of(parameters);
  return new Map(parameters.map((parameter) => [state.nameOf(parameter), parameter]));
}

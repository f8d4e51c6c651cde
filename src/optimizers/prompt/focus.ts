/** Narrows a step to some of the parameters: the others are shown, but may not change. */

import type { Credit } from "../../graph/credit.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { TracegradError } from "../../util/errors.ts";
import { typeName } from "../../util/type-name.ts";
import { type Problem, problemOf, type Variable } from "../problem.ts";
import type { ContextValue } from "../run-view/values.ts";

/** What is in focus, by name or itself; null for everything. */
export type Focus = readonly (string | Parameter)[] | null;

/**
 * Throws when something in focus is none of the optimizer's parameters.
 * @throws TracegradError `unknown-parameter`.
 */
export function checkFocus(focus: Focus, parameters: readonly Parameter[]): void {
  for (const one of focus ?? []) {
    if (parameters.some((parameter) => isMeant(one, parameter))) continue;
    const what = typeof one === "string" ? `"${one}"` : `the parameter "${one.name}"`;
    const known = parameters.map((parameter) => parameter.name).join(", ");
    throw new TracegradError(
      "unknown-parameter",
      `\`focus\` names ${what}, which is not a trainable parameter of this optimizer. Its parameters are: ${known}.`,
    );
  }
}

/**
 * The problem of changing the parameters in focus.
 * @throws TracegradError `no-feedback` when none of them has a signal.
 */
export function focusedProblem(credit: Credit, parameters: readonly Parameter[], focus: Focus): Problem {
  if (focus === null) return problemOf(credit, parameters);
  const focused = parameters.filter((parameter) => focus.some((one) => isMeant(one, parameter)));
  const signal = focused.map((parameter) => credit.signals.get(parameter)).find((found) => found !== undefined);
  if (signal === undefined) {
    const names = focus.map((one) => (typeof one === "string" ? one : one.name)).join(", ");
    throw new TracegradError(
      "no-feedback",
      `No feedback has reached what is in focus (${names}). Focus on parameters that the output depends on.`,
    );
  }
  if (signal.subgraph !== undefined) return problemOf(credit, focused);
  const { variables, shared, ...rest } = problemOf(credit, parameters);
  const isIn = ({ parameter }: Variable) => focused.includes(parameter);
  const fixed = variables.filter((variable) => !isIn(variable)).map(asFixed);
  return {
    ...rest,
    variables: variables.filter(isIn),
    shared: [...fixed, ...shared],
  };
}

function isMeant(one: string | Parameter, parameter: Parameter): boolean {
  return typeof one === "string" ? one === parameter.name : one === parameter;
}

/** A variable as a value that is only shown. */
function asFixed({ name, value, parameter }: Variable): ContextValue {
  const fixed = { name, value, type: typeName(value), doc: parameter.doc };
  return { ...fixed, call: undefined, role: "fixed", distance: 0, isLiteral: false };
}

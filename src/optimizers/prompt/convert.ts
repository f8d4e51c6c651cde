/** Makes of a value that a model wrote the value of the kind that its variable has, where it can mean only one. */

import type { ParameterKind } from "../../nodes/fit.ts";
import { withoutExports } from "../../nodes/source/exports.ts";
import { readJson } from "../../util/loose-json.ts";
import { typeName } from "../../util/type-name.ts";
import type { Problem, Variable } from "../problem.ts";
import { withoutFence } from "./unwrap.ts";

/** The values by variable name, each as its kind has it. One that is null, for a variable that is never, is left out. */
export function convertValues(
  given: ReadonlyMap<string, unknown>,
  { variables }: Pick<Problem, "variables">,
): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [name, value] of given) {
    const variable = variables.find((one) => one.name === name);
    if (variable === undefined) values.set(name, value);
    else if (!isUnchanged(variable, value)) values.set(name, converted(variable, value));
  }
  return values;
}

/** Models write null for what they leave as it is. */
function isUnchanged({ parameter }: Variable, value: unknown): boolean {
  return (value === null && parameter.first !== null) || value === undefined;
}

const plainValues: Partial<Record<ParameterKind, RegExp>> = {
  number: /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/,
  boolean: /^\s*(?:true|false)\s*$/i,
};

/** Whether a text is a number or a boolean, written plainly, where the kind is that. */
export function writesValue(kind: ParameterKind, text: string): boolean {
  return plainValues[kind]?.test(text) === true;
}

/** The number that a text is; everything else as it is. */
export function numberOf(value: unknown): unknown {
  return typeof value === "string" && writesValue("number", value) ? Number(value) : value;
}

/** A text as the value that it writes; everything else, and texts that write none, as they are. */
function converted({ parameter }: Variable, value: unknown): unknown {
  if (typeof value !== "string") return value;
  const { kind, first } = parameter;
  switch (kind) {
    case "number":
      return numberOf(value);
    case "boolean":
      return writesValue(kind, value) ? value.trim().toLowerCase() === "true" : value;
    case "code":
      return withoutExports(withoutFence(value));
    case "json":
    case "image": {
      // Where any JSON will do, a text is one.
      if (first === null) return value;
      const read = readJson(withoutFence(value));
      return "value" in read && typeName(read.value) === typeName(first) ? read.value : value;
    }
    default:
      return value;
  }
}

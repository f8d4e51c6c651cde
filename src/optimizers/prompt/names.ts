/** Finds the variables that an answer means by its names. */

import type { Problem, Variable } from "../problem.ts";
import { type Refusal, unknownName } from "../suggestion.ts";

/** The values of an answer by the names of the variables that it means. */
export interface MatchedNames<T> {
  readonly values: ReadonlyMap<string, T>;
  /** What was left out, since it names no variable. */
  readonly dropped: readonly Refusal[];
}

/** Finds the variables that the names of an answer mean. An answer that gives one of them two values is refused. */
export function matchNames<T>(
  given: ReadonlyMap<string, T>,
  { variables }: Pick<Problem, "variables">,
): MatchedNames<T> | Refusal {
  const values = new Map<string, T>();
  const names = new Map<string, string>();
  const dropped: Refusal[] = [];
  for (const [as, value] of given) {
    const name = variableNamed(as, value, variables)?.name;
    const before = name === undefined ? undefined : names.get(name);
    if (name === undefined) dropped.push(unknownName(as, variables));
    else if (before !== undefined && !Object.is(values.get(name), value))
      return { name, reason: twiceText(before, as) };
    else {
      names.set(name, as);
      values.set(name, value);
    }
  }
  return { values, dropped };
}

/**
 * The variable that `name` means: the one of that name, the only one whose name differs in case and space alone, or the
 * only function, if the name is `code` or the value defines it.
 */
export function variableNamed(name: string, value: unknown, variables: readonly Variable[]): Variable | undefined {
  const exact = variables.find((variable) => variable.name === name);
  if (exact !== undefined) return exact;
  const alike = variables.filter((variable) => plain(variable.name) === plain(name));
  if (alike.length > 0) return alike.length === 1 ? alike[0] : undefined;
  const [code, ...others] = variables.filter(({ parameter }) => parameter.kind === "code");
  if (code === undefined || others.length > 0) return undefined;
  return isCodeName(name) || (typeof value === "string" && defines(value, code)) ? code : undefined;
}

function plain(name: string): string {
  return name.replace(/\s+/g, "").toLowerCase();
}

const isCodeName = (name: string) => /^(?:code|source|source[ _-]?code)$/i.test(name.trim());

/** Whether a text defines the function of a variable. */
function defines(text: string, { parameter }: Variable): boolean {
  const entry = parameter.code?.spec.entry;
  if (entry === undefined) return false;
  const definitions = text.matchAll(
    /^[ \t]*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function|const|let)\b\s*\*?\s*([\w$]+)/gm,
  );
  return [...definitions].some(([, name]) => name === entry);
}

function twiceText(one: string, other: string): string {
  return `The answer gives it twice, as "${one}" and as "${other}". Give each variable once.`;
}

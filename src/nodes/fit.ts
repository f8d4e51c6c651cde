/** Whether a value may be that of a parameter, and what it is then: the result of the parameter's schema. */

import { isDeepStrictEqual } from "node:util";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { messageOf } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import { typeName } from "../util/type-name.ts";
import type { Parameter } from "./parameter.ts";
import { placeholderProblem } from "./placeholders.ts";

/** The value as it becomes live, or what is wrong with it, in words for the optimizer. */
export type Fit = { readonly value: unknown } | { readonly problem: string };

/**
 * `value` as a new value of `parameter`: the result of its schema, or what is wrong with it. A promise only when the
 * schema is asynchronous.
 */
export function fitValue(parameter: Parameter, value: unknown): Fit | Promise<Fit> {
  const { schema } = parameter;
  if (schema === undefined) return fitWithoutSchema(parameter, value);
  const parsed = parsedBy(schema, value);
  return parsed instanceof Promise
    ? parsed.then((fit) => afterSchema(parameter, value, fit))
    : afterSchema(parameter, value, parsed);
}

/** What is wrong with `value` as a new value of `parameter`, as `fitValue` says it; undefined when nothing is. */
export function problemWith(parameter: Parameter, value: unknown): string | undefined | Promise<string | undefined> {
  const fit = fitValue(parameter, value);
  return fit instanceof Promise ? fit.then(problemOf) : problemOf(fit);
}

function problemOf(fit: Fit): string | undefined {
  return "problem" in fit ? fit.problem : undefined;
}

/** As `fitValue`, without the parameter's schema. */
export function fitWithoutSchema(parameter: Parameter, value: unknown): Fit {
  const problem = typeProblem(parameter, value) ?? codeProblem(parameter, value) ?? textProblem(parameter, value);
  return problem === undefined ? { value } : { problem };
}

/** A value of the wrong type is reported by its type, which says more than the schema of another type does. */
function afterSchema(parameter: Parameter, given: unknown, parsed: Fit): Fit {
  if (!("problem" in parsed)) return fitWithoutSchema(parameter, parsed.value);
  return { problem: problemOf(fitWithoutSchema(parameter, given)) ?? parsed.problem };
}

function parsedBy(schema: StandardSchemaV1, value: unknown): Fit | Promise<Fit> {
  const first = schema["~standard"].validate(value);
  if (first instanceof Promise) {
    return first.then(async (result) => fitOfBoth(result, await schema["~standard"].validate(valueOf(result))));
  }
  const second = schema["~standard"].validate(valueOf(first));
  return second instanceof Promise ? second.then((again) => fitOfBoth(first, again)) : fitOfBoth(first, second);
}

function valueOf(result: StandardSchemaV1.Result<unknown>): unknown {
  return result.issues === undefined ? result.value : undefined;
}

/**
 * A live value is checked again whenever a state is made of it: a schema that keeps changing it has no stable value.
 */
function fitOfBoth(first: StandardSchemaV1.Result<unknown>, second: StandardSchemaV1.Result<unknown>): Fit {
  const issues = issuesOf(first);
  if (issues !== undefined) return { problem: issues };
  const value = valueOf(first);
  if (second.issues === undefined && isDeepStrictEqual(second.value, value)) return { value };
  const again = issuesOf(second) ?? `it becomes ${preview(valueOf(second), 60)}`;
  return {
    problem:
      `the schema does not keep its own result, ${preview(value, 60)}: ${again}. Use a schema that leaves as it is ` +
      "what it has made, and change values in `projections`.",
  };
}

function typeProblem(parameter: Parameter, value: unknown): string | undefined {
  const wanted = parameter.kind;
  if (typeof value === "number" && !Number.isFinite(value)) return `${value} is not a finite number`;
  if (wanted === "code") return typeof value === "string" ? undefined : `expected source text, got ${typeName(value)}`;
  const { first } = parameter;
  const unstorable = storageProblem(value);
  if (unstorable !== undefined) return unstorable;
  const [expected, got] = [wanted === "image" ? "image" : typeName(first), typeName(value)];
  if (first === null) return undefined;
  if (wanted === "image") return imageProblem(value, got);
  return expected === got ? undefined : `expected ${article(expected)}, got ${article(got)}`;
}

function imageProblem(value: unknown, got: string): string | undefined {
  const { type, mediaType, data } = (value ?? {}) as { type?: unknown; mediaType?: unknown; data?: unknown };
  if (type !== "image" || typeof mediaType !== "string") return `expected an image, got ${article(got)}`;
  const isBase64 = typeof data === "string" && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
  return isBase64 ? undefined : "an image has its content as `data`, a text in base64";
}

/** Values are written to checkpoints and shown to optimizers, so that they must survive JSON. */
function storageProblem(value: unknown): string | undefined {
  if (typeof value === "string" || typeof value === "number") return undefined;
  try {
    const survives = isDeepStrictEqual(JSON.parse(JSON.stringify(value) ?? "null"), value);
    return survives
      ? undefined
      : `a value of type ${typeName(value)} must be JSON: text, finite numbers, arrays and records, nothing undefined`;
  } catch (error) {
    return `it cannot be written as JSON: ${messageOf(error)}`;
  }
}

function article(type: string): string {
  if (type === "null" || type === "undefined") return type;
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

function codeProblem(parameter: Parameter, value: unknown): string | undefined {
  try {
    parameter.code?.check(value as string);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : messageOf(error);
  }
}

function textProblem({ kind, first, placeholders }: Parameter, value: unknown): string | undefined {
  if (kind !== "text" || !placeholders) return undefined;
  return placeholderProblem(first as string, value as string);
}

/** The issues of a Standard Schema result as one line, each with its path; undefined when it passed. */
export function issuesOf(result: StandardSchemaV1.Result<unknown>): string | undefined {
  if (result.issues === undefined) return undefined;
  return result.issues.map((issue) => `${pathText(issue.path)}${issue.message}`).join("; ");
}

function pathText(path: StandardSchemaV1.Issue["path"]): string {
  if (path === undefined || path.length === 0) return "";
  return `${path.map((part) => String(typeof part === "object" ? part.key : part)).join(".")}: `;
}

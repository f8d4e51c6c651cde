/** Whether a value may be that of a parameter, and what it is then: the result of the parameter's schema. */

import { isDeepStrictEqual } from "node:util";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { messageOf } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import { typeName } from "../util/type-name.ts";
import { placeholderProblem } from "./placeholders.ts";

/** What kind of value a parameter holds. It never changes. */
export type ParameterKind = "text" | "number" | "boolean" | "json" | "code" | "image";

/** What decides of a parameter which values fit it. */
interface FittedParameter {
  readonly kind: ParameterKind;
  readonly schema: StandardSchemaV1 | undefined;
  /** The first value, whose type and placeholders all later ones have. */
  readonly first: unknown;
  /** Whether the placeholders of a text must survive. */
  readonly placeholders: boolean;
}

/** The value as it becomes live, or what is wrong with it, in words for the optimizer. */
export type Fit = { readonly value: unknown } | { readonly problem: string };

/** What is wrong with a value of `parameter`, whatever its schema says; undefined when nothing is. */
type ProblemOf<P> = (parameter: P, value: unknown) => string | undefined;

/**
 * `value` as a value of `parameter`: the result of its schema, or what is wrong with it. A promise only when the schema
 * is asynchronous.
 */
export function fitBy<P extends FittedParameter>(
  problemOf: ProblemOf<P>,
  parameter: P,
  value: unknown,
): Fit | Promise<Fit> {
  const { schema } = parameter;
  const fit = (result: unknown): Fit => {
    const problem = problemOf(parameter, result);
    return problem === undefined ? { value: result } : { problem };
  };
  if (schema === undefined) return fit(value);
  // A value of the wrong type is reported by its type, which says more than the schema of another type does.
  const after = (parsed: Fit): Fit =>
    "problem" in parsed ? { problem: problemOf(parameter, value) ?? parsed.problem } : fit(parsed.value);
  const parsed = parsedBy(schema, value);
  return parsed instanceof Promise ? parsed.then(after) : after(parsed);
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

/** What is wrong with the type of a value, or with keeping it. */
export function typeProblem(parameter: FittedParameter, value: unknown): string | undefined {
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

/** What is wrong with the placeholders of a text. */
export function textProblem({ kind, first, placeholders }: FittedParameter, value: unknown): string | undefined {
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

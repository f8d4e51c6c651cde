/**
 * Nodes whose value an optimizer may rewrite. The values live outside the node, so that many candidates can run at
 * once.
 */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { CodeSpec } from "../sandbox/sandbox.ts";
import { TracegradError } from "../util/errors.ts";
import { freezeDeep } from "../util/freeze.ts";
import { typeName } from "../util/type-name.ts";
import { type ContextView, currentContext } from "./context.ts";
import { fitBy, type ParameterKind, textProblem, typeProblem } from "./fit.ts";
import { Node } from "./node.ts";
import { isWatched, noteValue } from "./scope.ts";
import type { TypeDeclaration } from "./source/declarations.ts";

/** What a code parameter must look like, and how to find out. */
export interface CodeContract {
  readonly spec: CodeSpec;
  /** The text up to the body, as the optimizer is shown it. */
  readonly signature: string;
  /** The types that the signature names, with what these name in turn. */
  readonly types: readonly TypeDeclaration[];
  /** True where the name is a fallback, which two functions may share. */
  readonly unnamed?: boolean;
  /** Throws an error with line, column and caret when `source` is not acceptable. */
  check(source: string): void;
  /** Resolves when rewritten source can run. */
  load(): Promise<void>;
}

/** Options of {@link parameter}. */
export interface ParameterOptions<T> {
  /** Base name. Default: the name of the model's field that holds it, else `parameter`. */
  readonly name?: string;
  /** What the value is for, for the optimizer to read. */
  readonly doc?: string;
  /** What a new value must fulfil, in words: shown to the optimizer. */
  readonly constraint?: string;
  /**
   * Any Standard Schema (zod, valibot, …). Every value, the first too, must pass it, and what it makes of a value
   * (defaults, trimmed text, without unknown keys) is the value. A schema that changes its own results again refuses
   * all values. Of an asynchronous one the answer counts for what optimizers and searches propose, not for the first
   * value.
   */
  readonly schema?: StandardSchemaV1<unknown, T>;
  /** Applied in order to each new value before it is checked, such as trimming or formatting. */
  readonly projections?: readonly ((value: T) => T)[];
  /** Whether an optimizer may rewrite it. Default: true. */
  readonly trainable?: boolean;
  /**
   * Whether the placeholders of a text (`{{name}}`, `${name}`, `{name}`) must survive: a new value that lacks one of
   * those of the first value, or has another one of their style, is refused; so is a first value whose schema takes one
   * away or adds one. Default: true.
   */
  readonly placeholders?: boolean;
}

/** One value of a parameter in time. Older ones stay reachable, so that a run in flight reads what it began with. */
export interface ParameterEntry {
  readonly value: unknown;
  /** 0 for the first value; one more for each that replaced it. */
  readonly version: number;
  /** The commit that made it live. */
  readonly clock: number;
  readonly previous: ParameterEntry | undefined;
}

/** A node whose value an optimizer may rewrite. Make one with {@link parameter}. */
export class Parameter<T = unknown> extends Node<T> {
  /** Whether an optimizer may rewrite it. */
  readonly trainable: boolean;
  /** What a new value must fulfil, in words. */
  readonly constraint: string | undefined;
  /** Applied in order to each new value before it is checked. */
  readonly projections: readonly ((value: unknown) => unknown)[];
  /** What its text must define, if this is the source of a trainable function. */
  readonly code: CodeContract | undefined;
  /** Whether the placeholders of a text must survive. */
  readonly placeholders: boolean;
  /** @internal The live value. Only `commit` writes it. */
  entry: ParameterEntry;
  #name: string | undefined;
  #schema: StandardSchemaV1<unknown, T> | undefined;

  /** @internal */
  constructor(value: T, options: ParameterOptions<T> & { readonly code?: CodeContract }) {
    super({ kind: "parameter", name: options.name ?? "parameter", inputs: [], rest: false, doc: options.doc }, value);
    this.trainable = options.trainable ?? true;
    this.constraint = options.constraint;
    this.#schema = options.schema;
    this.projections = (options.projections ?? []) as readonly ((value: unknown) => unknown)[];
    this.code = options.code;
    this.placeholders = options.placeholders ?? true;
    this.entry = { value, version: 0, clock: 0, previous: undefined };
    this.#name = options.name;
  }

  override get name(): string {
    return this.#name ?? this.operation.name;
  }

  override get op(): string {
    return this.name;
  }

  /** What every new value must pass. */
  get schema(): StandardSchemaV1<unknown, T> | undefined {
    return this.#schema;
  }

  /** @internal The first value, whose type all later ones have. */
  get first(): T {
    return this.ownValue;
  }

  /** @internal Takes the name of the field that holds it, if it has no name yet. */
  adopt(name: string): void {
    this.#name ??= name;
  }

  /** @internal Takes the schema that its use asks for, if it has none of its own. */
  adoptSchema(schema: StandardSchemaV1<unknown, T>): void {
    this.#schema ??= schema;
  }

  /** @internal */
  override peek(): T {
    const { scope } = currentContext();
    const { value } = this.read();
    if (isWatched(scope)) noteValue(this as Parameter, scope, value);
    return value as T;
  }

  /** The version of the value that the caller's context reads: 0 at first, one more for each value that replaced it. */
  get version(): number {
    return this.read().version;
  }

  /** What kind of value it holds. */
  get kind(): ParameterKind {
    return this.code !== undefined ? "code" : kindOf(this.ownValue);
  }

  /** @internal The entry that the caller's context sees. */
  read(): Pick<ParameterEntry, "value" | "version"> {
    return this.entryIn(currentContext());
  }

  /** @internal The entry that is seen in a context. */
  entryIn({ state, clock }: Pick<ContextView, "state" | "clock">): Pick<ParameterEntry, "value" | "version"> {
    return state?.entry(this) ?? entryAt(this as Parameter, clock);
  }
}

/** The entry that was live at `clock`. */
export function entryAt(parameter: Parameter, clock: number): ParameterEntry {
  let entry = parameter.entry;
  while (entry.clock > clock && entry.previous !== undefined) entry = entry.previous;
  return entry;
}

/**
 * A node whose value an optimizer may rewrite: text, a number, a boolean, JSON or an image.
 *
 * Reads see the value of the caller's context: inside `withParameters(state, fn)` that state's, else the live one. A
 * `trace` reads from start to end the values that were live when it began. A record or array is kept as a frozen copy:
 * a program that writes to it fails, instead of changing the parameter behind the optimizer's back.
 * @throws TracegradError `bad-parameter` when the first value fails its own schema or cannot be a parameter.
 * @example
 * const instruction = parameter("Answer in one word.", { doc: "How the model should answer." });
 */
export function parameter<T>(value: T, options: ParameterOptions<T> = {}): Parameter<T> {
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "undefined") {
    throw new TracegradError(
      "bad-parameter",
      `A parameter holds text, a number, a boolean, JSON or an image, not ${typeName(value)}. ` +
        "To make a function's code a parameter, use bundle(fn, { trainable: true }).",
    );
  }
  const result = new Parameter(value, options);
  const first = requireFirst(result as Parameter, value);
  // A record or array is kept as a frozen copy, as later values are, which are made by steps.
  if (typeof first === "object") return new Parameter(freezeDeep(structuredClone(first)) as T, options);
  return first === value ? result : new Parameter(first as T, options);
}

function requireFirst(parameter: Parameter, value: unknown): unknown {
  let fit = fitBy(firstProblem, parameter, value);
  if (fit instanceof Promise) {
    // An asynchronous schema: its answer comes too late here, and must not end the process.
    fit.catch(() => undefined);
    const problem = typeProblem(parameter, value);
    fit = problem === undefined ? { value } : { problem };
  }
  if ("value" in fit) return fit.value;
  throw new TracegradError(
    "bad-parameter",
    `The first value of parameter "${parameter.name}" is not acceptable: ${fit.problem}`,
  );
}

/** The type is asked first: only a text has placeholders, which its schema may have taken away. */
function firstProblem(parameter: Parameter, value: unknown): string | undefined {
  return typeProblem(parameter, value) ?? textProblem(parameter, value);
}

function kindOf(value: unknown): ParameterKind {
  if (typeof value === "string") return "text";
  if (typeof value === "number" || typeof value === "boolean") return typeof value as "number" | "boolean";
  const { type, mediaType } = (value ?? {}) as { type?: unknown; mediaType?: unknown };
  return type === "image" && typeof mediaType === "string" ? "image" : "json";
}

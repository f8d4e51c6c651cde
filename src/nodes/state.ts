/**
 * Values of parameters as one immutable thing: a step is a set of patches, so history, diff, undo and branches come for
 * free.
 */

import { isDeepStrictEqual } from "node:util";
import { applyPatches, enablePatches, type Patch, produceWithPatches } from "immer";
import { messageOf, TracegradError } from "../util/errors.ts";
import { freezeDeep } from "../util/freeze.ts";
import { nearest } from "../util/known-names.ts";
import { UniqueNames } from "../util/names.ts";
import { isContainer } from "../util/tree.ts";
import { fitValue } from "./fit-value.ts";
import type { Parameter } from "./parameter.ts";

enablePatches();

interface StoredValue {
  readonly value: unknown;
  readonly version: number;
}
type ValuesByName = Readonly<Record<string, StoredValue>>;

/** A value that changed from one state to another. */
export interface Change {
  readonly name: string;
  readonly parameter: Parameter;
  readonly before: unknown;
  readonly after: unknown;
}

/** A state as JSON: the first values, and the patches of each step since. */
export interface StateJson {
  readonly format: "tracegrad-state";
  readonly version: 1;
  readonly first: Readonly<Record<string, { readonly value: unknown; readonly version: number }>>;
  readonly steps: readonly (readonly Patch[])[];
}

/**
 * An immutable set of parameter values with its history. Run an agent on it with `withParameters(state, fn)`; make it
 * live with `commit`.
 */
export class ParameterState {
  /** The state this one was made from; undefined for the first. */
  readonly parent: ParameterState | undefined;
  readonly #names: ReadonlyMap<Parameter, string>;
  readonly #values: ValuesByName;
  readonly #patches: readonly Patch[];

  private constructor(
    names: ReadonlyMap<Parameter, string>,
    values: ValuesByName,
    parent?: ParameterState,
    patches: Patch[] = [],
  ) {
    this.#names = names;
    this.#values = values;
    this.parent = parent;
    this.#patches = patches;
  }

  /** The values that the caller's context reads now. Names are the parameters' own, made unique. */
  static of(parameters: Iterable<Parameter>): ParameterState {
    const names = namesOf(parameters);
    const values: Record<string, StoredValue> = {};
    for (const [parameter, name] of names) {
      const { value, version } = parameter.read();
      values[name] = { value, version };
    }
    return new ParameterState(names, values);
  }

  /** The parameters it holds values of. */
  get parameters(): readonly Parameter[] {
    return [...this.#names.keys()];
  }

  /** The name of `parameter` here. */
  nameOf(parameter: Parameter): string {
    const name = this.#names.get(parameter);
    if (name === undefined) {
      throw new TracegradError("unknown-parameter", `This state holds no value of parameter "${parameter.name}".`);
    }
    return name;
  }

  /** Whether it holds a value of `parameter`. */
  has(parameter: Parameter): boolean {
    return this.#names.has(parameter);
  }

  /** @internal */
  entry(parameter: Parameter): StoredValue | undefined {
    const name = this.#names.get(parameter);
    return name === undefined ? undefined : this.#values[name];
  }

  /** The value of `parameter` here. */
  get<T>(parameter: Parameter<T>): T {
    return this.#values[this.nameOf(parameter as Parameter)]?.value as T;
  }

  /** All values by name. */
  get values(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(this.#values).map(([name, { value }]) => [name, value]));
  }

  /**
   * A new state with other values for some parameters: as their schemas return them. Equal values change
   * nothing; no change at all gives this state. Of a schema that answers asynchronously only optimizers and searches
   * wait for the answer.
   * @throws TracegradError `bad-value` when a value does not fit its parameter; then nothing is changed.
   */
  set(updates: Iterable<readonly [Parameter, unknown]>): ParameterState {
    const isChange = ([parameter, value]: readonly [Parameter, unknown]) =>
      !isDeepStrictEqual(this.get(parameter), value);
    const changes = [...updates]
      .filter(isChange)
      .map(([parameter, value]) => [parameter, requireFit(parameter, value)] as const)
      .filter(isChange);
    if (changes.length === 0) return this;
    const [values, patches] = produceWithPatches(this.#values, (draft) => {
      for (const [parameter, value] of changes) {
        const name = this.nameOf(parameter);
        draft[name] = { value, version: (this.#values[name]?.version ?? 0) + 1 };
      }
    });
    return new ParameterState(this.#names, values, this, patches);
  }

  /** What differs from `other`, by default from the state this one was made from. */
  diff(other: ParameterState | undefined = this.parent): readonly Change[] {
    if (other === undefined) return [];
    const changes: Change[] = [];
    for (const [parameter, name] of this.#names) {
      const [before, after] = [other.#values[name]?.value, this.#values[name]?.value];
      if (!isDeepStrictEqual(before, after)) changes.push({ name, parameter, before, after });
    }
    return changes;
  }

  /** The state before this one; this one when it is the first. */
  undo(): ParameterState {
    return this.parent ?? this;
  }

  /** All states from the first to this one. */
  history(): readonly ParameterState[] {
    const states: ParameterState[] = [];
    for (let at: ParameterState | undefined = this; at !== undefined; at = at.parent) states.push(at);
    return states.reverse();
  }

  /** The first values, and the patches of each step since: all of the history. */
  toJSON(): StateJson {
    const [first, ...later] = this.history();
    return {
      format: "tracegrad-state",
      version: 1,
      first: first === undefined ? {} : first.#values,
      steps: later.map((state) => state.#patches),
    };
  }

  /**
   * Rebuilds a state, with its history, for the same parameters.
   * @throws TracegradError `bad-state` for another format, a newer version, or parameters that do not match.
   */
  static fromJSON(parameters: Iterable<Parameter>, json: StateJson): ParameterState {
    requireForm(json);
    const names = namesOf(parameters);
    requireSameNames(Object.keys(json.first), [...names.values()]);
    const first = freezeDeep(structuredClone(json.first));
    let state = new ParameterState(names, requireValues(first, names));
    for (const patches of json.steps) {
      state = new ParameterState(names, applySteps(state.#values, patches, names), state, [...patches]);
    }
    return state;
  }
}

function badState(problem: string): TracegradError {
  return new TracegradError("bad-state", problem);
}

function requireSameNames(names: readonly string[], wanted: readonly string[]): void {
  const unknown = names.filter((name) => !wanted.includes(name));
  const missing = wanted.filter((name) => !names.includes(name));
  if (unknown.length === 0 && missing.length === 0) return;
  const list = (names: readonly string[]): string => [...names].sort().join(", ");
  const near = unknown.flatMap((name) => {
    const meant = nearest(name, missing);
    return meant === undefined ? [] : [`"${name}" may be "${meant}" here. `];
  });
  throw badState(
    `The state holds parameters (${list(names)}), but the program has (${list(wanted)}). ${near.join("")}` +
      "Bundlers and minifiers rename functions, so give each bundle and parameter a `name`, where the state is made too.",
  );
}

function requireForm(json: StateJson): void {
  if (json?.format !== "tracegrad-state") throw badState("This is not a tracegrad parameter state.");
  if (json.version !== 1) {
    throw badState(`Parameter state of version ${String(json.version)}; this tracegrad reads version 1.`);
  }
  if (!isContainer(json.first) || !Array.isArray(json.steps) || !json.steps.every(Array.isArray)) {
    throw badState("This parameter state is damaged: it has no first values or no steps.");
  }
}

function applySteps(
  values: ValuesByName,
  patches: readonly Patch[],
  names: ReadonlyMap<Parameter, string>,
): ValuesByName {
  let next: ValuesByName;
  try {
    next = applyPatches(values, patches as Patch[]);
  } catch (error) {
    throw badState(`A step of this parameter state cannot be applied: ${messageOf(error)}`);
  }
  return requireValues(next, names);
}

/** Every parameter has a value that fits it, and nothing else is there. */
function requireValues(values: ValuesByName, names: ReadonlyMap<Parameter, string>): ValuesByName {
  for (const [parameter, name] of names) {
    const entry: unknown = Object.hasOwn(values, name) ? values[name] : undefined;
    const { value, version } = (entry ?? {}) as Partial<StoredValue>;
    if (!Number.isSafeInteger(version)) throw badState(`This parameter state is damaged at "${name}".`);
    if (!isDeepStrictEqual(requireFit(parameter, value), value)) {
      throw badState(`The value of "${name}" in this state is not what its schema returns for it now.`);
    }
  }
  if (Object.keys(values).length !== names.size) throw badState("A step of this parameter state adds a parameter.");
  return values;
}

function namesOf(parameters: Iterable<Parameter>): Map<Parameter, string> {
  const unique = new UniqueNames();
  const all = [...new Set(parameters)];
  requireOwnNames(all);
  return new Map(all.map((parameter) => [parameter, unique.take(parameter.name)]));
}

/** Functions that a fallback has given one name would be told apart by their order alone. */
function requireOwnNames(parameters: readonly Parameter[]): void {
  const seen = new Set<string>();
  for (const { name, code } of parameters) {
    if (code === undefined || code.unnamed !== true) continue;
    if (seen.has(name)) {
      throw new TracegradError(
        "no-name",
        `Two trainable functions are called "${name}", a name that they got because they have none of their own or a ` +
          'bundler took it away. Give each a `name`, as in bundle(fn, { name: "shorten", trainable: true }).',
      );
    }
    seen.add(name);
  }
}

/** What the parameter's schema returns for `value`. */
function requireFit(parameter: Parameter, value: unknown): unknown {
  const fit = fitValue(parameter, value);
  if (fit instanceof Promise) {
    // An asynchronous schema: its answer comes too late here, and must not end the process.
    fit.catch(() => undefined);
    return value;
  }
  if ("value" in fit) return fit.value;
  throw new TracegradError("bad-value", `Parameter "${parameter.name}" cannot take this value: ${fit.problem}`);
}

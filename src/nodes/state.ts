/** Values of parameters as one immutable thing: a step is a set of patches, so history, diff, undo and branches come for free. */

import { applyPatches, enablePatches, type Patch, produceWithPatches } from "immer";
import { TracegradError } from "../util/errors.ts";
import { UniqueNames } from "../util/names.ts";
import { type Parameter, problemWith } from "./parameter.ts";

enablePatches();

interface Held {
  readonly value: unknown;
  readonly version: number;
}
type HeldByName = Readonly<Record<string, Held>>;

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
 * An immutable set of parameter values with its history. Run an agent on it with `withParameters(state, fn)`; make it live
 * with `commit`.
 */
export class ParameterState {
  /** The state this one was made from; undefined for the first. */
  readonly parent: ParameterState | undefined;
  readonly #names: ReadonlyMap<Parameter, string>;
  readonly #held: HeldByName;
  readonly #patches: readonly Patch[];

  private constructor(
    names: ReadonlyMap<Parameter, string>,
    held: HeldByName,
    parent?: ParameterState,
    patches: Patch[] = [],
  ) {
    this.#names = names;
    this.#held = held;
    this.parent = parent;
    this.#patches = patches;
  }

  /** The values that the caller's context reads now. Names are the parameters' own, made unique. */
  static of(parameters: Iterable<Parameter>): ParameterState {
    const names = namesOf(parameters);
    const held: Record<string, Held> = {};
    for (const [parameter, name] of names) {
      const { value, version } = parameter.read();
      held[name] = { value, version };
    }
    return new ParameterState(names, held);
  }

  /** The parameters it holds values of. */
  get parameters(): readonly Parameter[] {
    return [...this.#names.keys()];
  }

  /** The name under which `parameter` stands here. */
  nameOf(parameter: Parameter): string {
    const name = this.#names.get(parameter);
    if (name === undefined) {
      throw new TracegradError("unknown-parameter", `This state holds no value of parameter "${parameter.name}".`);
    }
    return name;
  }

  has(parameter: Parameter): boolean {
    return this.#names.has(parameter);
  }

  /** @internal */
  entry(parameter: Parameter): Held | undefined {
    const name = this.#names.get(parameter);
    return name === undefined ? undefined : this.#held[name];
  }

  /** The value of `parameter` here. */
  get<T>(parameter: Parameter<T>): T {
    return this.#held[this.nameOf(parameter as Parameter)]?.value as T;
  }

  /** All values by name. */
  get values(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(this.#held).map(([name, { value }]) => [name, value]));
  }

  /**
   * A new state with other values for some parameters. Equal values change nothing; no change at all gives this state.
   * @throws TracegradError `bad-value` when a value does not fit its parameter; then nothing is changed.
   */
  set(updates: Iterable<readonly [Parameter, unknown]>): ParameterState {
    const changes = [...updates].filter(([parameter, value]) => !Object.is(this.get(parameter), value));
    for (const [parameter, value] of changes) requireFit(parameter, value);
    if (changes.length === 0) return this;
    const [held, patches] = produceWithPatches(this.#held, (draft) => {
      for (const [parameter, value] of changes) {
        const name = this.nameOf(parameter);
        draft[name] = { value, version: (this.#held[name]?.version ?? 0) + 1 };
      }
    });
    return new ParameterState(this.#names, held, this, patches);
  }

  /** What differs from `other`, by default from the state this one was made from. */
  diff(other: ParameterState | undefined = this.parent): readonly Change[] {
    if (other === undefined) return [];
    const changes: Change[] = [];
    for (const [parameter, name] of this.#names) {
      const [before, after] = [other.#held[name]?.value, this.#held[name]?.value];
      if (!Object.is(before, after)) changes.push({ name, parameter, before, after });
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

  toJSON(): StateJson {
    const [first, ...later] = this.history();
    return {
      format: "tracegrad-state",
      version: 1,
      first: first === undefined ? {} : first.#held,
      steps: later.map((state) => state.#patches),
    };
  }

  /**
   * Rebuilds a state, with its history, for the same parameters.
   * @throws TracegradError `bad-state` for another format, a newer version, or parameters that do not match.
   */
  static fromJSON(parameters: Iterable<Parameter>, json: StateJson): ParameterState {
    if (json?.format !== "tracegrad-state")
      throw new TracegradError("bad-state", "This is not a tracegrad parameter state.");
    if (json.version !== 1) {
      throw new TracegradError(
        "bad-state",
        `Parameter state of version ${json.version}; this tracegrad reads version 1.`,
      );
    }
    const names = namesOf(parameters);
    const [wanted, got] = [[...names.values()].sort().join(", "), Object.keys(json.first).sort().join(", ")];
    if (wanted !== got) {
      throw new TracegradError("bad-state", `The state holds parameters (${got}), but the program has (${wanted}).`);
    }
    let state = new ParameterState(names, json.first);
    for (const patches of json.steps) {
      state = new ParameterState(names, applyPatches(state.#held, patches as Patch[]), state, patches as Patch[]);
    }
    for (const parameter of names.keys()) requireFit(parameter, state.get(parameter));
    return state;
  }
}

function namesOf(parameters: Iterable<Parameter>): Map<Parameter, string> {
  const unique = new UniqueNames();
  return new Map([...new Set(parameters)].map((parameter) => [parameter, unique.take(parameter.name)]));
}

function requireFit(parameter: Parameter, value: unknown): void {
  const problem = problemWith(parameter, value);
  if (typeof problem === "string") {
    throw new TracegradError("bad-value", `Parameter "${parameter.name}" cannot take this value: ${problem}`);
  }
}

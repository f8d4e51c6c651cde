/** A unit: a program made ready to be handed to an engine, as plain data that can also be posted to a worker. */
import { checkSource, wrapped } from "./check.ts";
import { SandboxError } from "./errors.ts";
import { encode } from "./marshal.ts";
import type { CodeSpec, SandboxProgram } from "./sandbox.ts";

/** All that an engine needs of a program; functions of the scope stay with the host and are called by name. */
export interface Unit {
  /** Unique within its session. */
  readonly id: string;
  readonly entry: string;
  /** The author's text, for the places in errors. */
  readonly source: string;
  /** What is evaluated: the text after one line of ours. */
  readonly code: string;
  /** The {@link UnitConfig} of the guest as text. */
  readonly config: string;
}

/** Checks a program and makes its unit. `async` units answer later, by way of the host. */
export function unitOf(program: SandboxProgram, id: string, async: boolean): Unit {
  const { source, spec } = program;
  const code = wrapped(checkSource(source, spec), spec);
  const hosts = spec.scope.filter((name) => typeof valueOf(program, name) === "function");
  const constants: [string, unknown][] = spec.scope
    .filter((name) => !hosts.includes(name))
    .map((name) => [name, valueOf(program, name)]);
  const given = { names: spec.scope, constants: Object.fromEntries(constants), hosts };
  const config = encode({ id, entry: spec.entry, async, ...given }, `the scope of \`${spec.entry}\``);
  return { id, entry: spec.entry, source, code, config };
}

function valueOf(program: SandboxProgram, name: string): unknown {
  if (Object.hasOwn(program.scope, name)) return program.scope[name];
  throw new SandboxError("bad-scope", `\`${program.spec.entry}\` may use \`${name}\`, but its scope has no such value`);
}

/** The host function of a program by name, for calls that come from inside. */
export function hostFunction(program: SandboxProgram, name: string): (...args: unknown[]) => unknown {
  const fn = program.spec.scope.includes(name) ? valueOf(program, name) : undefined;
  if (typeof fn === "function") return fn as (...args: unknown[]) => unknown;
  throw new SandboxError("bad-scope", `the scope has no function \`${name}\``);
}

/** The unit of each program of one session; programs that are equal in all that matters share one. */
export class Units<T> {
  readonly #make: (program: SandboxProgram, id: string) => T;
  readonly #byProgram = new WeakMap<SandboxProgram, T>();
  readonly #bySource = new Map<string, { readonly program: SandboxProgram; readonly unit: T }[]>();
  #next = 0;

  constructor(make: (program: SandboxProgram, id: string) => T) {
    this.#make = make;
  }

  of(program: SandboxProgram): T {
    let unit = this.#byProgram.get(program);
    if (unit !== undefined) return unit;
    const alike = this.#bySource.get(program.source) ?? [];
    unit = alike.find((other) => sameProgram(other.program, program))?.unit;
    if (unit === undefined) {
      unit = this.#make(program, String(this.#next++));
      this.#bySource.set(program.source, [...alike, { program, unit }]);
    }
    this.#byProgram.set(program, unit);
    return unit;
  }
}

function sameProgram(a: SandboxProgram, b: SandboxProgram): boolean {
  return sameSpec(a.spec, b.spec) && a.spec.scope.every((name) => Object.is(a.scope[name], b.scope[name]));
}

function sameSpec(a: CodeSpec, b: CodeSpec): boolean {
  const same = (x: readonly string[], y: readonly string[]): boolean =>
    x === y || (x.length === y.length && x.every((item, i) => item === y[i]));
  return a === b || (a.entry === b.entry && a.async === b.async && same(a.params, b.params) && same(a.scope, b.scope));
}

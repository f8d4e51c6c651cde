/** A unit: a program made ready to be handed to an engine, as plain data that can also be posted to a worker. */

import { getOrSet } from "../util/collections.ts";
import { checkSource, wrapped } from "./check.ts";
import { SandboxError } from "./errors.ts";
import { encode } from "./marshal.ts";
import type { TransferLimits } from "./options.ts";
import type { CodeSpec, SandboxProgram } from "./sandbox.ts";

/** All that an engine needs of a program; functions of the scope stay with the host and are called by name. */
export interface Unit {
  /** Unique within its process. */
  readonly id: string;
  readonly entry: string;
  /** The author's text, for the places in errors. */
  readonly source: string;
  /** What is evaluated: the text after one line of ours. */
  readonly code: string;
  /** The {@link UnitConfig} of the guest as text. */
  readonly config: string;
  /** The longest texts that may pass in and out, in UTF-16 units. */
  readonly maxIn: number;
  readonly maxOut: number;
}

let unitCount = 0;

/** The units of one sandbox. */
export class Units {
  readonly transfer: TransferLimits;
  readonly #units = new WeakMap<SandboxProgram, Unit>();

  constructor(transfer: TransferLimits) {
    this.transfer = transfer;
  }

  /** The unit of a program, which is checked at the first time. */
  of(program: SandboxProgram): Unit {
    return getOrSet(this.#units, program, () => makeUnit(program, String(unitCount++), this.transfer));
  }
}

function makeUnit(program: SandboxProgram, id: string, { max, maxAsync }: TransferLimits): Unit {
  const { source, spec } = program;
  const code = wrapped(checkSource(source, spec), spec);
  const hosts = spec.scope.filter((name) => typeof valueOf(program, name) === "function");
  const constants: [string, unknown][] = spec.scope
    .filter((name) => !hosts.includes(name))
    .map((name) => [name, valueOf(program, name)]);
  const { entry, async, scope: names } = spec;
  const text = encode(Object.fromEntries(constants), `the scope of \`${entry}\``, max);
  const config = `{"constants":${text},${JSON.stringify({ entry, names, hosts, async, max }).slice(1)}`;
  return { id, entry, source, code, config, maxIn: max, maxOut: async ? maxAsync : max };
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

/**
 * The program that stands for each program of one session: the first of those that are equal in all that matters, so
 * that the text of the same program is run once.
 */
export class Programs {
  readonly #first = new WeakMap<SandboxProgram, SandboxProgram>();
  readonly #bySource = new Map<string, SandboxProgram[]>();

  of(program: SandboxProgram): SandboxProgram {
    const known = this.#first.get(program);
    if (known !== undefined) return known;
    const alike = getOrSet(this.#bySource, program.source, () => []);
    const first = alike.find((other) => sameProgram(other, program)) ?? program;
    if (first === program) alike.push(program);
    this.#first.set(program, first);
    return first;
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

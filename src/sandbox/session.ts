/** Synchronous sessions: QuickJS in this thread, one world a session, begun at the first call. */
import { isData } from "../util/fault.ts";
import type { ConsoleHook } from "./console-hook.ts";
import type { Engines } from "./engines.ts";
import { errorOf, SandboxError } from "./errors.ts";
import { decode, encode } from "./marshal.ts";
import { SandboxRandom } from "./random.ts";
import type { SandboxProgram } from "./sandbox.ts";
import { hostFunction, Programs, type Unit, unitOf } from "./unit.ts";
import { type UnitRunner, World } from "./world.ts";

interface DefinedProgram {
  readonly program: SandboxProgram;
  readonly runner: UnitRunner;
  /** The world that the runner belongs to. */
  readonly world: World;
}

/** What a session works with. */
export interface SessionParts {
  readonly engines: Engines;
  readonly onConsole: ConsoleHook | undefined;
  /** What its draws and its clock follow; undefined for real ones. */
  readonly seed: string | undefined;
}

/** The part of a session that answers at once. */
export class SyncSession {
  readonly #engines: Engines;
  readonly #onConsole: ConsoleHook | undefined;
  /** By the id of the unit. */
  readonly #defined = new Map<string, DefinedProgram>();
  readonly #programs: Programs = new Programs();
  readonly #random: SandboxRandom;
  #world: World | undefined;
  /** What a host function threw that is no fault of the code inside, whatever that code makes of it. */
  #passing: { readonly thrown: unknown } | undefined;

  constructor({ engines, onConsole, seed }: SessionParts) {
    this.#random = new SandboxRandom(seed);
    this.#engines = engines;
    this.#onConsole = onConsole;
  }

  /** Calls the entry of a program, see the port. */
  call(program: SandboxProgram, args: readonly unknown[]): unknown {
    if (program.spec.async) {
      throw new SandboxError("bad-call", `\`${program.spec.entry}\` is async; call it with callAsync`);
    }
    const first = this.#programs.of(program);
    const unit = unitOf(first);
    const text = encode(args, "args");
    const draws = this.#random.of(unit.entry, unit.code, text);
    const result = this.#unlessPassing(() => {
      const { world, runner } = this.#define(first, unit, draws.define);
      return world.call(runner, [`[${draws.call},${text}]`], program.timeoutMs, false);
    });
    return decode(result);
  }

  #define(program: SandboxProgram, unit: Unit, draws: string): DefinedProgram {
    const known = this.#defined.get(unit.id);
    const world = this.#openWorld();
    if (known?.world === world) return known;
    // Known before its text runs, which may call host functions already.
    const defined = { program, world, runner: { unit, fn: 0 } };
    this.#defined.set(unit.id, defined);
    defined.runner = world.define(unit, draws, program.timeoutMs);
    return defined;
  }

  /**
   * An outage in a host function ends the call as itself: a result that was made without it says nothing about the
   * code.
   */
  #unlessPassing(run: () => string): string {
    const outer = this.#passing;
    this.#passing = undefined;
    let [text, failure]: [string, { readonly thrown: unknown } | undefined] = ["", undefined];
    try {
      text = run();
    } catch (thrown) {
      failure = { thrown };
    }
    failure = this.#passing ?? failure;
    this.#passing = outer;
    if (failure !== undefined) throw failure.thrown;
    return text;
  }

  /** Frees the world. */
  close(): void {
    this.#world?.dispose();
    this.#world = undefined;
  }

  #openWorld(): World {
    if (this.#world?.alive) return this.#world;
    // A world that died in a call has been freed by then.
    const world = new World(this.#engines, (what, a, b, c) => this.#host(what, a, b, c));
    this.#world = world;
    return world;
  }

  /** Serves the code inside. Never throws: an exception must not pass through WebAssembly. */
  #host(what: string, a: string, b: string, c: string): string | undefined {
    try {
      if (what === "call") return `=${this.#callHost(a, b, c)}`;
      if (what === "log") this.#onConsole?.(a as Parameters<ConsoleHook>[0], b);
      return undefined;
    } catch (error) {
      if (!isData(error)) this.#passing ??= { thrown: error };
      return `!${encode(errorOf(error), "the error")}`;
    }
  }

  #callHost(id: string, name: string, args: string): string {
    // After an outage no more calls are made: nobody will see what came of them.
    if (this.#passing !== undefined) throw this.#passing.thrown;
    const { program } = this.#defined.get(id) as DefinedProgram;
    const result = hostFunction(program, name)(...(decode(args) as unknown[]));
    if (result instanceof Promise) {
      // Nobody waits for it, so its failure must not end the process.
      result.catch(() => undefined);
      const problem = `\`${name}\` is async, so only async code may use it`;
      throw new SandboxError("bad-scope", `${problem}; make \`${program.spec.entry}\` async`);
    }
    return encode(result, `the result of \`${name}\``);
  }
}

/** Synchronous sessions: QuickJS in this thread, one world per session, made at the first call. */
import { partsOf } from "../util/errors.ts";
import { isData } from "../util/fault.ts";
import type { ConsoleHook } from "./console-hook.ts";
import type { EngineSupply } from "./engine.ts";
import { SandboxError } from "./errors.ts";
import { decode, encode } from "./marshal.ts";
import { SandboxRandom } from "./random.ts";
import type { SandboxProgram } from "./sandbox.ts";
import { hostFunction, type Unit, Units, unitOf } from "./unit.ts";
import { type UnitRunner, Vm, type VmLimits } from "./vm.ts";

interface SessionProgram {
  readonly unit: Unit;
  readonly program: SandboxProgram;
  runner?: UnitRunner;
  /** The world that the runner belongs to. */
  world?: Vm;
}

/** What a session works with. */
export interface SessionParts {
  readonly engines: EngineSupply;
  readonly limits: VmLimits;
  readonly onConsole: ConsoleHook | undefined;
  /** What its draws and its clock follow; undefined for real ones. */
  readonly seed: string | undefined;
}

/** The part of a session that answers at once. */
export class SyncSession {
  readonly #engines: EngineSupply;
  readonly #limits: VmLimits;
  readonly #onConsole: ConsoleHook | undefined;
  readonly #entries = new Map<string, SessionProgram>();
  readonly #units: Units<SessionProgram>;
  readonly #chance: SandboxRandom | undefined;
  #world: Vm | undefined;
  /** What a host function threw that is no fault of the code inside, whatever that code makes of it. */
  #passing: { readonly thrown: unknown } | undefined;

  constructor({ engines, limits, onConsole, seed }: SessionParts) {
    this.#chance = seed === undefined ? undefined : new SandboxRandom(seed);
    this.#engines = engines;
    this.#limits = limits;
    this.#onConsole = onConsole;
    this.#units = new Units((program, id) => {
      const entry: SessionProgram = { unit: unitOf(program, id, false), program };
      this.#entries.set(id, entry);
      return entry;
    });
  }

  /** Calls the entry of a program, see the port. */
  call(program: SandboxProgram, args: readonly unknown[]): unknown {
    if (program.spec.async) {
      throw new SandboxError("bad-call", `\`${program.spec.entry}\` is async; call it with callAsync`);
    }
    const entry = this.#units.of(program);
    const text = encode(args, "args");
    const world = this.#openWorld();
    const draws = this.#chance?.of(entry.unit.entry, entry.unit.code, text);
    const outer = draws && world.swapRandom(draws.define);
    try {
      if (entry.world !== world || !entry.runner) {
        entry.runner = world.define(entry.unit, program.timeoutMs);
        entry.world = world;
      }
      const runner = entry.runner;
      if (draws) world.swapRandom(draws.call);
      return decode(this.#unlessPassing(() => world.call(runner, [text], program.timeoutMs, false)));
    } finally {
      // A host function may have called from within another call, which goes on with its own.
      if (outer !== undefined) world.swapRandom(outer);
    }
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

  #openWorld(): Vm {
    if (this.#world?.alive) return this.#world;
    // A world that died in a call has been freed by then; one whose engine broke has nothing left to free.
    const world = new Vm(this.#engines.take(), this.#limits, (what, a, b, c) => this.#host(what, a, b, c), {
      logs: this.#onConsole !== undefined,
      seeded: this.#chance !== undefined,
    });
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
    const { program } = this.#entries.get(id) as SessionProgram;
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

/**
 * What code inside catches for an error of a host function: name and message, shortened, without the host's stack.
 * Never throws.
 */
export function errorOf(error: unknown): Error {
  const { name, message } = partsOf(error);
  const plain = new Error(message);
  if (name !== undefined) plain.name = name;
  return plain;
}

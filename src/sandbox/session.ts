/** Synchronous sessions: QuickJS in this thread, one world a session, begun at the first call. */
import type { ConsoleHook } from "./console-hook.ts";
import type { Engines } from "./engines.ts";
import { SandboxError } from "./errors.ts";
import { decode, encode } from "./marshal.ts";
import { SandboxRandom } from "./random.ts";
import type { CallResult, SandboxProgram } from "./sandbox.ts";
import { HostServices } from "./services.ts";
import { Programs, type Unit, type Units } from "./unit.ts";
import { type UnitRunner, World } from "./world.ts";

interface DefinedProgram {
  readonly runner: UnitRunner;
  /** The world that the runner belongs to. */
  readonly world: World;
}

/** What a session works with. */
export interface SessionParts {
  readonly engines: Engines;
  readonly units: Units;
  readonly onConsole: ConsoleHook | undefined;
  /** What its draws and its clock follow; undefined for real ones. */
  readonly seed: string | undefined;
}

/** The part of a session that answers at once. */
export class SyncSession {
  readonly #engines: Engines;
  readonly #units: Units;
  readonly #services: HostServices;
  /** By the id of the unit. */
  readonly #defined = new Map<string, DefinedProgram>();
  readonly #programs: Programs = new Programs();
  readonly #random: SandboxRandom;
  #world: World | undefined;
  /** The program that is under way: host functions are those of its scope. */
  #running: SandboxProgram | undefined;

  constructor({ engines, units, onConsole, seed }: SessionParts) {
    this.#random = new SandboxRandom(seed);
    this.#engines = engines;
    this.#units = units;
    this.#services = new HostServices(onConsole, units.transfer.max);
  }

  /** Calls the entry of a program, see the port. */
  call(program: SandboxProgram, args: readonly unknown[]): unknown {
    if (program.spec.async) {
      throw new SandboxError("bad-call", `\`${program.spec.entry}\` is async; call it with callAsync`);
    }
    const first = this.#programs.of(program);
    const unit = this.#units.of(first);
    const text = encode(args, "args", unit.maxIn);
    const draws = this.#random.of(unit.entry, unit.code, text);
    const outer = this.#running;
    this.#running = program;
    try {
      const result = this.#unlessPassing(() => {
        const world = this.#openWorld();
        // The text of the unit and its function run under one limit, or a first call might hold the thread twice as long.
        return world.hold(unit, program.timeoutMs, () => {
          const runner = this.#runnerIn(world, first, unit, draws.define);
          return world.call(runner, [`[${draws.call},${text}]`], program.timeoutMs, false);
        });
      });
      return decode(result, unit.maxOut);
    } finally {
      this.#running = outer;
    }
  }

  /** Calls the entry of a program for each list of arguments, see the port. */
  callMany(program: SandboxProgram, lists: readonly (readonly unknown[])[]): readonly CallResult[] {
    return lists.map((args) => {
      try {
        return { value: this.call(program, args) };
      } catch (error) {
        return { error };
      }
    });
  }

  #runnerIn(world: World, { timeoutMs }: SandboxProgram, unit: Unit, draws: string): UnitRunner {
    const known = this.#defined.get(unit.id);
    if (known?.world === world) return known.runner;
    const runner = world.define(unit, draws, timeoutMs);
    this.#defined.set(unit.id, { world, runner });
    return runner;
  }

  /** An outage in a host function ends the call as itself. */
  #unlessPassing(run: () => string): string {
    let [text, failure]: [string, { readonly thrown: unknown } | undefined] = ["", undefined];
    try {
      text = run();
    } catch (thrown) {
      failure = { thrown };
    }
    failure = this.#services.takePassing() ?? failure;
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
    const world = new World(this.#engines, (what, a, b) => this.#host(what, a, b));
    this.#world = world;
    return world;
  }

  /** Serves the code inside. Never throws: an exception must not pass through WebAssembly. */
  #host(what: string, a: string, b: string): string | undefined {
    if (what === "call") return this.#services.call(this.#running as SandboxProgram, a, b);
    if (what === "log") this.#services.log(a, b);
    return undefined;
  }
}

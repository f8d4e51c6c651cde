/** Synchronous sessions in a child: each has a world of its own, in a process that sessions share. */
import type { ConsoleHook } from "../console-hook.ts";
import { SandboxError } from "../errors.ts";
import { encode } from "../marshal.ts";
import { type RandomStates, SandboxRandom } from "../random.ts";
import type { CallResult, SandboxProgram } from "../sandbox.ts";
import { HostServices } from "../services.ts";
import { type Unit, Units, unitOf } from "../unit.ts";
import { lostError, type RawResult, readResult } from "./results.ts";
import type { Ending, SyncChild } from "./sync-child.ts";
import type { SyncChildren } from "./sync-children.ts";

/** What one message may hold: so many calls, and about so many characters. */
const maxCalls = 4096;
const maxText = 262_144;

/** What a session works with. */
export interface ProcessParts {
  readonly children: SyncChildren;
  readonly memoryBytes: number;
  readonly onConsole: ConsoleHook | undefined;
  /** What its draws and its clock follow; undefined for real ones. */
  readonly seed: string | undefined;
}

interface UnitProgram {
  readonly unit: Unit;
  readonly program: SandboxProgram;
}

interface Seat {
  readonly child: SyncChild;
  readonly id: string;
  /** The programs whose text the child has. */
  readonly known: Set<Unit>;
}

/** Arguments as text, and what the call draws. */
interface CallText {
  readonly text: string;
  readonly draws: RandomStates;
}

/** Calls of one program on their way. */
interface Batch extends UnitProgram {
  readonly lists: readonly (readonly unknown[])[];
  readonly ready: (CallText | { readonly error: unknown })[];
  readonly results: CallResult[];
  /** Whether the calls go one by one. */
  single: boolean;
}

/** Nothing is drawn from a seed. */
const noDraws: RandomStates = { define: "", call: "" };

/** The part of a session that answers at once. */
export class ProcessSession {
  readonly #parts: ProcessParts;
  readonly #services: HostServices;
  readonly #random: SandboxRandom | undefined;
  readonly #programs = new Map<string, UnitProgram>();
  readonly #units: Units<UnitProgram>;
  #world: Seat | undefined;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.#services = new HostServices(parts.onConsole);
    this.#random = parts.seed === undefined ? undefined : new SandboxRandom(parts.seed);
    this.#units = new Units((program, id) => {
      const entry = { unit: unitOf(program, id, false), program };
      this.#programs.set(id, entry);
      return entry;
    });
  }

  /** Calls the entry of a program for each list of arguments, see the port. */
  callMany(program: SandboxProgram, lists: readonly (readonly unknown[])[]): CallResult[] {
    if (program.spec.async) {
      throw new SandboxError("bad-call", `\`${program.spec.entry}\` is async; call it with callAsync`);
    }
    const { unit } = this.#units.of(program);
    const results: CallResult[] = [];
    const batch: Batch = { program, unit, lists, ready: [], results, single: false };
    while (results.length < lists.length) this.#callSome(batch);
    return results;
  }

  /** Frees the world. */
  close(): void {
    this.#world?.child.closeWorld(this.#world.id);
    this.#world = undefined;
  }

  /** Makes the next calls, as many as one message holds. */
  #callSome(batch: Batch): void {
    const { unit, ready, results } = batch;
    const lines = this.#nextLines(batch);
    if (lines.length === 0) {
      results.push(ready[results.length] as { readonly error: unknown });
      return;
    }
    const world = this.#openWorld();
    const { draws } = ready[results.length] as CallText;
    const text = world.known.has(unit) ? ["", ""] : [unit.code, unit.config];
    world.known.add(unit);
    const raw: RawResult[] = [];
    let questioned = false;
    const ending = world.child.run([world.id, unit.id, ...text, draws.define, lines.join("\n")], lines.length / 2, {
      timeoutMs: batch.program.timeoutMs,
      result: (text) => {
        questioned = false;
        raw.push({ text, passing: this.#services.takePassing() });
      },
      answer: (id, name, args) => {
        questioned = true;
        return this.#answer(id, name, args);
      },
      log: (level, line) => this.#services.log(level, line),
    });
    const { memoryBytes } = this.#parts;
    for (const one of raw) results.push(readResult(one, { ...batch, memoryBytes }));
    if (ending !== "done") this.#recover(batch, ending, raw.length + 1 === lines.length / 2 || questioned);
  }

  /** The draws and texts of the next calls. Those that were made before are not made again. */
  #nextLines(batch: Batch): string[] {
    const { unit, lists, ready, results } = batch;
    const lines: string[] = [];
    let length = 0;
    for (let at = results.length; at < lists.length && length < maxText; at++) {
      ready[at] ??= this.#textOf(unit, lists[at] as readonly unknown[]);
      const next = ready[at] as Batch["ready"][number];
      if ("error" in next) break;
      lines.push(next.draws.call, next.text);
      length += next.text.length;
      if (batch.single || lines.length === 2 * maxCalls) break;
    }
    return lines;
  }

  #textOf(unit: Unit, args: readonly unknown[]): Batch["ready"][number] {
    try {
      const text = encode(args, "args");
      return { text, draws: this.#random?.of(unit.entry, unit.code, text) ?? noDraws };
    } catch (error) {
      return { error };
    }
  }

  /** Goes on after a call that ended its world; `certain` if it is known which call that was. */
  #recover(batch: Batch, ending: Exclude<Ending, "done">, certain: boolean): void {
    const passing = this.#services.takePassing();
    this.close();
    if (ending === "given-up") return;
    if (ending !== "stopped" && !certain) {
      // Some before it may have been done, but what came of them is lost, and they have asked the host for nothing.
      batch.single = true;
      return;
    }
    const lost = ending === "stopped" ? "time" : ending.lost;
    const { memoryBytes } = this.#parts;
    batch.results.push({ error: passing ? passing.thrown : lostError(lost, { ...batch, memoryBytes }) });
  }

  #openWorld(): Seat {
    if (this.#world?.child.alive) return this.#world;
    const child = this.#parts.children.take();
    this.#world = { child, id: child.openWorld(), known: new Set() };
    return this.#world;
  }

  #answer(id: string, name: string, args: string): string {
    const program = this.#programs.get(id)?.program;
    return program === undefined ? "!null" : this.#services.call(program, name, args);
  }
}

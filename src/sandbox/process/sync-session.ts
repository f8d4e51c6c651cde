/** Synchronous sessions in a child: each has a world of its own, in a process that sessions share. */
import type { ConsoleHook } from "../console-hook.ts";
import { SandboxError } from "../errors.ts";
import { encode } from "../marshal.ts";
import { SandboxRandom } from "../random.ts";
import type { CallResult, SandboxProgram } from "../sandbox.ts";
import { HostServices } from "../services.ts";
import { Programs, type Unit, type Units } from "../unit.ts";
import { type CallFacts, lostError, type RawResult, readResult } from "./results.ts";
import type { Ending, SyncChild } from "./sync-child.ts";
import type { SyncChildren } from "./sync-children.ts";

/** What one message may hold: so many calls, and about so many characters. */
const maxCalls = 4096;
const maxText = 262_144;

/** What a session works with. */
export interface ProcessParts {
  readonly children: SyncChildren;
  readonly units: Units;
  readonly memoryBytes: number;
  readonly onConsole: ConsoleHook | undefined;
  /** What its draws and its clock follow; undefined for real ones. */
  readonly seed: string | undefined;
}

/** The world of a session. */
interface Seat {
  readonly child: SyncChild;
  readonly id: string;
  /** The units whose text the child has. */
  readonly known: Set<Unit>;
  /** What ended the world. */
  fault?: unknown;
}

/** Draws and arguments as text. */
interface CallText {
  readonly define: string;
  readonly line: string;
}

/** Calls of one program on their way. */
interface Batch extends CallFacts {
  readonly program: SandboxProgram;
  readonly lists: readonly (readonly unknown[])[];
  readonly texts: (CallText | { readonly error: unknown })[];
  readonly results: CallResult[];
  /** Whether the calls go one by one. */
  single: boolean;
  /** Whether it was begun again after its process was lost. */
  again: boolean;
}

/** The part of a session that answers at once. */
export class ProcessSession {
  readonly #parts: ProcessParts;
  readonly #services: HostServices;
  readonly #random: SandboxRandom;
  readonly #programs: Programs = new Programs();
  #seat: Seat | undefined;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.#services = new HostServices(parts.onConsole, parts.units.transfer.max);
    this.#random = new SandboxRandom(parts.seed);
  }

  /** Calls the entry of a program, see the port. */
  call(program: SandboxProgram, args: readonly unknown[]): unknown {
    const [result] = this.callMany(program, [args]) as [CallResult];
    if ("error" in result) throw result.error;
    return result.value;
  }

  /** Calls the entry of a program for each list of arguments, see the port. */
  callMany(program: SandboxProgram, lists: readonly (readonly unknown[])[]): CallResult[] {
    if (program.spec.async) {
      throw new SandboxError("bad-call", `\`${program.spec.entry}\` is async; call it with callAsync`);
    }
    const unit = this.#parts.units.of(this.#programs.of(program));
    const facts = { unit, timeoutMs: program.timeoutMs, memoryBytes: this.#parts.memoryBytes };
    const batch: Batch = { ...facts, program, lists, texts: [], results: [], single: false, again: false };
    while (batch.results.length < lists.length) this.#callSome(batch);
    return batch.results;
  }

  /** Frees the world. */
  close(): void {
    this.#seat?.child.closeWorld(this.#seat.id);
    this.#seat = undefined;
  }

  /** Makes the next calls, as many as one message holds. */
  #callSome(batch: Batch): void {
    const { unit, texts, results } = batch;
    const lines = this.#nextLines(batch);
    if (lines.length === 0) {
      results.push(texts[results.length] as { readonly error: unknown });
      return;
    }
    const seat = this.#open();
    const { define } = texts[results.length] as CallText;
    const isFirst = seat.known.size === 0;
    const text = seat.known.has(unit) ? ["", ""] : [unit.code, `[${define},${unit.config}]`];
    seat.known.add(unit);
    const raw: RawResult[] = [];
    let [questioned, wasQuestioned] = [false, false];
    const ending = seat.child.run([seat.id, unit.id, ...text, lines.join("\n")], lines.length, {
      timeoutMs: batch.timeoutMs,
      result: (line) => {
        questioned = false;
        raw.push({ text: line, passing: this.#services.takePassing() });
      },
      answer: (name, args) => {
        [questioned, wasQuestioned] = [true, true];
        const reply = this.#services.call(batch.program, name, args);
        return seat.fault === undefined ? reply : undefined;
      },
      log: (level, line) => this.#services.log(level, line),
    });
    for (const one of raw) results.push(readResult(one, batch));
    if (ending === "done") return;
    // What ended the process may be what other worlds have left in it, so a first call that has done nothing outside is
    // made again in a process of its own.
    const mayRepeat = isFirst && raw.length === 0 && !wasQuestioned && seat.child.shared && !batch.again;
    if (mayRepeat && ending !== "stopped" && ending !== "given-up") {
      batch.again = true;
      this.close();
      return;
    }
    this.#recover(batch, seat, ending, questioned || raw.length + 1 === lines.length);
  }

  /** The texts of the next calls. One that was made before is not made again, because it has counted as a call. */
  #nextLines({ unit, lists, texts, results, single }: Batch): string[] {
    const lines: string[] = [];
    let length = 0;
    for (let at = results.length; at < lists.length && length < maxText; at++) {
      texts[at] ??= this.#textOf(unit, lists[at] as readonly unknown[]);
      const text = texts[at] as Batch["texts"][number];
      if ("error" in text) break;
      lines.push(text.line);
      length += text.line.length;
      if (single || lines.length === maxCalls) break;
    }
    return lines;
  }

  #textOf(unit: Unit, args: readonly unknown[]): Batch["texts"][number] {
    try {
      const text = encode(args, "args", unit.maxIn);
      const { define, call } = this.#random.of(unit.entry, unit.code, text);
      return { define, line: `[${call},${text}]` };
    } catch (error) {
      return { error };
    }
  }

  /** Goes on after a call that ended its world; `certain` if it is known which call that was. */
  #recover(batch: Batch, seat: Seat, ending: Exclude<Ending, "done">, certain: boolean): void {
    const passing = this.#services.takePassing();
    if (this.#seat === seat) this.close();
    if (ending === "given-up") return;
    if (ending !== "stopped" && !certain) {
      // Some before it may have been done, but what came of them is lost, and they have asked the host for nothing.
      batch.single = true;
      return;
    }
    // A call that was nested in this one has ended their world, and this one with it.
    seat.fault ??= lostError(ending === "stopped" ? "time" : ending.lost, batch);
    batch.results.push({ error: passing ? passing.thrown : seat.fault });
  }

  #open(): Seat {
    if (this.#seat?.child.alive) return this.#seat;
    const child = this.#parts.children.take();
    this.#seat = { child, id: child.openWorld(), known: new Set() };
    return this.#seat;
  }
}

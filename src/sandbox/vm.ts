/** One QuickJS runtime with its limits: defines units, calls them with text, and turns what goes wrong into errors. */

import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from "quickjs-emscripten-core";
import { getOrSet } from "../util/collections.ts";
import { TracegradError } from "../util/errors.ts";
import type { Engine } from "./engine.ts";
import { caretUnder, SandboxError, type SourcePosition } from "./errors.ts";
import { guestPart, guestSource, type HostPort, type Thrown } from "./guest.ts";
import { MAX_TRANSFER } from "./marshal.ts";
import { seedingSource } from "./random.ts";
import type { Unit } from "./unit.ts";

/** What one world may use, in bytes. */
export interface VmLimits {
  readonly memoryBytes: number;
  readonly stackBytes: number;
}

/** How a world behaves beside its limits. */
export interface Habits {
  /** Whether what is printed is passed on. */
  readonly logs: boolean;
  /** Whether randomness and clock are those of `swapRandom`. */
  readonly seeded: boolean;
}

/** A defined unit: the unit with its function inside. */
export interface UnitRunner {
  readonly unit: Unit;
  readonly handle: QuickJSHandle;
}

let guestText: string | undefined;
const partTexts = new Map<string, string>();

function partText(name: string): string {
  return getOrSet(partTexts, name, () => guestPart(name));
}

/** A world of its own memory and globals. After {@link Vm.alive} is false, make another one. */
export class Vm {
  readonly #engine: Engine;
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #handles: QuickJSHandle[] = [];
  readonly #limits: VmLimits;
  #define: QuickJSHandle | undefined;
  #answer: QuickJSHandle | undefined;
  #chance: QuickJSHandle | undefined;
  #deadline: number = Number.POSITIVE_INFINITY;
  #expired = false;
  #depth = 0;
  #doomed = false;
  #freed = false;
  #grown = 0;
  #starved = false;

  constructor(engine: Engine, limits: VmLimits, host: HostPort, { logs, seeded }: Habits) {
    this.#engine = engine;
    this.#limits = limits;
    this.#runtime = engine.module.newRuntime();
    this.#runtime.setMemoryLimit(limits.memoryBytes);
    this.#runtime.setMaxStackSize(limits.stackBytes);
    this.#runtime.setInterruptHandler(() => this.#interrupt());
    this.#context = this.#runtime.newContext();
    this.#install(host, logs);
    if (seeded) this.#chance = this.#context.unwrapResult(this.#context.evalCode(seedingSource, "sandbox.js"));
    if (this.#chance) this.#handles.push(this.#chance);
  }

  /** False once the world was freed, ran out of memory, or lost its engine. */
  get alive(): boolean {
    return !this.#doomed && !this.#freed && !this.#engine.broken;
  }

  /** Runs a unit's text once, and gives what calls it. */
  define(unit: Unit, timeoutMs: number): UnitRunner {
    return this.#enter(unit, timeoutMs, () => {
      const compiled = this.#context.evalCode(unit.code, fileOf(unit));
      if (compiled.error) throw this.#failure(compiled.error, unit, timeoutMs);
      const config = this.#context.newString(unit.config);
      const defined = this.#context.callFunction(this.#define as QuickJSHandle, this.#context.undefined, [
        compiled.value,
        config,
      ]);
      config.dispose();
      compiled.value.dispose();
      if (defined.error) throw this.#failure(defined.error, unit, timeoutMs);
      this.#handles.push(defined.value);
      return { unit, handle: defined.value };
    });
  }

  /** Calls a runner with texts; gives its text. Asynchronous units give "" and answer through the host port. */
  call(runner: UnitRunner, texts: readonly string[], timeoutMs: number, jobs: boolean): string {
    return this.#enter(runner.unit, timeoutMs, () => {
      const text = this.#invoke(runner.handle, texts, runner.unit, timeoutMs);
      if (jobs) this.#runJobs(runner.unit, timeoutMs);
      return text;
    });
  }

  /** Settles a question that the unit asked the host, and goes on with whoever waited for it. */
  answer(unit: Unit, texts: readonly string[], timeoutMs: number): void {
    this.#enter(unit, timeoutMs, () => {
      this.#invoke(this.#answer as QuickJSHandle, texts, unit, timeoutMs);
      this.#runJobs(unit, timeoutMs);
    });
  }

  /** Sets what is drawn from here on, in a seeded world; gives what would have been drawn. */
  swapRandom(next: string): string {
    const vm = this.#context;
    if (!this.alive || this.#chance === undefined) return next;
    const numbers = next.split(",").map((part) => vm.newNumber(Number(part)));
    const before = vm.unwrapResult(vm.callFunction(this.#chance, vm.undefined, numbers));
    const text = vm.getString(before);
    for (const handle of [...numbers, before]) handle.dispose();
    return text;
  }

  /** Frees all memory; while a call is on, as soon as it ends. Idempotent. */
  dispose(): void {
    this.#doomed = true;
    if (this.#depth > 0 || this.#freed) return;
    this.#freed = true;
    if (this.#engine.broken) return;
    try {
      for (const handle of this.#handles) handle.dispose();
      this.#context.dispose();
      this.#runtime.dispose();
    } catch {
      this.#engine.broken = true;
    }
  }

  #install(host: HostPort, logs: boolean): void {
    const vm = this.#context;
    const read = (handle: QuickJSHandle | undefined): string => (handle ? vm.getString(handle) : "");
    const port = vm.newFunction("host", (what, a, b, c) => {
      const service = read(what) as Parameters<HostPort>[0];
      const reply = service === "part" ? partText(read(a)) : host(service, read(a), read(b), read(c));
      return reply === undefined ? vm.undefined : vm.newString(reply);
    });
    guestText ??= guestSource();
    const make = vm.unwrapResult(vm.evalCode(guestText, "sandbox.js"));
    const max = vm.newNumber(MAX_TRANSFER);
    const guest = vm.unwrapResult(vm.callFunction(make, vm.undefined, [port, max, logs ? vm.true : vm.false]));
    this.#define = vm.getProp(guest, "define");
    this.#answer = vm.getProp(guest, "answer");
    for (const handle of [port, make, max, guest]) handle.dispose();
    this.#handles.push(this.#define, this.#answer);
  }

  #interrupt(): boolean {
    if (this.#engine.broken) return true;
    if (performance.now() <= this.#deadline) return false;
    this.#expired = true;
    return true;
  }

  #mayGrow(bytes: number): boolean {
    if (this.#grown + bytes > this.#limits.memoryBytes) {
      this.#starved = true;
      return false;
    }
    this.#grown += bytes;
    return true;
  }

  /** Calls may nest, when a host function calls into the same session; the earlier deadline holds for both. */
  #enter<T>(unit: Unit, timeoutMs: number, run: () => T): T {
    if (!this.alive) throw new SandboxError("engine-fault", `\`${unit.entry}\` cannot run: its world is gone`);
    const outer = this.#deadline;
    const outerMayGrow = this.#engine.mayGrow;
    this.#engine.mayGrow = (bytes) => this.#mayGrow(bytes);
    this.#deadline = Math.min(outer, performance.now() + timeoutMs);
    this.#depth++;
    this.#expired = false;
    try {
      const result = run();
      if (this.#engine.broken) throw new Error("a nested call broke the engine");
      return result;
    } catch (error) {
      throw error instanceof TracegradError ? error : this.#fault(error, unit);
    } finally {
      this.#depth--;
      this.#engine.mayGrow = outerMayGrow;
      this.#deadline = outer;
      this.#expired = false;
      if (this.#doomed) this.dispose();
    }
  }

  #invoke(fn: QuickJSHandle, texts: readonly string[], unit: Unit, timeoutMs: number): string {
    const vm = this.#context;
    const args = texts.map((text) => vm.newString(text));
    const result = vm.callFunction(fn, vm.undefined, args);
    for (const arg of args) arg.dispose();
    if (result.error) throw this.#failure(result.error, unit, timeoutMs);
    const text = vm.getString(result.value);
    result.value.dispose();
    return text;
  }

  #runJobs(unit: Unit, timeoutMs: number): void {
    const result = this.#runtime.executePendingJobs();
    if (result.error) throw this.#failure(result.error, unit, timeoutMs);
    result.dispose();
  }

  /** Whatever leaves WebAssembly as a host exception leaves the module in an unknown state. */
  #fault(error: unknown, unit: Unit): SandboxError {
    this.#engine.broken = true;
    if (error instanceof RangeError && /call stack/.test(error.message)) return stackOverflow(unit);
    return new SandboxError(
      "engine-fault",
      `\`${unit.entry}\` crashed the engine, which was replaced: ${String(error)}`,
    );
  }

  #failure(error: QuickJSHandle, unit: Unit, timeoutMs: number): SandboxError {
    const vm = this.#context;
    const isText = vm.typeof(error) === "string";
    let thrown: Partial<Thrown> | undefined;
    // Only an error of the engine itself is no text: it ran out of time, memory or stack while it made the text.
    if (this.#expired) thrown = undefined;
    else if (isText) thrown = JSON.parse(vm.getString(error)) as Thrown;
    else thrown = this.#engineError(error);
    error.dispose();
    return this.guestError(thrown ?? {}, unit, timeoutMs);
  }

  /** The error for what was thrown inside. Ends the VM when it ran out of memory. */
  guestError(thrown: Partial<Thrown>, unit: Unit, timeoutMs: number): SandboxError {
    // An interrupted async function does not end there: it rejects, with an error like any other.
    if (this.#expired) return timedOut(unit.entry, timeoutMs);
    const { name = "", message } = thrown;
    // With no memory left for an error, QuickJS throws null, and what describes it cannot even make a text.
    const starved = name === "" || (name === "null" && this.#starved);
    if (thrown.kind === "transfer" || !(starved || (name === "InternalError" && message === "out of memory"))) {
      return guestError(thrown, unit);
    }
    this.dispose();
    const mib = Math.round(this.#limits.memoryBytes / 2 ** 20);
    return new SandboxError("out-of-memory", `\`${unit.entry}\` used more than its limit of ${mib} MiB of memory`);
  }

  #engineError(error: QuickJSHandle): Partial<Thrown> {
    const read = (key: string): string => {
      const handle = this.#context.getProp(error, key);
      const text = this.#context.typeof(handle) === "string" ? this.#context.getString(handle) : "";
      handle.dispose();
      return text;
    };
    try {
      return { kind: "guest", name: read("name"), message: read("message"), stack: read("stack") };
    } catch {
      return {};
    }
  }
}

/** The error for a call that was stopped at its limit. */
export function timedOut(entry: string, timeoutMs: number): SandboxError {
  return new SandboxError("timeout", `\`${entry}\` ran longer than its limit of ${timeoutMs} ms and was stopped`);
}

function stackOverflow(unit: Unit): SandboxError {
  const problem = "RangeError: Maximum call stack size exceeded (endless recursion, or data that is nested too deep)";
  return new SandboxError("guest-error", `\`${unit.entry}\` threw ${problem}`, { guestName: "RangeError" });
}

function guestError(thrown: Partial<Thrown>, unit: Unit): SandboxError {
  const { kind, name = "", message = "", stack = "" } = thrown;
  if (kind === "transfer") {
    return new SandboxError("not-transferable", `\`${unit.entry}\` returned what cannot pass: ${message}`);
  }
  if (/^(Internal|Syntax)Error$/.test(name) && message === "stack overflow") return stackOverflow(unit);
  const place = placeIn(stack, unit);
  const where = place === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  const caret = place === undefined ? "" : `\n${caretUnder(unit.source, place)}`;
  const text = `\`${unit.entry}\` threw ${name}: ${message}${where}${caret}`;
  return new SandboxError("guest-error", text, { guestName: name, ...(place && { place }) });
}

function fileOf(unit: Unit): string {
  return `code-${unit.id}.js`;
}

/** The innermost frame in the author's text. QuickJS counts columns in code points; line 1 is ours. */
function placeIn(stack: string, unit: Unit): SourcePosition | undefined {
  const frame = new RegExp(`code-${unit.id}\\.js:(\\d+):(\\d+)`).exec(stack);
  const line = Number(frame?.[1]) - 1;
  const text = unit.source.split("\n")[line - 1];
  if (frame === null || text === undefined) return undefined;
  const before = [...text].slice(0, Number(frame[2]) - 1).join("");
  return { line, column: before.length + 1 };
}

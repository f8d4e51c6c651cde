/** One world: an engine's memory put back to its beginning. It defines units and calls them with text. */
import { messageOf, TracegradError } from "../util/errors.ts";
import { type GuestPointers, readBeginning } from "./beginning.ts";
import type { Engine } from "./engine.ts";
import type { EngineOwner, Pointer } from "./engine-imports.ts";
import type { Engines, WorldLimits } from "./engines.ts";
import { outOfMemory, SandboxError, timedOut } from "./errors.ts";
import type { HostPort, Thrown } from "./guest.ts";
import { fileOf, guestError, readThrown, stackOverflow } from "./guest-errors.ts";
import type { Unit } from "./unit.ts";

/** A defined unit: the unit with its function inside. */
export interface UnitRunner {
  readonly unit: Unit;
  readonly fn: Pointer;
}

/** Leaves the engine through all that runs in it. */
class Interrupt extends Error {}

/** Fuel between two looks at the clock, in turns of a loop. A turn takes a nanosecond or two, a slow one a hundred. */
const slices = { first: 20_000, least: 500, most: 200_000 };
/** How long a slice should take, in milliseconds. */
const sliceMs = { least: 0.5, most: 4 };

/** A world of its own memory and globals. After {@link World.alive} is false, make another one. */
export class World implements EngineOwner {
  readonly #engines: Engines;
  readonly #engine: Engine;
  readonly #guest: GuestPointers;
  readonly #host: HostPort;
  readonly #limits: WorldLimits;
  #deadline: number = Number.POSITIVE_INFINITY;
  #slice: number = slices.first;
  #looked = 0;
  #depth = 0;
  #expired = false;
  /** Why an exception has left the engine: what is in its memory is in no known state since. */
  #broken: SandboxError | undefined;
  #doomed = false;
  #freed = false;
  #grown = 0;
  #starved = false;

  constructor(engines: Engines, host: HostPort) {
    this.#engines = engines;
    this.#limits = engines.limits;
    this.#host = host;
    this.#guest = readBeginning().pointers;
    this.#engine = engines.take(this);
  }

  /** False once the world was freed, ran out of memory, or was left by an exception. */
  get alive(): boolean {
    return !this.#doomed && !this.#freed && this.#broken === undefined;
  }

  /** Does several things under one limit. */
  hold<T>(unit: Unit, timeoutMs: number, run: () => T): T {
    return this.#enter(unit, timeoutMs, run);
  }

  /** Runs a unit's text once, with the draws, and gives what calls it. */
  define(unit: Unit, draws: string, timeoutMs: number): UnitRunner {
    return this.#enter(unit, timeoutMs, () => {
      const { functions } = this.#engine;
      const { context } = this.#guest;
      const text = this.#engine.write(unit.code);
      const file = this.#engine.write(fileOf(unit));
      const wrapper = this.#settle(functions.evaluate(context, text.at, text.length, file.at, 0, 0), unit, timeoutMs);
      functions.free(text.at);
      functions.free(file.at);
      const config = this.#newString(`[${draws},${unit.config}]`);
      const fn = this.#settle(this.#callWith(this.#guest.define, [wrapper, config]), unit, timeoutMs);
      functions.freeValue(context, config);
      functions.freeValue(context, wrapper);
      return { unit, fn };
    });
  }

  /** Calls a runner with texts; gives its text. Asynchronous units give "" and answer through the host port. */
  call(runner: UnitRunner, texts: readonly string[], timeoutMs: number, jobs: boolean): string {
    return this.#enter(runner.unit, timeoutMs, () => {
      const text = this.#invoke(runner.fn, texts, runner.unit, timeoutMs);
      if (jobs) this.#runJobs(runner.unit, timeoutMs);
      return text;
    });
  }

  /** Settles a question that the unit asked the host, and goes on with whoever waited for it. */
  answer(unit: Unit, texts: readonly string[], timeoutMs: number): void {
    this.#enter(unit, timeoutMs, () => {
      this.#invoke(this.#guest.answer, texts, unit, timeoutMs);
      this.#runJobs(unit, timeoutMs);
    });
  }

  /** Sets what is drawn from here on; gives what would have been drawn. */
  swapDraws(next: string): string {
    if (!this.alive) return next;
    const { functions } = this.#engine;
    const { context } = this.#guest;
    const text = this.#newString(next);
    const before = this.#callWith(this.#guest.swapDraws, [text]);
    const known = this.#textOf(before);
    for (const value of [text, before]) functions.freeValue(context, value);
    return known;
  }

  /** Frees the memory; while a call is on, as soon as it ends. Idempotent. */
  dispose(): void {
    this.#doomed = true;
    if (this.#depth > 0 || this.#freed) return;
    this.#freed = true;
    this.#engines.giveBack(this.#engine);
  }

  /** Looks at the clock. */
  tick(): void {
    const now = performance.now();
    const took = now - this.#looked;
    this.#looked = now;
    if (took > sliceMs.most) this.#slice = Math.max(slices.least, this.#slice >> 2);
    else if (took < sliceMs.least) this.#slice = Math.min(slices.most, this.#slice << 1);
    this.#engine.functions.fuel.value = this.#slice;
    this.#endWhenDue(now);
  }

  /** Serves the code inside: `what`, and up to three texts. */
  callHost(context: Pointer, count: number, args: Pointer): Pointer {
    const { functions } = this.#engine;
    const texts = ["", "", "", ""];
    for (let at = 0; at < Math.min(count, 4); at++) texts[at] = this.#textOf(functions.argumentAt(args, at));
    const [what, a, b, c] = texts as [Parameters<HostPort>[0], string, string, string];
    const reply = this.#host(what, a, b, c);
    if (this.#broken) throw new Interrupt();
    this.#endWhenDue(performance.now());
    if (reply !== undefined) return this.#newString(reply);
    return functions.dupValue(context, functions.getUndefined());
  }

  /**
   * QuickJS's own limit counts only the largest single piece when it is built for WebAssembly, so this is the limit
   * that holds.
   */
  mayGrow(bytes: number): boolean {
    this.#starved = this.#grown + bytes > this.#limits.memoryBytes;
    if (!this.#starved) this.#grown += bytes;
    return !this.#starved;
  }

  #endWhenDue(now: number): void {
    if (now <= this.#deadline) return;
    this.#expired = true;
    throw new Interrupt();
  }

  /** Calls may nest, when a host function calls into the same session; the earlier deadline holds for both. */
  #enter<T>(unit: Unit, timeoutMs: number, run: () => T): T {
    if (!this.alive) throw new SandboxError("engine-fault", `\`${unit.entry}\` cannot run: its world is gone`);
    const outer = this.#deadline;
    this.#looked = performance.now();
    this.#deadline = Math.min(outer, this.#looked + timeoutMs);
    this.#engine.functions.fuel.value = this.#slice;
    this.#depth++;
    try {
      const result = run();
      this.#endWhenDue(performance.now());
      return result;
    } catch (error) {
      throw error instanceof TracegradError ? error : this.#fault(error, unit, timeoutMs);
    } finally {
      this.#depth--;
      this.#deadline = outer;
      if (this.#doomed || this.#broken) this.dispose();
    }
  }

  #callWith(fn: Pointer, args: readonly Pointer[]): Pointer {
    const { functions } = this.#engine;
    const list = functions.malloc(Math.max(1, args.length) * 4);
    args.forEach((arg, index) => this.#engine.bytes.writeUInt32LE(arg, list + 4 * index));
    const result = functions.call(this.#guest.context, fn, functions.getUndefined(), args.length, list);
    functions.free(list);
    return result;
  }

  #newString(text: string): Pointer {
    const { at } = this.#engine.write(text);
    const value = this.#engine.functions.newString(this.#guest.context, at);
    this.#engine.functions.free(at);
    return value;
  }

  #textOf(value: Pointer): string {
    const { functions } = this.#engine;
    const at = functions.getString(this.#guest.context, value);
    if (at === 0) return "";
    const text = this.#engine.read(at);
    functions.freeCString(this.#guest.context, at);
    return text;
  }

  #invoke(fn: Pointer, texts: readonly string[], unit: Unit, timeoutMs: number): string {
    const { functions } = this.#engine;
    const args = texts.map((text) => this.#newString(text));
    const result = this.#settle(this.#callWith(fn, args), unit, timeoutMs);
    for (const arg of args) functions.freeValue(this.#guest.context, arg);
    const text = this.#textOf(result);
    functions.freeValue(this.#guest.context, result);
    return text;
  }

  #runJobs(unit: Unit, timeoutMs: number): void {
    const { functions } = this.#engine;
    const context = functions.malloc(4);
    const done = functions.executePendingJob(this.#guest.runtime, -1, context);
    functions.free(context);
    this.#settle(done, unit, timeoutMs);
    functions.freeValue(this.#guest.context, done);
  }

  /** A result, unless it is an exception, which becomes the error of the call. */
  #settle(result: Pointer, unit: Unit, timeoutMs: number): Pointer {
    const { functions } = this.#engine;
    const { context } = this.#guest;
    const error = functions.resolveException(context, result);
    if (error === 0) return result;
    functions.freeValue(context, result);
    const thrown = this.#typeOf(error) === "string" ? readThrown(this.#textOf(error)) : this.#engineError(error);
    functions.freeValue(context, error);
    throw this.guestError(thrown, unit, timeoutMs);
  }

  #typeOf(value: Pointer): string {
    const at = this.#engine.functions.typeOf(this.#guest.context, value);
    const text = this.#engine.read(at);
    this.#engine.functions.free(at);
    return text;
  }

  #engineError(error: Pointer): Partial<Thrown> {
    const { functions } = this.#engine;
    const read = (name: string): string => {
      const key = this.#newString(name);
      const value = functions.getProp(this.#guest.context, error, key);
      return this.#typeOf(value) === "string" ? this.#textOf(value) : "";
    };
    if (this.#typeOf(error) !== "object") return {};
    return { kind: "guest", name: read("name"), message: read("message"), stack: read("stack") };
  }

  /** Whatever leaves the engine as an exception leaves its memory in an unknown state. */
  #fault(error: unknown, unit: Unit, timeoutMs: number): SandboxError {
    // A call that was nested in this one has ended their world, and this one with it.
    this.#broken ??= this.#faultOf(error, unit, timeoutMs);
    return this.#broken;
  }

  #faultOf(error: unknown, unit: Unit, timeoutMs: number): SandboxError {
    if (this.#expired) return timedOut(unit.entry, timeoutMs);
    if (this.#starved) return outOfMemory(unit.entry, this.#limits.memoryBytes);
    if (error instanceof RangeError && /call stack/.test(error.message)) return stackOverflow(unit);
    return new SandboxError("engine-fault", `\`${unit.entry}\` crashed the engine: ${messageOf(error)}`);
  }

  /** The error for what was thrown inside. Ends the world when it ran out of memory. */
  guestError(thrown: Partial<Thrown>, unit: Unit, timeoutMs: number): SandboxError {
    if (this.#expired) return timedOut(unit.entry, timeoutMs);
    const { name = "", message } = thrown;
    // With no memory left for an error, QuickJS throws null, and what describes it cannot even make a text.
    const starved = name === "" || (name === "null" && this.#starved);
    if (thrown.kind === "transfer" || !(starved || (name === "RangeError" && message === "out of memory"))) {
      return guestError(thrown, unit);
    }
    this.dispose();
    return outOfMemory(unit.entry, this.#limits.memoryBytes);
  }
}

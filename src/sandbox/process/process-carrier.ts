/**
 * A thread of the pool as a process: it hands the child one message at a time, so that it knows what runs there, and
 * turns what the child says into what a thread says.
 */

import type { Socket } from "node:net";
import { headOf } from "../../util/cut.ts";
import { plainOf, SandboxError } from "../errors.ts";
import { maxQuestions } from "../options.ts";
import type { SessionEvent, ToThread } from "../protocol.ts";
import { consoleLevels, maxConsoleLine, maxConsoleLines } from "../services.ts";
import { type Carrier, type CarrierEvents, lostThread, type StartCarrier } from "../thread.ts";
import type { Unit } from "../unit.ts";
import { maxFrame } from "./child-source.ts";
import { encodeFrame, type Frame, type FrameCoder, newCoder, nextFrame, receiveBytes } from "./frames.ts";
import { type ChildLimits, Launched, programBytes } from "./launch.ts";
import type { ToChild } from "./messages.ts";
import { type CallFacts, lostError, saysMemory, thrownError } from "./results.ts";
import { clock } from "./watchdog.ts";

/** A session as it is in this child. */
interface ChildSession {
  readonly id: number;
  readonly units: Map<string, Unit>;
  readonly calls: Map<number, ChildCall>;
  readonly asks: Map<number, ChildCall>;
  /** How many asks the host knew before the session came here. */
  readonly knownAsks: number;
  /** How many asks and events there were in all; and asks in worlds that are gone. */
  askCount: number;
  eventCount: number;
  asksBefore: number;
  lines: number;
  /** The name of its world in the child; it gets another one when a call was stopped in it. */
  world: string;
  /** The units whose text the world has. */
  readonly sent: Set<Unit>;
}

interface ChildCall {
  readonly number: number;
  readonly unit: Unit;
  readonly timeoutMs: number;
  readonly deadline: number;
  /** What it draws next. */
  draws: string;
}

/** An event that waits until the child is free. */
interface Waiting {
  readonly session: ChildSession;
  readonly event: SessionEvent;
  /** Whether it has happened before, in another child. */
  readonly repeated: boolean;
}

interface Running {
  readonly session: ChildSession;
  readonly call: ChildCall;
  readonly repeated: boolean;
}

/** Starts children; `logs` says whether what programs print is passed on. */
export function startProcess(limits: ChildLimits, logs: boolean): StartCarrier {
  return (events) => new ProcessCarrier(limits, logs, events);
}

class ProcessCarrier implements Carrier {
  readonly #limits: ChildLimits;
  readonly #logs: boolean;
  readonly #events: CarrierEvents;
  readonly #launched: Launched;
  readonly #coder: FrameCoder;
  readonly #input: Socket;
  readonly #output: Socket;
  readonly #sessions = new Map<number, ChildSession>();
  readonly #waiting: Waiting[] = [];
  #now: Running | undefined;
  #ready = false;
  #ended = false;
  #worlds = 0;

  constructor(limits: ChildLimits, logs: boolean, events: CarrierEvents) {
    this.#limits = limits;
    this.#coder = newCoder(Buffer.allocUnsafeSlow, maxFrame(limits.transfer));
    this.#logs = logs;
    this.#events = events;
    this.#launched = new Launched(limits, ["pipe", "pipe"]);
    [this.#input, this.#output] = this.#launched.streams;
    this.#input.on("error", () => undefined).unref();
    this.#input.write(programBytes(limits.transfer));
    this.#output
      .on("data", (bytes: Buffer) => this.#receive(bytes))
      .on("error", () => undefined)
      .on("close", () => this.#lose(new Error("it ended")))
      .unref();
  }

  get running(): number {
    return this.#now?.call.number ?? 0;
  }

  get holder(): number | undefined {
    return this.#now?.session.id;
  }

  get worn(): boolean {
    return this.#ready && !this.#ended && this.#launched.worn;
  }

  post(message: ToThread): void {
    const session = this.#sessions.get(message.session);
    if (message.kind === "open") this.#open(message);
    else if (session === undefined) return;
    else if (message.kind === "close") this.#close(session);
    else if (message.kind === "define") session.units.set(message.unit.id, message.unit);
    else this.#waiting.push({ session, event: message, repeated: false });
    this.#work();
  }

  keep(alive: boolean): void {
    if (alive) this.#output.ref();
    else this.#output.unref();
  }

  end(): void {
    this.#ended = true;
    this.#launched.end();
    this.#input.destroy();
    this.#output.destroy();
  }

  #open({ session: id, units, events, repeated, before, askCount }: ToThread & { kind: "open" }): void {
    const session: ChildSession = {
      ...{ id, units: new Map(units.map((unit) => [unit.id, unit])), calls: new Map(), asks: new Map() },
      ...{ knownAsks: askCount, askCount: before.asks, asksBefore: before.asks, eventCount: before.events, lines: 0 },
      ...{ world: String(++this.#worlds), sent: new Set<Unit>() },
    };
    this.#sessions.set(id, session);
    for (const [at, event] of events.entries()) this.#waiting.push({ session, event, repeated: at < repeated });
  }

  #close({ id, world }: ChildSession): void {
    if (this.#ready) this.#write("F", [world]);
    this.#sessions.delete(id);
  }

  /** Hands on events until one of them keeps the child busy. */
  #work(): void {
    while (this.#ready && !this.#ended && this.#now === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const { session, event } = next;
      if (this.#sessions.get(session.id) !== session) continue;
      session.eventCount++;
      if (event.kind === "cancel") session.calls.delete(event.call);
      else if (event.kind === "call") this.#begin(next, event);
      else this.#answer(next, event);
    }
  }

  #begin({ session, repeated }: Waiting, event: SessionEvent & { kind: "call" }): void {
    const unit = session.units.get(event.unit) as Unit;
    const { call: number, draws, timeoutMs, args } = event;
    const call: ChildCall = { number, unit, timeoutMs, deadline: clock() + timeoutMs, draws: draws.call };
    session.calls.set(number, call);
    this.#events.receive({ kind: "started", session: session.id, call: number });
    const text = session.sent.has(unit) ? ["", ""] : [unit.code, `[${draws.define},${unit.config}]`];
    session.sent.add(unit);
    this.#run({ session, call, repeated }, "B", [session.world, unit.id, ...text, draws.call, String(number), args]);
  }

  /** Lets the answer in, unless its call is over: so a call that was stopped does not go on. */
  #answer({ session, repeated }: Waiting, { ask, ok, text }: SessionEvent & { kind: "answer" }): void {
    const call = session.asks.get(ask);
    session.asks.delete(ask);
    const question = [session.world, String(ask - session.asksBefore)];
    if (call === undefined || !session.calls.has(call.number)) return this.#write("K", question);
    const texts = [...question, ok ? "ok" : "error", text, call.draws];
    this.#run({ session, call, repeated }, "W", texts);
  }

  #run(running: Running, kind: ToChild, texts: readonly string[]): void {
    this.#now = running;
    this.#launched.watch.arm(running.call.deadline);
    this.#write(kind, texts);
  }

  #write(kind: ToChild, texts: readonly string[]): void {
    this.#input.write(Buffer.from(encodeFrame(this.#coder, kind, texts)));
  }

  #receive(bytes: Buffer): void {
    let at = 0;
    const copy = (into: Buffer, start: number, room: number): number => {
      const count = bytes.copy(into, start, at, at + room);
      at += count;
      return count;
    };
    try {
      while (at < bytes.length) {
        receiveBytes(this.#coder, copy);
        for (let frame = nextFrame(this.#coder); frame !== undefined; frame = nextFrame(this.#coder)) {
          if (!this.#ended) this.#take(frame);
        }
      }
    } catch (error) {
      this.#lose(error as Error);
    }
  }

  #take({ kind, texts }: Frame): void {
    const [a = "", b = "", c = ""] = texts;
    if (!this.#ready) {
      this.#launched.greet(Number(a));
      this.#ready = true;
      return this.#work();
    }
    if (this.#now === undefined) throw new Error("it sent a message that nothing asked for");
    const { session } = this.#now;
    if (kind === "L") this.#log(this.#now, a, b);
    else if (kind === "P") this.#ask(this.#now, Number(a), b, c);
    else if (kind === "D") this.#done(session, session.calls.get(Number(a)), b === "ok", c);
    else if (kind === "E") this.#endTurn(this.#now, a, b);
    else if (kind === "X") this.#stopped(this.#now);
    else throw new Error("it sent a message that nobody knows");
  }

  #log({ session, call, repeated }: Running, level: string, line: string): void {
    if (++session.lines > maxConsoleLines || repeated || !this.#logs || !consoleLevels.includes(level)) return;
    const text = headOf(line, maxConsoleLine);
    this.#events.receive({ kind: "log", session: session.id, call: call.number, level, line: text });
  }

  #ask({ session, call }: Running, question: number, name: string, args: string): void {
    const ask = ++session.askCount;
    if (question !== ask - session.asksBefore || session.asks.size >= maxQuestions)
      throw new Error("it asked out of turn");
    session.asks.set(ask, call);
    if (ask <= session.knownAsks) return;
    this.#events.receive({ kind: "ask", session: session.id, ask, call: call.number, name, args });
  }

  #done(session: ChildSession, call: ChildCall | undefined, ok: boolean, text: string): void {
    if (call === undefined) return;
    if (!ok) return this.#fail(session, call, thrownError(text, this.#factsOf(call)));
    session.calls.delete(call.number);
    this.#events.receive({ kind: "done", session: session.id, call: call.number, text });
  }

  /** The code has run until it waits for something, or has ended, or it threw before it could do either. */
  #endTurn({ session, call }: Running, result: string, draws: string): void {
    // A signal that was sent when the turn was over would strike the next one.
    if (this.#launched.watch.disarm() !== "none") throw new Error("it did not stop in time");
    this.#now = undefined;
    call.draws = draws;
    if (result[0] === "!") this.#done(session, call, false, result.slice(1));
    this.#work();
  }

  /** The world has ended with the call that was stopped in it. */
  #stopped({ session, call }: Running): void {
    this.#launched.watch.disarm();
    this.#now = undefined;
    session.asks.clear();
    session.sent.clear();
    session.asksBefore = session.askCount;
    session.world = String(++this.#worlds);
    this.#fail(session, call, lostError("time", this.#factsOf(call)));
    for (const other of session.calls.values()) {
      const problem = `\`${other.unit.entry}\` was lost: another call broke their world`;
      this.#fail(session, other, new SandboxError("worker-lost", problem));
    }
    this.#events.receive({ kind: "lost", session: session.id, events: session.eventCount, asks: session.askCount });
    this.#work();
  }

  #fail(session: ChildSession, call: ChildCall, error: SandboxError): void {
    if (!session.calls.delete(call.number)) return;
    this.#events.receive({ kind: "failed", session: session.id, call: call.number, error: plainOf(error) });
  }

  #factsOf({ unit, timeoutMs }: ChildCall): CallFacts {
    return { unit, timeoutMs, memoryBytes: this.#limits.memoryBytes };
  }

  #lose(reason: Error): void {
    if (this.#ended) return;
    const failure = this.#ready ? undefined : this.#launched.failure();
    const stop = this.#ready ? this.#launched.watch.disarm() : "none";
    const full = stop === "memory" || saysMemory(this.#launched.end());
    const call = this.#now?.call;
    const cause = full ? "memory" : stop === "none" ? reason : "time";
    const error = call === undefined ? lostThread(reason.message) : lostError(cause, this.#factsOf(call));
    this.#events.ended(failure ?? error);
  }
}

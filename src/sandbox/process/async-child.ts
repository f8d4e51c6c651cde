/** A child for asynchronous programs. Sessions share it; it works at one message at a time, and the host waits for none. */
import type { Socket } from "node:net";
import type { HostServices } from "../services.ts";
import { SandboxError } from "../errors.ts";
import type { RandomStates } from "../random.ts";
import type { SandboxProgram } from "../sandbox.ts";
import type { Unit } from "../unit.ts";
import { MAX_FRAME } from "./child-source.ts";
import { encodeFrame, type Frame, newCoder, nextFrame, receiveBytes } from "./frames.ts";
import { type ChildLimits, Launched, programBytes } from "./launch.ts";
import type { ToChild } from "./messages.ts";
import { lostError, readResult, saysMemory } from "./results.ts";
import { clock } from "./watchdog.ts";

/** One call to be made. */
export interface AsyncJob {
  readonly program: SandboxProgram;
  readonly unit: Unit;
  readonly args: string;
  readonly draws: RandomStates;
  /** Runs a function in the async context of the call. */
  readonly within: <R>(fn: () => R) => R;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Sends the job to another child, when this one ended before the job began. */
  readonly again: (reason: SandboxError) => void;
}

/** The place of a session in a child. */
export interface AsyncSeat {
  readonly world: string;
  readonly services: HostServices;
  /** The program of a unit of the session. */
  readonly programOf: (unit: string) => SandboxProgram | undefined;
  /** The units whose text the child has. */
  readonly known: Set<Unit>;
  /** True when the world has ended with a call that was stopped. */
  broken: boolean;
}

interface OpenCall {
  readonly number: string;
  readonly job: AsyncJob;
  readonly seat: AsyncSeat;
  /** When it has to end; undefined until it begins. */
  deadline: number | undefined;
  /** What it draws next. */
  state: string;
  timer?: NodeJS.Timeout;
}

/** A message that waits for its turn. */
interface ChildTurn {
  readonly call: OpenCall;
  readonly kind: "B" | "W";
  readonly texts: readonly string[];
  readonly since: number;
}

/** One child. It keeps the process alive only while a call is on it. */
export class AsyncChild {
  /** Open sessions that use the child. */
  sessions = 0;
  readonly #launched: Launched;
  readonly #limits: ChildLimits;
  readonly #coder = newCoder(Buffer.allocUnsafeSlow, MAX_FRAME);
  readonly #input: Socket;
  readonly #output: Socket;
  readonly #calls = new Map<string, OpenCall>();
  readonly #turns: ChildTurn[] = [];
  #running: ChildTurn | undefined;
  #ready = false;
  #lost = false;
  #last = 0;

  constructor(limits: ChildLimits) {
    this.#limits = limits;
    this.#launched = new Launched(limits, ["pipe", "pipe"]);
    [this.#input, this.#output] = this.#launched.streams;
    this.#input.on("error", () => undefined).unref();
    this.#input.write(programBytes());
    this.#output
      .on("data", (bytes: Buffer) => this.#receive(bytes))
      .on("error", () => undefined)
      .on("close", () => this.#lose(new Error("it ended")))
      .unref();
  }

  /** True once the child has ended; its sessions go on in another one. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether new sessions had better be elsewhere: a call has held it up for a while, or it has used up its memory. */
  get busy(): boolean {
    return (this.#running !== undefined && clock() - this.#running.since > 100) || (this.#ready && this.#launched.worn);
  }

  /** A fresh world for a session. */
  open(services: HostServices, programOf: AsyncSeat["programOf"]): AsyncSeat {
    this.sessions++;
    return { world: String(++this.#last), services, programOf, known: new Set(), broken: false };
  }

  /** Sends a call. Its time runs from the moment the child begins with it. */
  send(seat: AsyncSeat, job: AsyncJob): void {
    const call: OpenCall = { number: String(++this.#last), job, seat, deadline: undefined, state: job.draws.call };
    if (this.#calls.size === 0) this.#output.ref();
    this.#calls.set(call.number, call);
    this.#queue(call, "B", []);
  }

  /** Drops a world; what is on its way there fails with `reason`. */
  close(seat: AsyncSeat, reason: (entry: string) => SandboxError): void {
    this.sessions--;
    seat.broken = true;
    for (const call of this.#calls.values()) {
      if (call.seat === seat) this.#settle(call)?.reject(reason(call.job.unit.entry));
    }
    if (!this.#lost && this.#ready) this.#write("F", [seat.world]);
  }

  #queue(call: OpenCall, kind: ChildTurn["kind"], texts: readonly string[]): void {
    clearTimeout(call.timer);
    this.#turns.push({ call, kind, texts, since: clock() });
    this.#work();
  }

  /** Begins with the next message, unless one is at work. */
  #work(): void {
    if (!this.#ready || this.#running !== undefined || this.#lost) return;
    let turn = this.#turns.shift();
    while (turn !== undefined && !this.#calls.has(turn.call.number)) turn = this.#turns.shift();
    if (turn === undefined) return;
    const { call, kind } = turn;
    const { program, unit, args, draws } = call.job;
    const now = clock();
    // Waiting for others costs a call nothing of its own time.
    call.deadline = call.deadline === undefined ? now + program.timeoutMs : call.deadline + now - turn.since;
    this.#running = { ...turn, since: now };
    this.#launched.watch.arm(call.deadline);
    if (kind === "W") return this.#write("W", [call.seat.world, ...turn.texts, call.state]);
    const text = call.seat.known.has(unit) ? ["", ""] : [unit.code, unit.config];
    call.seat.known.add(unit);
    this.#write("B", [call.seat.world, unit.id, ...text, draws.define, call.state, call.number, args]);
  }

  #write(kind: ToChild, texts: readonly string[]): void {
    this.#input.write(Buffer.from(encodeFrame(this.#coder, kind, texts)));
  }

  #receive(bytes: Buffer): void {
    let taken = 0;
    try {
      while (taken < bytes.length && !this.#lost) {
        receiveBytes(this.#coder, (into, at, room) => {
          const count = bytes.copy(into, at, taken, taken + room);
          taken += count;
          return count;
        });
        for (let frame = nextFrame(this.#coder); frame !== undefined; frame = nextFrame(this.#coder)) this.#take(frame);
      }
    } catch (error) {
      this.#lose(error as Error);
    }
  }

  #take({ kind, texts }: Frame): void {
    const [a = "", b = "", c = "", d = ""] = texts;
    if (!this.#ready) {
      this.#launched.greet(Number(a));
      this.#ready = true;
      return this.#work();
    }
    const call = this.#running?.call;
    if (call === undefined) throw new Error("it sent a message that nothing asked for");
    const { within } = call.job;
    if (kind === "L") within(() => call.seat.services.log(a, b));
    else if (kind === "P") void this.#answer(call, a, call.seat.programOf(b) ?? call.job.program, [c, d]);
    else if (kind === "D") this.#done(call.seat, a, (b === "ok" ? "=" : "!") + c);
    else if (kind === "E") this.#endTurn(call, a, b);
    else if (kind === "X") this.#stopped(call);
    else throw new Error("it sent a message that nobody knows");
  }

  async #answer(
    call: OpenCall,
    question: string,
    program: SandboxProgram,
    [name, args]: [string, string],
  ): Promise<void> {
    if (!this.#calls.has(call.number)) return;
    const reply = await call.job.within(() => call.seat.services.callLater(program, name, args));
    if (!this.#calls.has(call.number)) return;
    if (typeof reply !== "string") this.#settle(call)?.reject(reply.thrown);
    else this.#queue(call, "W", [question, reply[0] === "=" ? "ok" : "error", reply.slice(1)]);
  }

  #done(seat: AsyncSeat, number: string, text: string): void {
    const call = this.#calls.get(number);
    if (call?.seat !== seat) return;
    this.#settle(call);
    const { unit, program, resolve, reject } = call.job;
    const result = readResult({ text, passing: undefined }, { unit, program, memoryBytes: this.#limits.memoryBytes });
    if ("error" in result) reject(result.error);
    else resolve(result.value);
  }

  /** The code has run until it waits for something, or has ended, or `result` says what kept it from running. */
  #endTurn(call: OpenCall, result: string, state: string): void {
    // A signal that was sent when the turn was over would strike the next one.
    if (this.#launched.watch.disarm() !== "none") throw new Error("it did not stop in time");
    this.#running = undefined;
    call.state = state;
    if (result[0] === "!") this.#done(call.seat, call.number, result);
    const { deadline } = call;
    if (this.#calls.has(call.number) && deadline !== undefined) {
      call.timer = setTimeout(() => this.#expire(call), Math.max(1, deadline - clock()));
    }
    this.#work();
  }

  #stopped(call: OpenCall): void {
    this.#launched.watch.disarm();
    this.#running = undefined;
    this.#expire(call);
    call.seat.broken = true;
    for (const other of [...this.#calls.values()].filter(({ seat }) => seat === call.seat)) {
      const problem = `\`${other.job.unit.entry}\` was lost: another call broke their world`;
      this.#drop(other, new SandboxError("worker-lost", problem));
    }
    this.#work();
  }

  #expire(call: OpenCall): void {
    this.#settle(call)?.reject(lostError("time", { ...call.job, memoryBytes: this.#limits.memoryBytes }));
  }

  /** Takes a call off the list; gives its job unless it was off already. */
  #settle(call: OpenCall): AsyncJob | undefined {
    if (!this.#calls.delete(call.number)) return undefined;
    clearTimeout(call.timer);
    if (this.#calls.size === 0) this.#output.unref();
    return call.job;
  }

  #lose(reason: Error): void {
    if (this.#lost) return;
    this.#lost = true;
    const stop = this.#ready ? this.#launched.watch.disarm() : "none";
    const running = this.#running?.call;
    const failure = this.#ready ? undefined : this.#launched.failure();
    const said = this.#launched.end();
    this.#input.destroy();
    this.#output.destroy();
    const full = stop === "memory" || saysMemory(said);
    const cause = full ? "memory" : stop === "none" ? reason : "time";
    for (const call of [...this.#calls.values()]) {
      const facts = { ...call.job, memoryBytes: this.#limits.memoryBytes };
      if (failure !== undefined) this.#settle(call)?.reject(failure);
      else if (call === running) this.#settle(call)?.reject(lostError(cause, facts));
      else this.#drop(call, lostError(new Error("another call broke it"), facts));
    }
  }

  /** What has not begun can be done elsewhere. */
  #drop(call: OpenCall, reason: SandboxError): void {
    const job = this.#settle(call);
    if (call.deadline === undefined) job?.again(reason);
    else job?.reject(reason);
  }
}

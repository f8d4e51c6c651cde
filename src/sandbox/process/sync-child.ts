/** A child for synchronous programs: this thread waits for its answers, whatever it does. */
import { read, readSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { maxFrame } from "./child-source.ts";
import { encodeFrame, type Frame, type FrameCoder, newCoder, nextFrame, receiveBytes } from "./frames.ts";
import { type ChildLimits, Launched, programBytes } from "./launch.ts";
import type { FromChild, ToChild } from "./messages.ts";
import { closeAll, makePipes, type Pipe } from "./pipes.ts";
import { saysMemory } from "./results.ts";
import { clock, type Stop } from "./watchdog.ts";

/** What the host does while programs run. None of it throws. */
export interface Talk {
  /** The longest that one call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Takes what came of the next call. */
  result(text: string): void;
  /** Answers a question; undefined ends the call. */
  answer(name: string, args: string): string | undefined;
  log(level: string, line: string): void;
}

/**
 * How a request ended: all results came; the next call was stopped; the child was lost in a call for a reason; or it was
 * given up between two calls.
 */
export type Ending = "done" | "stopped" | "given-up" | { readonly lost: "time" | "memory" | Error };

/** The end of the pipe: the child has ended. */
class Gone extends Error {
  readonly stop: Stop;

  constructor(stop: Stop) {
    super("it ended");
    this.stop = stop;
  }
}

/** One child. */
export class SyncChild {
  readonly #launched: Launched;
  /** Where messages to the child go, and where its messages come from. */
  readonly #input: number;
  readonly #output: number;
  readonly #coder: FrameCoder;
  readonly #closed: string[] = [];
  /** When the call that is under way has to end, a time of the clock. */
  #deadline = Number.POSITIVE_INFINITY;
  #worlds = 0;
  #lastWorld = 0;
  #ready = false;
  #retired = false;
  #ended = false;

  /** Starts a child; wait for it by `open` or `openLater` before it is used. */
  constructor(limits: ChildLimits) {
    this.#coder = newCoder(Buffer.allocUnsafeSlow, maxFrame(limits.transfer));
    const [input, output] = makePipes([true, true]) as [Pipe, Pipe];
    [this.#input, this.#output] = [input.write, output.read];
    this.#launched = new Launched(limits, [input.read, output.write]);
    closeAll([input.read, output.write]);
    try {
      writeSync(this.#input, programBytes(limits.transfer));
    } catch {
      // It has ended already, which shows when its answer is awaited.
    }
  }

  /** False once the child has ended. */
  get alive(): boolean {
    return !this.#ended;
  }

  /** Whether new worlds had better be elsewhere. */
  get worn(): boolean {
    return this.#launched.worn;
  }

  /**
   * Waits until the child is up.
   * @throws SandboxError `"sandbox-failed-to-load"`
   */
  open(): void {
    while (!this.#greet()) this.#fill((into, at, room) => readSync(this.#output, into, at, room, null));
  }

  /** The same without holding up the thread. */
  async openLater(): Promise<void> {
    while (!this.#greet()) {
      const bytes = Buffer.alloc(1024);
      const { bytesRead } = await promisify(read)(this.#output, bytes, 0, bytes.length, null);
      this.#fill((into, at) => bytes.copy(into, at, 0, bytesRead));
    }
  }

  /** A name for a new world. */
  openWorld(): string {
    this.#worlds++;
    return String(++this.#lastWorld);
  }

  /** Whether it has served other worlds, whose garbage counts in it. */
  get shared(): boolean {
    return this.#lastWorld > 1;
  }

  /** Frees a world, before the next call or when nothing else needs the child. */
  closeWorld(id: string): void {
    this.#worlds--;
    this.#closed.push(id);
    if (this.#retired && this.#worlds === 0) this.end();
  }

  /** Ends the child with its last world. */
  retire(): void {
    this.#retired = true;
    if (this.#worlds === 0) this.end();
  }

  /** Ends the child. Gives what it said last. */
  end(): string {
    if (this.#ended) return "";
    this.#ended = true;
    const said = this.#launched.end();
    closeAll([this.#input, this.#output]);
    return said;
  }

  /** Makes calls, `count` of them, and waits until they have ended. Calls may nest. */
  run(texts: readonly string[], count: number, talk: Talk): Ending {
    const outer = this.#deadline;
    this.#deadline = Math.min(outer, clock() + talk.timeoutMs);
    // A host function has used up the time of the call that it belongs to.
    if (this.#deadline <= clock()) return "stopped";
    const { watch } = this.#launched;
    watch.arm(this.#deadline);
    try {
      if (this.#closed.length > 0) this.#send("F", this.#closed.splice(0));
      this.#send("C", texts);
      const ending = this.#converse(count, talk, outer);
      // A signal that was sent when the call was over would strike the next one.
      if (watch.disarm() !== "none" && ending === "done") this.end();
      return ending;
    } catch (error) {
      return this.#lose(error as Error);
    } finally {
      this.#deadline = outer;
    }
  }

  #converse(count: number, talk: Talk, outer: number): Ending {
    const { watch } = this.#launched;
    for (let left = count; ; ) {
      const { kind, texts } = this.#receive();
      if (kind === "R") {
        for (const line of (texts[0] ?? "").split("\n", left)) {
          talk.result(line);
          left--;
        }
        if (left === 0) return "done";
        if (watch.disarm() !== "none") return this.#giveUp();
        this.#deadline = Math.min(outer, clock() + talk.timeoutMs);
        watch.arm(this.#deadline);
      } else if (kind === "X") return "stopped";
      else if (kind === "L") talk.log(texts[0] ?? "", texts[1] ?? "");
      else if (kind === "Q") this.#answer(texts, talk);
      else throw new Error("it sent a message that nothing asked for");
    }
  }

  #giveUp(): Ending {
    this.end();
    return "given-up";
  }

  /** The time that the answer takes counts, but while it is made there is nothing to stop in the child. */
  #answer([name = "", args = ""]: readonly string[], talk: Talk): void {
    const { watch } = this.#launched;
    const stop = watch.disarm();
    if (stop !== "none") throw new Gone(stop);
    const reply = talk.answer(name, args);
    if (this.#ended) throw new Error("a call that its host function made broke it");
    if (reply === undefined || clock() >= this.#deadline) {
      // It takes a moment until the child can be stopped.
      watch.arm(clock() + 20);
      this.#send("S", []);
    } else {
      watch.arm(this.#deadline);
      this.#send("A", [reply]);
    }
  }

  #send(kind: ToChild, texts: readonly string[]): void {
    const bytes = encodeFrame(this.#coder, kind, texts);
    for (let at = 0; at < bytes.length; ) {
      at += writeSync(this.#input, bytes, at, bytes.length - at, null);
    }
  }

  #receive(): Frame & { readonly kind: FromChild } {
    for (;;) {
      const frame = nextFrame(this.#coder);
      if (frame !== undefined) return frame as Frame & { readonly kind: FromChild };
      const more = receiveBytes(this.#coder, (into, at, room) => readSync(this.#output, into, at, room, null));
      if (!more) throw new Gone("none");
    }
  }

  #lose(error: Error): Ending {
    const seen = error instanceof Gone ? error.stop : "none";
    const stop = seen !== "none" || this.#ended ? seen : this.#launched.watch.disarm();
    const said = this.end();
    if (stop === "memory" || saysMemory(said)) return { lost: "memory" };
    if (stop !== "none") return { lost: "time" };
    // The pipe of a child that has ended cannot be written to either.
    return { lost: (error as NodeJS.ErrnoException).code === "EPIPE" ? new Gone(stop) : error };
  }

  #greet(): boolean {
    if (this.#ready) return true;
    const frame = nextFrame(this.#coder);
    if (frame === undefined) return false;
    this.#launched.greet(Number(frame.texts[0]));
    this.#ready = true;
    return true;
  }

  #fill(from: (into: Buffer, at: number, room: number) => number): void {
    if (receiveBytes(this.#coder, from)) return;
    const failure = this.#launched.failure();
    this.end();
    throw failure;
  }
}

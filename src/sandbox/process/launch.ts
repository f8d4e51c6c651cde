/** Starts a child, and ends it. */

import { type StdioOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { getOrSet } from "../../util/collections.ts";
import { headOf } from "../../util/cut.ts";
import { SandboxError } from "../errors.ts";
import type { TransferLimits } from "../options.ts";
import { childSource } from "./child-source.ts";
import { type Confinement, commandOf } from "./command.ts";
import { closeAll, drain, makePipes, type Pipe } from "./pipes.ts";
import { clock, Watch } from "./watchdog.ts";

/** How children are confined, and what may pass their border. */
export interface ChildLimits {
  readonly confine: Confinement;
  readonly memoryBytes: number;
  readonly transfer: TransferLimits;
}

/** How long a child may take to come up, in milliseconds. */
const startMs = 60_000;

const programs = new WeakMap<TransferLimits, Buffer>();

/** What is written first: the length of the child's program, and the program. */
export function programBytes(transfer: TransferLimits): Buffer {
  return getOrSet(programs, transfer, () => {
    const text = Buffer.from(childSource(transfer));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(text.length);
    return Buffer.concat([head, text]);
  });
}

/** A child process that is confined. It does not keep this process from ending. */
export class Launched {
  /** The streams of messages to the child and from it, where it was started with `"pipe"`. */
  readonly streams: readonly [input: Socket, output: Socket];
  readonly #errors: number;
  readonly #info: number;
  readonly #lifeline: number;
  readonly #limits: ChildLimits;
  #watch: Watch;
  #pid: number;
  #most = Number.POSITIVE_INFINITY;
  #ended = false;

  /**
   * Starts the child without waiting for it. `ends` are the child's: where it reads messages, and where it writes them.
   * The first thing that it reads is to be {@link programBytes}.
   */
  constructor(limits: ChildLimits, ends: readonly [number | "pipe", number | "pipe"]) {
    this.#limits = limits;
    const [errors, info, lifeline] = makePipes([false, false, true]) as [Pipe, Pipe, Pipe];
    const { file, args, env } = commandOf(limits.confine, limits.memoryBytes);
    const stdio: StdioOptions = ["ignore", "ignore", errors.write, ...ends, info.write, lifeline.read];
    const child = spawn(file, args, { env, cwd: "/", detached: true, stdio });
    // What went wrong shows when its pipes are closed.
    child.on("error", () => undefined).unref();
    closeAll([errors.write, info.write, lifeline.read]);
    [this.#errors, this.#info, this.#lifeline] = [errors.read, info.read, lifeline.write];
    this.streams = [child.stdio[3] as Socket, child.stdio[4] as Socket];
    // Until it has said who it is, all that was started is killed.
    this.#pid = child.pid === undefined ? Number.NaN : -child.pid;
    this.#watch = new Watch(this.#pid, Number.POSITIVE_INFINITY);
    this.#watch.arm(clock() + startMs);
  }

  /** Takes note that the child is up; `pid` is what it says of itself. */
  greet(pid: number): void {
    // Bubblewrap has given it a number of its own.
    const info = drain(this.#info);
    this.#watch.release();
    this.#pid = Number(/"child-pid":\s*(\d+)/.exec(info)?.[1] ?? pid);
    this.#most = this.#memory() + this.#limits.memoryBytes;
    this.#watch = new Watch(this.#pid, this.#most);
  }

  get watch(): Watch {
    return this.#watch;
  }

  /** Whether it has used up half of the memory that it may use, so that new worlds had better be elsewhere. */
  get worn(): boolean {
    return this.#memory() > this.#most - this.#limits.memoryBytes / 2;
  }

  /** The memory that it uses now, in bytes; NaN where that is not known. */
  #memory(): number {
    try {
      return 1024 * Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${this.#pid}/status`, "latin1"))?.[1]);
    } catch {
      return Number.NaN;
    }
  }

  /** Kills the child. Gives what it said last. The two pipes of messages are for their user to close. Idempotent. */
  end(): string {
    if (this.#ended) return "";
    this.#ended = true;
    this.#watch.release();
    try {
      process.kill(this.#pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
    const said = drain(this.#errors);
    closeAll([this.#errors, this.#info, this.#lifeline]);
    return said;
  }

  /** The error for a child that did not come up, and how to fix it. */
  failure(): SandboxError {
    const said = this.end();
    // Of what Node prints at its end, one line says why.
    const reason =
      (/^.*\b(?:\w*Error|bwrap|sh)\b.*$/m.exec(said)?.[0] ?? headOf(said.trim(), 300)) || "it ended at once";
    const fix =
      this.#limits.confine === "bubblewrap"
        ? "Install bubblewrap (`apt-get install bubblewrap`) where user namespaces are allowed, or accept a weaker " +
          'level by name: `nodeProcess({ confine: "permissions" })`'
        : "Check that Node can be started here";
    return new SandboxError("sandbox-failed-to-load", `the process of the sandbox does not start (${reason}). ${fix}`);
  }
}

/** Starts a child, and ends it. */
import { spawn } from "node:child_process";
import { readFileSync, writeSync } from "node:fs";
import { messageOf } from "../../util/errors.ts";
import { SandboxError } from "../errors.ts";
import { childSource } from "./child-source.ts";
import { type Confinement, commandOf } from "./command.ts";
import { closeAll, drain, makePipes } from "./pipes.ts";
import { clock, Watch } from "./watchdog.ts";

/** How children are confined. */
export interface ChildLimits {
  readonly confine: Confinement;
  readonly memoryBytes: number;
}

/** How long a child may take to come up, in milliseconds. */
const startMs = 60_000;

let program: Buffer | undefined;

/** What is written first: the length of the child's program, and the program. */
function programBytes(): Buffer {
  if (program !== undefined) return program;
  const text = Buffer.from(childSource());
  const head = Buffer.alloc(4);
  head.writeUInt32LE(text.length);
  program = Buffer.concat([head, text]);
  return program;
}

/** A child process that is confined. It keeps this process from ending no more than its pipes do. */
export class Launched {
  /** Where messages to the child go. */
  readonly input: number;
  /** Where its messages come from. */
  readonly output: number;
  readonly #errors: number;
  readonly #info: number;
  readonly #lifeline: number;
  readonly #limits: ChildLimits;
  #watch: Watch;
  #pid: number;
  #most = Number.POSITIVE_INFINITY;
  #ended = false;

  /** Starts the child without waiting for it. */
  constructor(limits: ChildLimits) {
    this.#limits = limits;
    const [input, output, errors, info, lifeline] = pipes();
    const { file, args, env } = commandOf(limits.confine, limits.memoryBytes);
    const theirs = [errors.write, input.read, output.write, info.write, lifeline.read];
    const child = spawn(file, args, { env, cwd: "/", detached: true, stdio: ["ignore", "ignore", ...theirs] });
    // What went wrong shows when its pipes are closed.
    child.on("error", () => undefined).unref();
    closeAll(theirs);
    [this.input, this.output, this.#lifeline] = [input.write, output.read, lifeline.write];
    [this.#errors, this.#info] = [errors.read, info.read];
    // Until it has said who it is, all that was started is killed.
    this.#pid = child.pid === undefined ? Number.NaN : -child.pid;
    this.#watch = new Watch(this.#pid, Number.POSITIVE_INFINITY);
    this.#watch.arm(clock() + startMs);
    try {
      writeSync(this.input, programBytes());
    } catch {
      // It has ended already, which shows when its answer is awaited.
    }
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

  /** Kills the child. Gives what it said last. Idempotent. */
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
    closeAll([this.input, this.output, this.#errors, this.#info, this.#lifeline]);
    return said;
  }

  /** The error for a child that did not come up, and how to fix it. */
  failure(): SandboxError {
    const said = this.end();
    // Of what Node prints at its end, one line says why.
    const reason =
      (/^.*\b(?:\w*Error|bwrap|sh)\b.*$/m.exec(said)?.[0] ?? said.trim().slice(0, 300)) || "it ended at once";
    const fix =
      this.#limits.confine === "bubblewrap"
        ? "Install bubblewrap (`apt-get install bubblewrap`) where user namespaces are allowed, or accept a weaker " +
          'level by name: `nodeProcess({ confine: "permissions" })`'
        : "Check that Node can be started here";
    return new SandboxError("sandbox-failed-to-load", `the process of the sandbox does not start (${reason}). ${fix}`);
  }
}

function pipes(): [Ends, Ends, Ends, Ends, Ends] {
  try {
    return makePipes([true, true, false, false, true]) as [Ends, Ends, Ends, Ends, Ends];
  } catch (error) {
    const problem = `the sandbox cannot make named pipes, which it needs (Linux or macOS): ${messageOf(error)}`;
    throw new SandboxError("sandbox-failed-to-load", problem);
  }
}

type Ends = ReturnType<typeof makePipes>[number];

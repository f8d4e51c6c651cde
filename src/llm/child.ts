/** Runs a program with a text as its input, and sees to it that the program ends, and its process group with it. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

/** The program, and how it is started: without a shell. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  /** All environment variables of the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A program that writes more bytes than this is ended. */
  readonly maxOutputBytes: number;
}

/** How a program ended. */
export interface ProgramEnd {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  /** The name of that signal. */
  readonly signal: string | null;
  /** What it wrote to standard output, to the limit. */
  readonly stdout: string;
  /** The end of what it wrote to standard error. */
  readonly stderr: string;
  /** Whether it wrote more than the limit, and was ended for that. */
  readonly isTooLong: boolean;
}

/** The time between the request to end and the end by force, in milliseconds. */
const graceMs = 2_000;

/** How much of standard error is kept, in bytes. */
const maxErrorBytes = 4_000;

/**
 * Runs the program with `input` on its standard input. When `signal` aborts, its process group is asked to end
 * (SIGTERM), and killed after two seconds. Resolves when the program has ended, for whatever reason; then nothing of
 * its group is left. Windows has no such groups: there the program alone is ended, at once, and what it has started may
 * continue. Rejects with the error of the system when the program cannot be started.
 */
export function runProgram(launch: Launch, input: string, signal: AbortSignal): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const { program, args, cwd, env } = launch;
    // A group of its own, so that what it starts is ended with it.
    const child = spawn(program, args, { cwd, env, detached: hasGroups, stdio: "pipe", windowsHide: true });
    child.once("error", reject);
    if (child.pid === undefined) return;
    const group = new ProcessGroup(child.pid);
    const stop = (): void => group.end();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const output = collect(child, launch.maxOutputBytes, stop);
    // A program may end, or close its input, before it has read all.
    child.stdin.on("error", () => undefined).end(input);
    let closing: ReturnType<typeof setTimeout> | undefined;
    child.once("exit", () => {
      group.ended();
      // What has left the group may hold the pipes open for ever.
      closing = setTimeout(() => {
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      }, graceMs);
    });
    child.once("close", (code, by) => {
      clearTimeout(closing);
      signal.removeEventListener("abort", stop);
      resolve({ code, signal: by, ...output() });
    });
  });
}

type Output = Pick<ProgramEnd, "stdout" | "stderr" | "isTooLong">;

/** Collects what the program writes. Calls `stop` when it is too much. */
function collect(child: ChildProcessWithoutNullStreams, maxBytes: number, stop: () => void): () => Output {
  const chunks: Buffer[] = [];
  let left = maxBytes;
  let errors = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    const wasWithin = left >= 0;
    if (wasWithin) chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
    if (wasWithin && left < 0) stop();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors = Buffer.concat([errors, chunk]).subarray(-maxErrorBytes);
  });
  // Decoded as a whole: a character may be cut between two chunks. A byte order mark is taken away.
  const textOf = (bytes: Buffer): string => new TextDecoder().decode(bytes);
  return () => ({ stdout: textOf(Buffer.concat(chunks)), stderr: textOf(errors), isTooLong: left < 0 });
}

const hasGroups = process.platform !== "win32";

/** The groups under way, which must not outlive this process. */
const live = new Set<ProcessGroup>();

/** The process group of a program. */
class ProcessGroup {
  readonly #pid: number;
  #killing: ReturnType<typeof setTimeout> | undefined;
  #isEnding = false;

  constructor(pid: number) {
    this.#pid = pid;
    if (live.size === 0) watchThisProcess();
    live.add(this);
  }

  /** Asks all of the group to end, and kills what does not. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.kill("SIGTERM");
    this.#killing = setTimeout(() => this.kill("SIGKILL"), graceMs);
  }

  /** Takes note that the program has ended. What it left behind is killed. */
  ended(): void {
    this.#isEnding = true;
    clearTimeout(this.#killing);
    if (hasGroups) this.kill("SIGKILL");
    live.delete(this);
    if (live.size === 0) unwatchThisProcess();
  }

  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(hasGroups ? -this.#pid : this.#pid, signal);
    } catch {
      // Nothing is left of it.
    }
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function watchThisProcess(): void {
  process.on("exit", killAll);
  for (const name of signals) process.on(name, onSignal);
}

function unwatchThisProcess(): void {
  process.off("exit", killAll);
  for (const name of signals) process.off(name, onSignal);
}

function killAll(): void {
  for (const group of live) group.kill("SIGKILL");
}

/** A terminal sends Ctrl-C to no other group, and a signal without a listener ends this process without a word. */
function onSignal(name: NodeJS.Signals): void {
  // Others listen: it is for them to end this process, or the work.
  if (process.listenerCount(name) > 1) return;
  killAll();
  unwatchThisProcess();
  process.kill(process.pid, name);
}

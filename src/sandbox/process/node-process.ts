/** A sandbox at the speed of V8: programs run in a Node process of their own, which is confined by the system. */
import { AsyncSession } from "../async-session.ts";
import { checkSource } from "../check.ts";
import type { ConsoleHook } from "../console-hook.ts";
import { SandboxError } from "../errors.ts";
import { defaultThreads, transferLimits, wholeNumber } from "../options.ts";
import { WorkerPool } from "../pool.ts";
import type { CodeSpec, Sandbox } from "../sandbox.ts";
import { Units } from "../unit.ts";
import { wholeSession } from "../whole-session.ts";
import type { Confinement } from "./command.ts";
import type { ChildLimits } from "./launch.ts";
import { startProcess } from "./process-carrier.ts";
import { SyncChildren } from "./sync-children.ts";
import { ProcessSession } from "./sync-session.ts";
import { startWatchdog } from "./watchdog.ts";

export type { Confinement };

/** The limits of a sandbox in a process, and what confines it. */
export interface NodeProcessOptions {
  /**
   * What keeps the process from the machine. Default: `"bubblewrap"`, which has to be installed; the sandbox does not
   * load without it. `"permissions"` is weaker: a program that breaks out of its world can reach the network.
   */
  readonly confine?: Confinement;
  /** Memory that the programs in one process may use together, in bytes. Default: 256 MiB. */
  readonly memoryBytes?: number;
  /**
   * The longest value that may pass in or out, in characters (UTF-16 units) of its JSON; fewer where they hold many
   * values and names. Default: 20,000,000, and 3,000,000 out of asynchronous code; what you give, from 10,000 to
   * 150,000,000, holds for both. What comes out, which is results and arguments of host functions, is read in your
   * thread, in up to 25 ms for each 1,000,000 of the limit; of asynchronous code on the event loop, which waits
   * meanwhile. What passes also takes memory of the session, about 5 bytes for each character, and up to 13 where it is
   * not ASCII: see `memoryBytes`.
   */
  readonly maxTransferChars?: number;
  /**
   * Processes for asynchronous programs, started when first needed. Default: one less than the machine's processors, at
   * least 2 and at most 4. More are started while calls hold all of them.
   */
  readonly processes?: number;
  /** Receives what programs print, at most 1000 lines a session. Default: it is dropped. */
  readonly onConsole?: ConsoleHook;
}

/**
 * Makes a sandbox that runs code in V8, in Node processes of their own. Programs run as fast as natively; entering the
 * sandbox costs more than in {@link quickjs}.
 * @throws SandboxError `"bad-option"` for an option that is none of those described.
 */
export function nodeProcess(options: NodeProcessOptions = {}): Sandbox {
  const { confine = "bubblewrap" } = options;
  if (confine !== "bubblewrap" && confine !== "permissions") {
    throw new SandboxError("bad-option", `confine must be "bubblewrap" or "permissions", not ${String(confine)}`);
  }
  const limits: ChildLimits = {
    confine,
    memoryBytes: wholeNumber("memoryBytes", options.memoryBytes ?? 256 * 2 ** 20),
    transfer: transferLimits(options.maxTransferChars),
  };
  const processes = wholeNumber("processes", options.processes ?? defaultThreads(), { most: 16 });
  const children = new SyncChildren(limits);
  const units = new Units(limits.transfer);
  const { onConsole } = options;
  const pool = new WorkerPool(processes, startProcess(limits, onConsole !== undefined), onConsole);
  return {
    name: "node-process",
    load: () => {
      startWatchdog();
      return children.load();
    },
    check: (source: string, spec: CodeSpec) => {
      checkSource(source, spec);
    },
    open: (seed?: string) =>
      wholeSession(
        new ProcessSession({ children, units, memoryBytes: limits.memoryBytes, onConsole, seed }),
        new AsyncSession(() => pool.open(), units, seed),
      ),
  };
}

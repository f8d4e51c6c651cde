/** A sandbox at the speed of V8: programs run in a Node process of their own, which is confined by the system. */
import { checkSource } from "../check.ts";
import type { ConsoleHook } from "../console-hook.ts";
import { closedError, SandboxError } from "../errors.ts";
import type { CallResult, CodeSpec, Sandbox, SandboxProgram, SandboxSession } from "../sandbox.ts";
import type { Confinement } from "./command.ts";
import type { ChildLimits } from "./launch.ts";
import { SyncChildren } from "./sync-child.ts";
import { SyncSession } from "./sync-session.ts";
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
  /** Receives what programs print, at most 1000 lines a session. Default: it is dropped. */
  readonly onConsole?: ConsoleHook;
}

/**
 * Makes a sandbox that runs code in V8, in Node processes of their own. Programs run as fast as natively; entering the
 * sandbox costs more than in {@link quickjs}.
 * @throws SandboxError `"bad-option"` for a limit that is no positive whole number.
 */
export function nodeProcess(options: NodeProcessOptions = {}): Sandbox {
  const limits: ChildLimits = {
    confine: options.confine ?? "bubblewrap",
    memoryBytes: positive("memoryBytes", options.memoryBytes ?? 256 * 2 ** 20),
  };
  const children = new SyncChildren(limits);
  return {
    name: "node-process",
    ready: true,
    load: () => {
      startWatchdog();
      return children.load();
    },
    check: (source: string, spec: CodeSpec) => {
      checkSource(source, spec);
    },
    open: (seed?: string) =>
      session(new SyncSession({ children, memoryBytes: limits.memoryBytes, onConsole: options.onConsole, seed })),
  };
}

function session(now: SyncSession): SandboxSession {
  let closed = false;
  const callMany = (program: SandboxProgram, lists: readonly (readonly unknown[])[]): CallResult[] => {
    if (closed) throw closedError(program.spec.entry);
    return now.callMany(program, lists);
  };
  return {
    callMany,
    call: (program: SandboxProgram, args: readonly unknown[]) => {
      const [result] = callMany(program, [args]) as [CallResult];
      if ("error" in result) throw result.error;
      return result.value;
    },
    callAsync: () => Promise.reject(new Error("not yet")),
    close: () => {
      if (closed) return;
      closed = true;
      now.close();
    },
  };
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new SandboxError("bad-option", `${name} must be a positive whole number, not ${String(value)}`);
}

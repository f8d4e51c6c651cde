/**
 * The default sandbox: QuickJS as WebAssembly, in this thread for synchronous programs, in threads for asynchronous
 * ones.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { AsyncSession } from "./async-session.ts";
import { checkSource } from "./check.ts";
import type { ConsoleHook } from "./console-hook.ts";
import { loadEngineModule } from "./engine.ts";
import { Engines, type WorldLimits } from "./engines.ts";
import { defaultThreads, transferLimits, wholeNumber } from "./options.ts";
import type { WorkerPool } from "./pool.ts";
import type { CodeSpec, Sandbox } from "./sandbox.ts";
import { SyncSession } from "./session.ts";
import { Units } from "./unit.ts";
import { wholeSession } from "./whole-session.ts";

export type { ConsoleHook };

/** Runs a function in the context that this file is loaded in. */
const apart = AsyncLocalStorage.snapshot();

/** What the memory of an engine can grow to, in bytes. Its counter would wrap beyond that. */
const mostMemory = 2 ** 31;

/** The limits of a QuickJS sandbox. */
export interface QuickJSOptions {
  /** Memory that one session may use, in bytes, 2 GiB at most. Default: 64 MiB. */
  readonly memoryBytes?: number;
  /**
   * Stack that a program may use, in bytes. Default: 192 KiB, about 1100 nested calls. QuickJS nests on V8's own stack,
   * which runs out first when this is raised much; that, too, is reported as a RangeError, but costs a new engine.
   */
  readonly stackBytes?: number;
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
   * Threads for asynchronous programs, started when first needed. Default: one less than the
   * machine's processors, at least 2 and at most 4. More are started while calls hold all of them.
   */
  readonly workers?: number;
  /** Receives what programs print, at most 1000 lines a session. Default: it is dropped. */
  readonly onConsole?: ConsoleHook;
}

/**
 * Makes a sandbox that runs code in QuickJS. Synchronous and asynchronous programs of one session live in two worlds.
 * In asynchronous programs every function of the scope gives a promise. Every loop of the engine looks at the clock, so
 * a call ends at its limit whatever it does.
 * @throws SandboxError `"bad-option"` for a limit that is no positive whole number, or out of its range.
 */
export function quickjs(options: QuickJSOptions = {}): Sandbox {
  const limits: WorldLimits = {
    memoryBytes: wholeNumber("memoryBytes", options.memoryBytes ?? 64 * 2 ** 20, { most: mostMemory }),
    stackBytes: wholeNumber("stackBytes", options.stackBytes ?? 192 * 2 ** 10),
    transfer: transferLimits(options.maxTransferChars),
  };
  const { onConsole } = options;
  const engines = new Engines(limits);
  const units = new Units(limits.transfer);
  const workers = wholeNumber("workers", options.workers ?? defaultThreads());
  let pool: WorkerPool | undefined;
  // Only calls that answer later need threads, so their code is no part of a small bundle. It outlives the call that
  // loads it, and keeps nothing of that call's context.
  const loadPool = async (): Promise<WorkerPool> => {
    const load = () => Promise.all([import("./pool.ts"), import("./worker-carrier.ts")]);
    const [{ WorkerPool }, { startWorker }] = await apart(load);
    return (pool ??= new WorkerPool(workers, startWorker(limits, onConsole !== undefined), onConsole));
  };
  const openThread = () => pool?.open() ?? loadPool().then((loaded) => loaded.open());
  return {
    name: "quickjs",
    load: loadEngineModule,
    check: (source: string, spec: CodeSpec) => {
      checkSource(source, spec);
    },
    open: (seed?: string) =>
      wholeSession(new SyncSession({ engines, units, onConsole, seed }), new AsyncSession(openThread, units, seed)),
  };
}

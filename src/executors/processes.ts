/** An executor on one machine: evaluations run in child processes. */

import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Executor } from "../training/execution/executor.ts";
import { requireWholeNumber } from "../util/require.ts";
import { ProcessPool } from "./process-pool.ts";

/** How often a run hears what the processes do, in milliseconds. */
const statusTime = 2_000;

/** Options of {@link processes}. */
export interface ProcessesOptions {
  /** The number of processes. Default: one for each core. */
  readonly count?: number | undefined;
  /**
   * The evaluations that one process makes at the same time. Default: 1, so that heavy code has a core and a crash ends
   * one evaluation. Give more for programs that mostly wait for a model.
   */
  readonly concurrency?: number | undefined;
}

/**
 * Makes the evaluations of a run in child processes: heavy environments and code use all cores, this process stays
 * free, and a program that ends its process fails one example instead of the run. Each process loads `file`, whose
 * default export is a function that calls `train`, `evaluate` or `study`, as for `tracegrad run`; there it starts
 * nothing. Model calls are made in the children, and counted, limited and kept by the run.
 *
 * A process that ends is replaced, and its evaluations are made again, one at a time; answers that they had got are not
 * paid again. An evaluation that was alone in three processes when they ended is a failed program.
 * @param file The run file: a path, or `import.meta.url`.
 * @throws TracegradError `bad-option` for a count or a concurrency that is not a whole number of 1 or more. The run
 * rejects with what the file throws, and with ExternalCallError `other-program` when the file has another program.
 * @example
 * export default (options: RunFileOptions) =>
 *   train({ agent, optimizer, guide, data, executor: processes(import.meta.url), ...options });
 */
export function processes(file: string, options: ProcessesOptions = {}): Executor {
  const { count = availableParallelism(), concurrency = 1 } = options;
  requireWholeNumber("count", count);
  requireWholeNumber("concurrency", concurrency);
  const path = file.startsWith("file:") ? fileURLToPath(file) : resolve(file);
  const pool = new ProcessPool({ count, concurrency, file: path });
  return {
    name: "processes",
    concurrency: count * concurrency,
    open: async ({ identity, trial, onStatus }) => {
      await pool.enter();
      try {
        await pool.find(identity, trial);
      } catch (thrown) {
        pool.leave();
        throw thrown;
      }
      const watching = setInterval(() => onStatus(pool.status), statusTime).unref();
      return {
        run: (task, host, signal) => pool.run({ task, identity, host }, signal),
        close: async () => {
          clearInterval(watching);
          onStatus(pool.status);
          pool.leave();
        },
      };
    },
  };
}

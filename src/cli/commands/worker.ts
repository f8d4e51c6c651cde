/** `tracegrad worker`: makes the evaluations of runs in other processes. */

import { relative, resolve } from "node:path";
import { TaskServer } from "../../executors/task-server.ts";
import { Interrupts } from "../interrupt.ts";
import { exitCodes, say, type Terminal, usageError } from "../terminal.ts";

/** The flags of `worker`. */
export interface WorkerFlags {
  readonly processes?: number;
  readonly concurrency?: number;
}

/** `tracegrad worker <file>`: serves until it is interrupted, and then finishes what is under way. */
export async function workerCommand(file: string, flags: WorkerFlags, terminal: Terminal): Promise<number> {
  const path = resolve(file);
  const { offers } = await TaskServer.load(path);
  const executor = offers.map((offer) => offer.executor).find((one) => one?.serve !== undefined);
  if (executor?.serve === undefined) {
    throw usageError(
      `What ${relative(process.cwd(), path)} runs has no executor that workers serve. Give train, evaluate or study ` +
        "`executor: bullmq({ connection })`, from tracegrad/bullmq.",
    );
  }
  const interrupts = new Interrupts(terminal, "Stopping after what is under way. Press Ctrl-C again to end at once.");
  try {
    const { processes, concurrency } = flags;
    await executor.serve(path, {
      processes,
      concurrency,
      signal: interrupts.signal,
      say: (text) => say(terminal, text),
    });
    return exitCodes.ok;
  } finally {
    interrupts.close();
  }
}

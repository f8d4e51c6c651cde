/** Threads of the pool as workers of Node, each of which runs QuickJS. */
import { Worker } from "node:worker_threads";
import { messageOf } from "../util/errors.ts";
import { engineModule } from "./engine.ts";
import type { WorldLimits } from "./engines.ts";
import { SandboxError } from "./errors.ts";
import type { FromThread, ThreadData, ToThread } from "./protocol.ts";
import type { CarrierEvents, StartCarrier } from "./thread.ts";
import { workerUrl } from "./worker-url.ts";

/** Starts workers; `logs` says whether what programs print is passed on. */
export function startWorker(limits: WorldLimits, logs: boolean): StartCarrier {
  return ({ receive, ended }: CarrierEvents) => {
    const current = new Int32Array(new SharedArrayBuffer(4));
    const data: ThreadData = { limits, logs, current: current.buffer as SharedArrayBuffer, engine: engineModule() };
    // The engine nests on the thread's own stack, which is therefore larger than a script needs.
    const quiet = { stdin: false, stdout: true, stderr: true, env: {}, execArgv: [] };
    const worker = new Worker(workerUrl(), { ...quiet, workerData: data, resourceLimits: { stackSizeMb: 16 } });
    let heard = false;
    const lose = (why: string): void => {
      // One that never said anything has not come up: a file of the installation is missing, or the machine is full.
      const code = heard ? "worker-lost" : "sandbox-failed-to-load";
      ended(new SandboxError(code, `the thread that the code ran on was lost: ${why}`));
    };
    worker
      .on("message", (messages: readonly FromThread[]) => {
        heard = true;
        for (const message of messages) receive(message);
      })
      .on("error", (error) => lose(`it failed: ${messageOf(error)}`))
      .on("exit", () => lose("it ended"))
      .unref();
    return {
      get running() {
        return Atomics.load(current, 0);
      },
      worn: false,
      post: (message: ToThread) => worker.postMessage(message),
      keep: (alive: boolean) => void (alive ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    };
  };
}

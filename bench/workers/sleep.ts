/** The run file of the bench: evaluations that wait for half a second, as for a model. */

import { setTimeout as wait } from "node:timers/promises";
import { type EvaluationTable, evaluate } from "tracegrad";
import { bullmq } from "tracegrad/bullmq";
import { scripted } from "tracegrad/testing";

const tasks = Number(process.env["TASKS"]);
const calls = Number(process.env["CALLS"]);
/** Answers at once: what is measured is the way of a call to the run and back. */
const llm = scripted(() => "An answer.");

export default (): Promise<EvaluationTable> =>
  evaluate({
    agent: async (input: number) => {
      for (let call = 1; call <= calls; call++) {
        await llm.generate({ messages: [{ role: "user", content: `Call ${call} of ${input}` }] });
      }
      await wait(500);
      return input;
    },
    guide: (_input, output, target) => ({ score: output === target ? 1 : 0, text: "" }),
    data: Array.from({ length: tasks }, (_, index) => ({ input: index, target: index })),
    executor: bullmq({
      connection: process.env["REDIS_URL"] ?? "",
      queue: "bench",
      concurrency: Number(process.env["WIDTH"]),
    }),
  });

/** The run file of the bench: evaluations that wait for half a second, as for a model. */

import { setTimeout as wait } from "node:timers/promises";
import { type EvaluationTable, evaluate } from "tracegrad";
import { bullmq } from "tracegrad/bullmq";

const tasks = Number(process.env["TASKS"]);

export default (): Promise<EvaluationTable> =>
  evaluate({
    agent: async (input: number) => {
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

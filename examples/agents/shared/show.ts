/** Prints what an agent does before and after a step of training. */

import { trace } from "tracegrad";
import type { LearningProgram } from "tracegrad/agents";
import { rows } from "./orders.ts";
import { trainAgent } from "./train.ts";

/** Prints the graph of one run, the training, and the graph of the same run afterwards. */
export async function showLearning(agent: LearningProgram<[question: string], Promise<string>>): Promise<void> {
  const question = rows[0]?.input ?? "";
  const before = await trace(() => agent(question));
  console.log(`${before.show()}\n`);
  const { baseline, best, spent } = await trainAgent(agent).result;
  console.log(`validation: ${baseline.validation?.mean} before, ${best.validation?.mean} after`);
  console.log(`calls: ${spent.llmCalls}, tokens: ${spent.inputTokens + spent.outputTokens}\n`);
  console.log(`${question}\n${await agent(question)}`);
}

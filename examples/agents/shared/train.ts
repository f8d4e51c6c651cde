/** The training of the examples: one step, by an optimizer that reads its prompt and answers by rule. */

import { batch, type Run, train } from "tracegrad";
import type { LearningProgram } from "tracegrad/agents";
import { split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { rows } from "./orders.ts";

/** Stands in for a language model: where the feedback wants dates, it has the text ask for them. */
const expert = scripted(({ messages }) => {
  const prompt = JSON.stringify(messages);
  const [, name = "", current = ""] = /\(text\) (\w+)\\n```\\n(.*?)\\n```/.exec(prompt) ?? [];
  const wantsDates = /We expect the output of your answer to be \\"\d{4}-\d\d-\d\d/.test(prompt);
  const text = wantsDates ? current.replace(/Answer in .*/, "Answer with only the date, as YYYY-MM-DD.") : current;
  return { toolInput: { reasoning: "The feedback wants the date alone.", suggestion: { [name]: text } } };
});

/** Trains the agent for one step. */
export function trainAgent(agent: LearningProgram<[question: string], Promise<string>>): Run {
  return train({
    agent,
    optimizer: optoPrime(agent, { llm: expert }),
    template: batch(2),
    data: split(rows, { train: 2, validation: 4 }),
    guide: exactMatch(),
    budget: { steps: 1, llmCalls: 50 },
  });
}

/** A program that learns to say yes, for tests of a model that is its agent and its optimizer. */

import { batch, bundle, parameter, type TrainOptions, t } from "tracegrad";
import { split } from "tracegrad/data";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";

/** The options of a run whose agent asks `llm`: right when the prompt, which the optimizer rewrites, says yes. */
export function optionsOf(llm: LanguageModel) {
  const prompt = parameter("Say no.", { name: "prompt" });
  const answer = bundle(async function answer(text: string): Promise<string> {
    return (await llm.generate({ messages: [{ role: "user", content: text }] })).text;
  });
  return {
    agent: (question: string) => answer(t`${prompt} ${question}`),
    optimizer: optoPrime(prompt, { llm }),
    guide: async (_: string, output: string, target: string) => ({
      score: output === target ? 1 : 0,
      text: `It should be ${target}.`,
    }),
    template: batch(2),
    data: split(
      Array.from({ length: 6 }, (_, index) => ({ input: `q${index}`, target: "yes" })),
      { train: 2, validation: 2 },
    ),
    concurrency: 2,
  } satisfies TrainOptions<string, string, string>;
}

/** The run: messages of customers, what a good answer is, and how the agent learns. */

import { batch, type TrainOptions } from "tracegrad";
import { split } from "tracegrad/data";
import type { Guide } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { makeAgent } from "./agent.ts";
import messages from "./messages.json" with { type: "json" };

/** What an answer must have: a fact, in one of several wordings, and the article that it comes from. */
export interface Wanted {
  readonly article: string;
  readonly fact: string;
}

/** Who answers: the model of the agent, and that of the optimizer. */
export interface Answerers {
  readonly agent: LanguageModel;
  readonly optimizer: LanguageModel;
}

const maxWords = 30;

/** Judges the final answer alone: half of the score for the fact, a quarter each for its source and for brevity. */
export const judged: Guide<string, string, Wanted> = (_message, output, { article, fact }) => {
  const answer = String(output);
  const words = answer.split(/\s+/).filter((word) => word !== "").length;
  const faults = [
    [new RegExp(fact, "i").test(answer), 0.5, `It lacks the fact "${fact.split("|")[0]}" of the article ${article}.`],
    [answer.includes(`[${article}]`), 0.25, `It must name its source as [${article}].`],
    [words <= maxWords, 0.25, `It has ${words} words; at most ${maxWords} are read.`],
  ] as const;
  return {
    score: faults.reduce((sum, [isGood, worth]) => sum + (isGood ? worth : 0), 0),
    text: faults.flatMap(([isGood, , text]) => (isGood ? [] : [text])).join(" ") || "A good answer.",
  };
};

/** The options of the run. */
export function optionsFor({ agent: model, optimizer }: Answerers): TrainOptions<string, string, Wanted> {
  const agent = makeAgent(model);
  return {
    agent: agent.answer,
    optimizer: optoPrime(agent.learns, { llm: optimizer }),
    template: batch(3),
    guide: judged,
    maxScore: 1,
    data: split(messages, {
      train: 6,
      validation: 6,
      input: ({ message }) => message,
      target: ({ article, fact }) => ({ article, fact }),
    }),
    budget: { steps: 4 },
    concurrency: 16,
    test: true,
  };
}

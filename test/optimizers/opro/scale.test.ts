/** All scores in a prompt of OPRO are on one scale. */

import { batchify, bundle, node, parameter, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { opro } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, it } from "vitest";
import { suggest, textOf } from "../readers.ts";

const ask = bundle((prompt: string, question: string) => `${prompt}:${question}`, { name: "ask" });

/** What the prompt says of the scores: of the solution first, then of each example. */
async function scoresShown(scores: readonly number[]) {
  const prompt = parameter("Answer", { name: "prompt" });
  const graphs = scores.map((_, index) => trace(() => ask(prompt, node(`${index}`, { name: "question" }))));
  const llm = scripted(() => suggest({ prompt: "Reply" }));
  batchify(graphs).backward(scores.map((score) => ({ score })));
  await opro(prompt, { llm }).step();
  return textOf(llm.calls[0] as ModelRequest).match(/Score: [\d.]+|Scores go from 0 to 100/g);
}

it("examples have their scores on the scale of the solutions", async () => {
  expect(await scoresShown([1, 0])).toEqual(["Scores go from 0 to 100", "Score: 50", "Score: 100", "Score: 0"]);
});

it("a score above 1 in an example decides it too, though the mean lies between 0 and 1", async () => {
  expect(await scoresShown([2, 0])).toEqual(["Score: 1", "Score: 2", "Score: 0"]);
});

/** The credit horizon over the turns of a conversation: each window shows what its turns added, and nothing twice. */

import Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import { episodic, type Node, train } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { seeds } from "tracegrad/data";
import { environmentTask } from "tracegrad/environments";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, it } from "vitest";
import { claudeReply } from "./server.ts";

const SYSTEM = "You answer each question in a word.";
const validationSeed = 1_000;

/** An agent that holds one conversation: each turn sends all that was said before. */
function conversation() {
  const client = new Anthropic({
    ...{ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0 },
    fetch: traceFetch(async (_, init) => {
      const { messages } = JSON.parse(String(init?.body)) as { readonly messages: readonly { content: string }[] };
      return Response.json(claudeReply(`answer to ${messages.at(-1)?.content.replace(/\D+/, "") ?? ""}.`));
    }),
  });
  const said: Anthropic.MessageParam[] = [];
  return async function answer(question: string): Promise<string> {
    if (question.endsWith("number 1.")) said.length = 0;
    said.push({ role: "user", content: question });
    const { content } = await client.messages.create({ model: "m", max_tokens: 9, system: SYSTEM, messages: said });
    const text = content[0]?.type === "text" ? content[0].text : "";
    said.push({ role: "assistant", content: text });
    return text;
  };
}

/** A user who asks `turns` questions. */
function userOf(turns: number) {
  let turn = 1;
  return {
    reset: () => `question number ${(turn = 1)}.`,
    step: () => {
      turn += 1;
      return { observation: `question number ${turn}.`, reward: 1, done: turn > turns };
    },
  };
}

it("shows of a conversation the turns of its window, each once, and the reply that they go on from", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 4 }), async (turns, horizon) => {
      const prompts: string[] = [];
      const llm = scripted(({ messages }) => {
        prompts.push(String(messages.at(-1)?.content));
        return { toolInput: { reasoning: "", suggestion: { system: `${SYSTEM} Try ${prompts.length}.` } } };
      });
      const agent = learn(conversation(), { system: SYSTEM });
      await train({
        environment: environmentTask({
          agent: (question: Node<string>) => agent(question),
          make: () => userOf(turns),
          maxSteps: turns,
        }),
        optimizer: optoPrime(agent, { llm }),
        data: seeds({ train: [1], validation: [validationSeed] }),
        ...{ template: episodic({ horizon }), evaluateEvery: 1_000, acceptance: "best" },
        budget: { steps: Math.ceil(turns / horizon) },
      }).result;
      const numbersOf = (prompt: string, word: string): readonly number[] =>
        [...prompt.matchAll(new RegExp(`${word} (\\d+)\\.`, "g"))].map(([, turn]) => Number(turn));
      const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);
      for (const [index, prompt] of prompts.entries()) {
        const [first, last] = [index * horizon + 1, Math.min(turns, (index + 1) * horizon)];
        // What is asked next is the output of the window. Of the turns before it only the last reply leads into it.
        expect(numbersOf(prompt, "question number").toSorted((a, b) => a - b)).toEqual(range(first, last + 1));
        expect(new Set(numbersOf(prompt, "answer to"))).toEqual(new Set(range(Math.max(1, first - 1), last)));
      }
      expect(prompts).toHaveLength(Math.ceil(turns / horizon));
    }),
    { numRuns: 12 },
  );
});

/** The credit horizon over the turns of a conversation: each window shows what its turns added, and nothing twice. */

import Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import OpenAI from "openai";
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

interface Message {
  readonly role: "user" | "assistant" | "system";
  readonly content: string;
}

/** Sends a conversation to a model that answers each question by its number. */
type Send = (said: readonly Message[]) => Promise<string>;

const common = { apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0 };
const fetchWith = (bodyOf: (text: string) => object) =>
  traceFetch(async (_, init) => {
    const { messages } = JSON.parse(String(init?.body)) as { readonly messages: readonly Message[] };
    return Response.json(bodyOf(`answer to ${messages.at(-1)?.content.replace(/\D+/, "") ?? ""}`));
  });

/** With the system prompt in a field of its own. */
function claude(): Send {
  const client = new Anthropic({ ...common, fetch: fetchWith(claudeReply) });
  return async (said) => {
    const messages = said as Anthropic.MessageParam[];
    const { content } = await client.messages.create({ model: "m", max_tokens: 9, system: SYSTEM, messages });
    return content[0]?.type === "text" ? content[0].text : "";
  };
}

/** With the system prompt as the first message. */
function chat(): Send {
  const bodyOf = (content: string) => ({ id: "c", model: "m", choices: [{ message: { role: "assistant", content } }] });
  const client = new OpenAI({ ...common, fetch: fetchWith(bodyOf) });
  return async (said) => {
    const messages = [{ role: "system" as const, content: SYSTEM }, ...said];
    return (await client.chat.completions.create({ model: "m", messages })).choices[0]?.message.content ?? "";
  };
}

/** An agent that holds one conversation: each turn sends all that was said before. */
function conversation(send: Send) {
  const said: Message[] = [];
  return async function answer(question: string): Promise<string> {
    if (question.endsWith("number 1.")) said.length = 0;
    said.push({ role: "user", content: question });
    const text = await send(said);
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

it.each([
  ["a field", claude],
  ["a message", chat],
])("shows of a conversation each turn of its window once, with the system prompt in %s", async (_, api) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 4 }), async (turns, horizon) => {
      const prompts: string[] = [];
      const llm = scripted(({ messages }) => {
        prompts.push(String(messages.at(-1)?.content));
        return { toolInput: { reasoning: "", suggestion: { system: `${SYSTEM} Try ${prompts.length}.` } } };
      });
      const agent = learn(conversation(api()), { system: SYSTEM });
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
    { numRuns: 8 },
  );
});

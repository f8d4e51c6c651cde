/** The training of the agent: in each step it talks with customers, and an optimizer rewrites its system prompt. */

import type OpenAI from "openai";
import { episodic, type Node, type Run, train } from "tracegrad";
import type { LearningProgram } from "tracegrad/agents";
import { seeds } from "tracegrad/data";
import { environmentTask } from "tracegrad/environments";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import type { Messages } from "./agent.ts";
import { Customer, judgeConversation, judgeTurn } from "./customer.ts";

/** An agent that answers in a conversation. */
export type Answering = LearningProgram<[said: Messages], Promise<Messages>>;

/** Stands in for a language model: where the feedback wants dates, it has the text ask for them. */
export const expert: LanguageModel = scripted(({ messages }) => {
  const prompt = JSON.stringify(messages);
  const [, name = "", current = ""] = /\(text\) (\w+)\\n```\\n(.*?)\\n```/.exec(prompt) ?? [];
  const wantsDates = /without a date as YYYY-MM-DD/.test(prompt);
  const text = wantsDates ? current.replace(/Answer in .*/, "Answer with only the date, as YYYY-MM-DD.") : current;
  return { toolInput: { reasoning: "The customers want the date alone.", suggestion: { [name]: text } } };
});

/**
 * Trains the agent for one step. The client is that of the agent, so that the calls of the customers are counted and
 * kept as well. Without a horizon the step learns from the feedback for a conversation, with 1 from that for a turn.
 */
export function trainInTalks(agent: Answering, client: OpenAI, options: TalkOptions = {}): Run {
  const { llm = expert, horizon, folder, llmCalls = 100 } = options;
  return train({
    environment: environmentTask({
      agent: (said: Node<Messages>) => agent(said),
      make: () => new Customer(client),
      maxSteps: 5,
      judge: judgeTurn,
      feedback: judgeConversation,
    }),
    optimizer: optoPrime(agent, { llm }),
    template: episodic(horizon === undefined ? {} : { horizon }),
    data: seeds({ train: [0, 1], validation: [2, 3, 4, 5] }),
    budget: { steps: 1, llmCalls },
    ...(folder !== undefined && { folder }),
  });
}

interface TalkOptions {
  readonly llm?: LanguageModel;
  /** The turns of an update. Default: all of the conversation. */
  readonly horizon?: number;
  readonly folder?: string;
  /** Default: 100. */
  readonly llmCalls?: number;
}

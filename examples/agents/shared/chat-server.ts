/** A server on this machine that speaks as OpenAI's does, by Chat Completions. */

import type OpenAI from "openai";
import { nextTurn } from "./model.ts";
import { type Provider, startServer } from "./server.ts";

interface ChatBody {
  readonly model: string;
  readonly messages: readonly OpenAI.ChatCompletionMessageParam[];
}

/** Starts the server. */
export const startChatServer = (): Promise<Provider> => startServer((body) => completionOf(body as ChatBody));

function completionOf({ model, messages }: ChatBody): object {
  const [system, question, , result] = messages.map(({ content }) => String(content));
  const turn = nextTurn(system ?? "", question ?? "", result);
  const fn = { name: "look_up_order", arguments: JSON.stringify(turn) };
  const calls = [{ id: "call_1", type: "function", function: fn }];
  const isTool = "order" in turn;
  return {
    ...{ id: `chat_${messages.length}`, object: "chat.completion", created: 1_764_547_200, model },
    choices: [
      {
        index: 0,
        finish_reason: isTool ? "tool_calls" : "stop",
        message: { role: "assistant", ...(isTool ? { content: null, tool_calls: calls } : { content: turn.text }) },
      },
    ],
    usage: usageOf(messages.length),
  };
}

function usageOf(messages: number): object {
  const [prompt, answer] = [200 + 20 * messages, 20];
  return { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer };
}

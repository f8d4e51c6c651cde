/** A server on this machine that speaks as OpenAI's does, by Chat Completions. */

import type OpenAI from "openai";
import { nextTurn, type Turn } from "./model.ts";
import { type Provider, startServer } from "./server.ts";

/** What is sent to the server. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly OpenAI.ChatCompletionMessageParam[];
  readonly tools?: readonly OpenAI.ChatCompletionFunctionTool[];
}

/** Starts the server, whose model says what `turnOf` gives. */
export const startChatServer = (turnOf: (body: ChatBody) => Turn = turnOfSupport): Promise<Provider> =>
  startServer((body) => completionOf(body as ChatBody, turnOf(body as ChatBody)));

function turnOfSupport({ messages }: ChatBody): Turn {
  const [system, question] = messages.map(({ content }) => String(content));
  return nextTurn(system ?? "", question ?? "", resultIn(messages));
}

/** What the tool found, if the conversation holds it. */
export function resultIn(messages: ChatBody["messages"]): string | undefined {
  const found = messages.find((one) => one.role === "tool" && one.tool_call_id === "call_look_up_order");
  return found && String(found.content);
}

function completionOf({ model, messages, tools = [] }: ChatBody, turn: Turn): object {
  const isTool = "order" in turn;
  const content = isTool ? { content: null, tool_calls: [toolCall(turn, tools)] } : { content: turn.text };
  return {
    ...{ id: `chat_${messages.length}`, object: "chat.completion", created: 1_764_547_200, model },
    choices: [{ index: 0, finish_reason: isTool ? "tool_calls" : "stop", message: { role: "assistant", ...content } }],
    usage: usageOf(messages.length),
  };
}

/** An agent that can hand over does so; the others call the tool. */
function toolCall(input: object, tools: NonNullable<ChatBody["tools"]>): OpenAI.ChatCompletionMessageToolCall {
  const handoff = tools.find(({ function: { name } }) => name.startsWith("transfer_to_"));
  const name = handoff?.function.name ?? "look_up_order";
  const text = JSON.stringify(handoff === undefined ? input : {});
  return { id: `call_${name}`, type: "function", function: { name, arguments: text } };
}

function usageOf(messages: number): object {
  const [prompt, answer] = [200 + 20 * messages, 20];
  return { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer };
}

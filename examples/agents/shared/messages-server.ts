/** A server on this machine that speaks as Anthropic's does, by Messages. */

import type Anthropic from "@anthropic-ai/sdk";
import { nextTurn } from "./model.ts";
import { type Provider, startServer } from "./server.ts";

/** Starts the server. */
export const startMessagesServer = (): Promise<Provider> => startServer((body) => replyTo(body as MessagesBody));

interface MessagesBody {
  readonly model: string;
  readonly system: string;
  readonly tools: readonly Anthropic.Tool[];
  readonly messages: readonly Anthropic.MessageParam[];
}

function replyTo({ model, system, tools, messages }: MessagesBody): object {
  const [question, , results] = messages;
  const [result] = (results?.content ?? []) as readonly Anthropic.ToolResultBlockParam[];
  const instructions = [system, ...tools.map(({ description }) => description)].join("\n");
  const turn = nextTurn(instructions, String(question?.content), result?.content as string | undefined);
  const isTool = "order" in turn;
  return {
    ...{ id: `msg_${messages.length}`, type: "message", role: "assistant", model, stop_sequence: null },
    content: isTool
      ? [{ type: "tool_use", id: `tool_${turn.order}`, name: "look_up_order", input: turn }]
      : [{ type: "text", text: turn.text }],
    stop_reason: isTool ? "tool_use" : "end_turn",
    usage: { input_tokens: 200 + 20 * messages.length, output_tokens: 20 },
  };
}

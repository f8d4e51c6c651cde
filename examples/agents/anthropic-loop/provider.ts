/** A server on this machine that speaks as Anthropic's does. */

import type Anthropic from "@anthropic-ai/sdk";
import { nextTurn } from "../shared/model.ts";
import { type Provider, startServer } from "../shared/server.ts";

/** Starts the server. */
export const startProvider = (): Promise<Provider> => startServer((body) => replyTo(body as RequestBody));

interface RequestBody {
  readonly model: string;
  readonly system: string;
  readonly messages: readonly Anthropic.MessageParam[];
}

function replyTo({ model, system, messages }: RequestBody): object {
  const [question, , results] = messages;
  const [result] = (results?.content ?? []) as readonly Anthropic.ToolResultBlockParam[];
  const turn = nextTurn(system, String(question?.content), result?.content as string | undefined);
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

/** A server on this machine that speaks as Anthropic's does. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type Anthropic from "@anthropic-ai/sdk";
import { nextTurn } from "../shared/model.ts";

/** A provider under way. */
export interface Provider {
  readonly url: string;
  /** The bodies of the requests so far, as they came. */
  readonly requests: readonly string[];
  close(): void;
}

/** Starts the server. */
export async function startProvider(): Promise<Provider> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    requests.push(body);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(replyTo(JSON.parse(body))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => server.close() };
}

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

/** A support agent as a user of the Anthropic SDK writes it, whose tools are those of an MCP server. */

import Anthropic from "@anthropic-ai/sdk";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { traceFetch } from "tracegrad/agents";
import { startOrdersServer } from "./orders-server.ts";

const mcp = new Client({ name: "support-agent", version: "1.0.0" });
await mcp.connect(await startOrdersServer());
const { tools } = await mcp.listTools();

/** What the server says of its tool. */
export const DESCRIPTION = tools[0]?.description ?? "";

const TOOLS = tools.map(({ name, description = "", inputSchema }): Anthropic.Tool => {
  return { name, description, input_schema: inputSchema as Anthropic.Tool.InputSchema };
});

const client = new Anthropic({ fetch: traceFetch() });

/** Answers a customer. */
export async function answer(question: string): Promise<string> {
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: `A customer asks: ${question}` }];
  while (true) {
    const reply = await client.messages.create({
      model: "claude-sonnet-5-5",
      max_tokens: 500,
      system: "You help customers of a shop.",
      tools: TOOLS,
      messages,
    });
    if (reply.stop_reason !== "tool_use") return textOf(reply.content);
    messages.push({ role: "assistant", content: reply.content });
    const calls = reply.content.filter((block) => block.type === "tool_use");
    messages.push({ role: "user", content: await Promise.all(calls.map(callTool)) });
  }
}

async function callTool({ id, name, input }: Anthropic.ToolUseBlock): Promise<Anthropic.ToolResultBlockParam> {
  const result = (await mcp.callTool({ name, arguments: input as Record<string, unknown> })) as CallToolResult;
  const { content, isError = false } = result;
  return { type: "tool_result", tool_use_id: id, content: textOf(content), is_error: isError };
}

function textOf(blocks: readonly { readonly type: string; readonly text?: unknown }[]): string {
  return blocks.map(({ type, text }) => (type === "text" ? text : "")).join("");
}

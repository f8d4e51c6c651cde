/** A support agent as a user of the Anthropic SDK writes it: a tool, and a loop. */

import Anthropic from "@anthropic-ai/sdk";
import { lookUpOrder } from "../shared/orders.ts";

export const SYSTEM_PROMPT = "You help customers of a shop. Answer in a friendly sentence.";

const TOOLS: Anthropic.Tool[] = [
  {
    name: "look_up_order",
    description: "Finds an order by its number.",
    input_schema: { type: "object", properties: { order: { type: "string" } }, required: ["order"] },
  },
];

const client = new Anthropic();

/** Answers a customer. */
export async function answer(question: string): Promise<string> {
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: `A customer asks: ${question}` }];
  while (true) {
    const reply = await client.messages.create({
      model: "claude-sonnet-5-5",
      max_tokens: 500,
      system: SYSTEM_PROMPT,
      tools: TOOLS,
      messages,
    });
    if (reply.stop_reason !== "tool_use") {
      return reply.content.map((block) => (block.type === "text" ? block.text : "")).join("");
    }
    messages.push({ role: "assistant", content: reply.content });
    const results = reply.content.flatMap((block) => {
      if (block.type !== "tool_use") return [];
      const { order } = block.input as { order: string };
      return [{ type: "tool_result" as const, tool_use_id: block.id, content: JSON.stringify(lookUpOrder(order)) }];
    });
    messages.push({ role: "user", content: results });
  }
}

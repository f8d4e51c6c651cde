/** A support agent as a user of the OpenAI SDK writes it: one turn of a conversation, with a tool. */

import OpenAI from "openai";
import { traceFetch } from "tracegrad/agents";
import { lookUpOrder } from "../shared/orders.ts";

/** What was said so far, tools included. */
export type Messages = readonly OpenAI.ChatCompletionMessageParam[];

export const SYSTEM_PROMPT = "You help customers of a shop. Answer in a friendly sentence.";

const TOOLS: OpenAI.ChatCompletionFunctionTool[] = [
  {
    type: "function",
    function: {
      name: "look_up_order",
      description: "Finds an order by its number.",
      parameters: { type: "object", properties: { order: { type: "string" } }, required: ["order"] },
    },
  },
];

export const client = new OpenAI({ fetch: traceFetch() });

/** Answers what the customer said last. Gives the conversation with the answer. */
export async function answer(said: Messages): Promise<Messages> {
  const messages = [...said];
  while (true) {
    const { choices } = await client.chat.completions.create({
      model: "gpt-5-mini",
      messages: [{ role: "system", content: SYSTEM_PROMPT }, ...messages],
      tools: TOOLS,
    });
    const { content = null, tool_calls: calls = [] } = choices[0]?.message ?? {};
    if (calls.length === 0) return [...messages, { role: "assistant", content }];
    messages.push({ role: "assistant", content, tool_calls: calls });
    for (const call of calls) {
      if (call.type !== "function") continue;
      const { order } = JSON.parse(call.function.arguments) as { order: string };
      messages.push({ role: "tool", tool_call_id: call.id, content: JSON.stringify(lookUpOrder(order)) });
    }
  }
}

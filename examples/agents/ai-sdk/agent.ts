/** A support agent as a user of the AI SDK writes it: `generateText` with a tool. */

import { generateText, stepCountIs, tool } from "ai";
import { traceModel } from "tracegrad/agents";
import { z } from "zod";
import { lookUpOrder } from "../shared/orders.ts";
import { shopModel } from "./provider.ts";

export const SYSTEM_PROMPT = "You help customers of a shop. Answer in a friendly sentence.";

const model = traceModel(shopModel);

const tools = {
  look_up_order: tool({
    description: "Finds an order by its number.",
    inputSchema: z.object({ order: z.string() }),
    execute: ({ order }) => lookUpOrder(order),
  }),
};

/** Answers a customer. */
export async function answer(question: string): Promise<string> {
  const prompt = `A customer asks: ${question}`;
  const { text } = await generateText({ model, system: SYSTEM_PROMPT, tools, stopWhen: stepCountIs(4), prompt });
  return text;
}

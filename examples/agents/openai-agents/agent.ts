/** A support desk as a user of OpenAI Agents writes it: one agent hands over to another, which has a tool. */

import { Agent, run, setDefaultOpenAIClient, setOpenAIAPI, setTracingDisabled, tool } from "@openai/agents";
import { traceFetch } from "tracegrad/agents";
import { z } from "zod";
import { lookUpOrder } from "../shared/orders.ts";
import { OpenAI } from "./openai.ts";

export const SYSTEM_PROMPT = "You help customers of a shop. Answer in a friendly sentence.";

setDefaultOpenAIClient(new OpenAI({ baseURL: process.env["OPENAI_BASE_URL"], fetch: traceFetch() }));
setOpenAIAPI("chat_completions");
setTracingDisabled(true);

const orders = new Agent({
  name: "Orders",
  model: "gpt-5-mini",
  instructions: SYSTEM_PROMPT,
  tools: [
    tool({
      name: "look_up_order",
      description: "Finds an order by its number.",
      parameters: z.object({ order: z.string() }),
      execute: ({ order }) => JSON.stringify(lookUpOrder(order)),
    }),
  ],
});

const desk = new Agent({
  name: "Desk",
  model: "gpt-5-mini",
  instructions: "Hand each question over to the agent that can answer it.",
  handoffs: [orders],
});

/** Answers a customer. */
export async function answer(question: string): Promise<string> {
  const { finalOutput } = await run(desk, `A customer asks: ${question}`);
  return finalOutput ?? "";
}

/** A support agent as a user of LangGraph writes it: a graph with a model, a tool, and an edge back. */

import { tool } from "@langchain/core/tools";
import { MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { ToolNode, toolsCondition } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import { lookUpOrder } from "../shared/orders.ts";

export const SYSTEM_PROMPT = "You help customers of a shop. Answer in a friendly sentence.";

const tools = [
  tool(({ order }) => JSON.stringify(lookUpOrder(order)), {
    name: "look_up_order",
    description: "Finds an order by its number.",
    schema: z.object({ order: z.string() }),
  }),
];

const model = new ChatOpenAI({
  model: "gpt-5-mini",
  configuration: { baseURL: process.env["OPENAI_BASE_URL"] },
}).bindTools(tools);

const graph = new StateGraph(MessagesAnnotation)
  .addNode("model", async ({ messages }) => ({
    messages: [await model.invoke([{ role: "system", content: SYSTEM_PROMPT }, ...messages])],
  }))
  .addNode("tools", new ToolNode(tools))
  .addEdge(START, "model")
  .addConditionalEdges("model", toolsCondition)
  .addEdge("tools", "model")
  .compile();

/** Answers a customer. */
export async function answer(question: string): Promise<string> {
  const { messages } = await graph.invoke({ messages: [{ role: "user", content: `A customer asks: ${question}` }] });
  return messages.at(-1)?.text ?? "";
}

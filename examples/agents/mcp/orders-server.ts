/** An MCP server with the orders of the shop, in this process. */

import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import { lookUpOrder } from "../shared/orders.ts";

/** Starts the server, and gives the transport by which one client reaches it. */
export async function startOrdersServer(): Promise<InMemoryTransport> {
  const server = new McpServer({ name: "orders", version: "1.0.0" });
  const description = "Finds an order by its number. Answer in a friendly sentence.";
  server.registerTool("look_up_order", { description, inputSchema: { order: z.string() } }, ({ order }) => ({
    content: [{ type: "text", text: JSON.stringify(lookUpOrder(order)) }],
  }));
  const [transport, own] = InMemoryTransport.createLinkedPair();
  await server.connect(own);
  return transport;
}

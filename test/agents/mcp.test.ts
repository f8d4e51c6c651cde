/** `traceMcp` around a real client of a real MCP server, in memory. */

import Anthropic from "@anthropic-ai/sdk";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { ExceptionNode, type Node, trace } from "tracegrad";
import { learn, traceFetch, traceMcp } from "tracegrad/agents";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { claudeReply, startServer } from "./server.ts";

const SYSTEM = "You are a careful helper.";

/** A client of a server that looks words up, and knows only stars. */
async function startClient(): Promise<Client> {
  const server = new McpServer({ name: "words", version: "1.0.0" });
  const inputSchema = { word: z.string() };
  server.registerTool("look_up", { description: "Looks a word up.", inputSchema }, ({ word }) => {
    if (word === "peru") return { content: [{ type: "text", text: "That is no star." }], isError: true };
    return { content: [{ type: "text", text: JSON.stringify({ found: `${word} is a star` }) }] };
  });
  const [transport, own] = InMemoryTransport.createLinkedPair();
  await server.connect(own);
  const client = traceMcp(new Client({ name: "test", version: "1.0.0" }));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

const textIn = (reply: unknown): string =>
  (reply as CallToolResult).content.map((part) => (part.type === "text" ? part.text : "")).join("");

/** An agent whose model asks for a tool and then answers. */
async function startAgent(mcp: Client, tool = "look_up", argumentsOf = (input: object) => input) {
  const { url, bodies } = await startServer(({ messages }: { messages: readonly { content: string }[] }) => {
    const word = messages[0]?.content.split(" ").at(-1);
    const call = { type: "tool_use", id: "t1", name: tool, input: { word } };
    return { json: claudeReply(messages.length > 1 ? "It shines." : [call]) };
  });
  const client = new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0, fetch: traceFetch() });
  const common = { model: "claude-test", max_tokens: 10, system: SYSTEM };
  async function explain(word: string): Promise<string> {
    const question = { role: "user" as const, content: `Explain ${word}` };
    const { content } = await client.messages.create({ ...common, messages: [question] });
    const results = content.map(async (block): Promise<Anthropic.ToolResultBlockParam[]> => {
      if (block.type !== "tool_use") return [];
      const result = await mcp.callTool({ name: "look_up", arguments: { ...argumentsOf(block.input as object) } });
      return [{ type: "tool_result", tool_use_id: block.id, content: textIn(result) }];
    });
    const messages = [question, { role: "assistant" as const, content }];
    const answer = { role: "user" as const, content: (await Promise.all(results)).flat() };
    const last = await client.messages.create({ ...common, messages: [...messages, answer] });
    return last.content[0]?.type === "text" ? last.content[0].text : "";
  }
  return { bodies, client, common, agent: learn(explain, { system: SYSTEM }) };
}

const opsOf = (graph: { readonly nodes: readonly Node[] }): readonly string[] => graph.nodes.map(({ op }) => op);
const opsInto = (node: Node | undefined): readonly string[] => Object.values(node?.inputs ?? {}).map(({ op }) => op);
const seconds = { seconds: expect.any(Number) };

describe("traceMcp", () => {
  it.each(["look_up", "words__look_up"])("joins a call to the reply that asked for %s, once", async (name) => {
    const { agent, bodies } = await startAgent(await startClient(), name);
    expect(await agent("lyra")).toBe("It shines.");
    const graph = await trace(() => agent("lyra"));
    expect(bodies.slice(2)).toEqual(bodies.slice(0, 2));
    expect(opsOf(graph)).toEqual(["word", "system", "request", "call_model", name, "call_model", "explain"]);
    const tool = graph.nodes[4];
    expect(Object.keys(tool?.inputs ?? {})).toEqual(["reply"]);
    expect(tool?.data).toEqual({ input: { word: "lyra" }, result: { found: "lyra is a star" } });
    expect(graph.toJSON().nodes[4]?.figures).toEqual(seconds);
    expect(opsInto(graph.nodes[5])).toEqual(["system", "call_model", name]);
    expect(opsInto(graph.nodes[6])).toEqual(["word", "call_model"]);
  });

  it("has one node of a tool that was called twice, though its result goes into no request", async () => {
    const mcp = await startClient();
    const { client, common } = await startAgent(mcp);
    async function explain(word: string): Promise<string> {
      const messages = [{ role: "user" as const, content: `Explain ${word}` }];
      const { content } = await client.messages.create({ ...common, messages });
      const [call] = content.filter((block) => block.type === "tool_use");
      const wanted = { name: "look_up", arguments: call?.input as { word: string } };
      await expect(mcp.callTool(wanted, undefined, { signal: AbortSignal.abort("too slow") })).rejects.toThrow(
        "too slow",
      );
      return textIn(await mcp.callTool(wanted));
    }
    const agent = learn(explain, { system: SYSTEM });
    const graph = await trace(() => agent("lyra"));
    expect(opsOf(graph)).toEqual(["word", "system", "request", "call_model", "look_up", "explain"]);
    expect(graph.nodes.slice(4).map(opsInto)).toEqual([["call_model"], ["word", "look_up"]]);
  });

  it.each([
    ["a program that the agent calls", "inner"],
    ["a later call of a program", "later"],
  ])("joins a call that is made by %s", async (_, where) => {
    const mcp = await startClient();
    const { client, common } = await startAgent(mcp);
    const question = { role: "user" as const, content: "Explain lyra" };
    const ask = async () => (await client.messages.create({ ...common, messages: [question] })).content;
    const wanted = { name: "look_up", arguments: { word: "lyra" } };
    const look = learn(async () => textIn(await mcp.callTool(wanted)), { system: SYSTEM });
    const finish = async (content: Anthropic.ContentBlock[], result: string): Promise<string> => {
      const results = [{ type: "tool_result" as const, tool_use_id: "t1", content: result }];
      const messages = [question, { role: "assistant" as const, content }, { role: "user" as const, content: results }];
      const last = await client.messages.create({ ...common, messages });
      return last.content[0]?.type === "text" ? last.content[0].text : "";
    };
    const first = learn(async () => JSON.stringify(await ask()), { system: SYSTEM });
    const second = learn(async (asked: string) => finish(JSON.parse(asked), textIn(await mcp.callTool(wanted))), {
      system: SYSTEM,
    });
    const whole = learn(async () => finish(await ask(), await look()), { system: SYSTEM });
    const graph = await trace(async () => (where === "inner" ? whole() : second(await first())));
    const tools = graph.nodes.filter(({ op }) => op === "look_up");
    expect(tools.map(opsInto)).toEqual([["call_model"]]);
    expect(tools[0]?.data).toEqual({ input: { word: "lyra" }, result: { found: "lyra is a star" } });
    const calls = graph.nodes.filter(({ op }) => op === "call_model");
    expect(opsInto(calls[1])).toEqual(["system", "call_model", "look_up"]);
  });

  it("keeps a call whose arguments the program changed apart from the one that the model asked for", async () => {
    const { agent } = await startAgent(await startClient(), "look_up", () => ({ word: "vega" }));
    const graph = await trace(() => agent("lyra"));
    const tools = graph.nodes.filter(({ op }) => op === "look_up");
    expect(tools.map(({ data }) => data)).toEqual([
      { input: { word: "vega" }, result: { found: "vega is a star" } },
      { input: { word: "lyra" }, result: { found: "vega is a star" } },
    ]);
  });

  it("makes a node of a call by the program from what its arguments hold, also where the server reports an error", async () => {
    const mcp = await startClient();
    const { client, common } = await startAgent(mcp);
    async function explain(word: string): Promise<string> {
      const content = textIn(await mcp.callTool({ name: "look_up", arguments: { word } }));
      await client.messages.create({ ...common, messages: [{ role: "user", content }] });
      return textIn(await mcp.callTool({ name: "look_up", arguments: { word: "peru" } }));
    }
    const agent = learn(explain, { system: SYSTEM });
    const graph = await trace(() => agent("lyra"));
    expect(opsOf(graph)).toEqual(["word", "system", "look_up", "call_model", "look_up", "explain"]);
    expect(graph.nodes.map(opsInto)).toEqual([
      ...[[], [], ["word"], ["system", "look_up"], [], ["word", "call_model", "look_up"]],
    ]);
    expect(graph.nodes[4]?.data).toEqual({ input: { word: "peru" }, error: "That is no star." });
  });

  it("makes an exception node of a call that fails", async () => {
    const mcp = await startClient();
    await mcp.close();
    async function explain(word: string): Promise<string> {
      await mcp.callTool({ name: "look_up", arguments: { word } }).catch(() => undefined);
      return "Nobody knows.";
    }
    const agent = learn(explain, { system: SYSTEM });
    const graph = await trace(() => agent("lyra"));
    expect(opsOf(graph)).toEqual(["word", "look_up", "explain"]);
    expect(graph.nodes[1]).toBeInstanceOf(ExceptionNode);
    expect(opsInto(graph.nodes[2])).toEqual(["word", "look_up"]);
  });

  it("calls the client alone outside of traces, and refuses what is no client", async () => {
    const mcp = await startClient();
    expect(textIn(await mcp.callTool({ name: "look_up", arguments: { word: "vega" } }))).toBe(
      '{"found":"vega is a star"}',
    );
    expect((await mcp.listTools()).tools.map(({ name }) => name)).toEqual(["look_up"]);
    expect(() => traceMcp("stdio" as never)).toThrow(expect.objectContaining({ code: "bad-client" }));
  });
});

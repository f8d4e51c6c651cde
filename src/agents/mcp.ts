/** Clients of MCP servers whose calls of tools are seen. */

import { TracegradError } from "../util/errors.ts";
import { fieldsOf } from "../util/fields.ts";
import { preview } from "../util/preview.ts";
import { isCovered, recordingHere } from "./place.ts";
import { parsed, textOf } from "./read-request.ts";
import { recordTool } from "./record-tool.ts";

/** A client of `@modelcontextprotocol/sdk`: the part of it that is wrapped. */
export interface McpClient {
  /** Calls a tool of the server. */
  callTool(params: never, ...options: never[]): Promise<unknown>;
}

/**
 * Wraps a client of an MCP server so that a trace sees its calls of tools. Use the result in place of the client.
 *
 * In a `trace`, and in a program of `learn`, each `callTool` is a node that says how many seconds it took. Where the
 * model asked for this tool with these arguments, the node belongs to that reply, and is there also if its result goes
 * into no request. Other calls belong to the nodes whose texts stand in their arguments. The name that the model knows
 * may have a prefix, such as `orders__look_up` of `look_up`. Everywhere else the client itself is called, and nothing
 * more. Without this wrapper, results of tools are read from the conversation.
 * @throws TracegradError `bad-client` for what has no `callTool`.
 * @example
 * const mcp = traceMcp(new Client({ name: "support-agent", version: "1.0.0" }));
 * await mcp.connect(transport);
 */
export function traceMcp<C extends McpClient>(client: C): C {
  if (typeof client !== "object" || client === null || typeof client.callTool !== "function") {
    throw new TracegradError(
      "bad-client",
      `traceMcp() takes a client of an MCP server, not ${preview(client)}. Give the Client of ` +
        "@modelcontextprotocol/sdk/client.",
    );
  }
  const callTool = (params: unknown, ...options: never[]): Promise<unknown> =>
    recordedCall(params, () => client.callTool(params as never, ...options));
  return new Proxy(client, {
    get: (target, key) => (key === "callTool" ? callTool : Reflect.get(target, key, target)),
  });
}

async function recordedCall(params: unknown, send: () => Promise<unknown>): Promise<unknown> {
  const recording = isCovered() ? undefined : recordingHere();
  if (recording === undefined) return send();
  const { name, arguments: input = {} } = fieldsOf(params);
  const record = recordTool(recording, String(name), input);
  const reply = await send().catch((error: unknown) => {
    record.fail(error);
    throw error;
  });
  record.end(endOf(reply));
  return reply;
}

/** What a server answered: data where it gives some, else its text. */
function endOf(value: unknown) {
  const { content, structuredContent, isError } = fieldsOf(value);
  const text = textOf(content);
  return { result: structuredContent ?? parsed(text), failed: isError === true, value, text };
}

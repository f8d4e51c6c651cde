/** A server on this machine that answers as a test says, and remembers what it was sent. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What the server answers: a body, events of a stream, or a status of an error. */
export type Answer =
  | { readonly json: unknown }
  | { readonly events: readonly unknown[] }
  | { readonly status: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> };

/** A server that is closed when the test ends. */
export interface TestServer {
  readonly url: string;
  /** The bodies so far, byte for byte. */
  readonly bodies: readonly string[];
}

/** Starts a server that answers the body of each request. */
export async function startServer(answer: (body: never, index: number) => Answer): Promise<TestServer> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const given = answer(JSON.parse(body) as never, bodies.push(body) - 1);
    if ("events" in given) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of given.events) response.write(eventText(event));
      response.end();
      return;
    }
    const { status = 200, headers = {} } = "status" in given ? given : {};
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(given.json));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

function eventText(event: unknown): string {
  const data = typeof event === "string" ? event : JSON.stringify(event);
  const { type } = (typeof event === "object" ? event : {}) as { readonly type?: string };
  return `${type === undefined ? "" : `event: ${type}\n`}data: ${data}\n\n`;
}

/** A whole reply of Anthropic's. */
export function claudeReply(content: unknown, usage = { input_tokens: 10, output_tokens: 5 }): object {
  const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
  return {
    ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-test", content: blocks },
    ...{ stop_reason: "end_turn", stop_sequence: null, usage },
  };
}

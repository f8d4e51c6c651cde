/** A loopback server that speaks the Messages streaming API and misbehaves as told. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does with one request. */
export type Behaviour = (response: ServerResponse, request: Received) => void;

/** A request as the server got it. */
export interface Received {
  readonly path?: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

/** A running server: its URL, what it received, and how many connections were dropped by the client. */
export interface MessagesServer {
  readonly url: string;
  readonly received: readonly Received[];
  readonly dropped: () => number;
  close(): Promise<void>;
}

/** Starts a server whose n-th request meets the n-th behaviour, and the last one again when there are no more. */
export async function startServer(plan: readonly Behaviour[]): Promise<MessagesServer> {
  const received: Received[] = [];
  let dropped = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const got = {
        path: request.url,
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString() || "{}"),
      };
      const behave = plan[Math.min(received.length, plan.length - 1)];
      received.push(got);
      behave?.(response, got);
    });
    response.on("close", () => {
      if (!response.writableEnded) dropped += 1;
    });
  });
  // By itself it closes connections that were idle for five seconds, just when a slow client uses one again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    dropped: () => dropped,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** One server-sent event of the API. */
export function event(data: { type: string } & Record<string, unknown>): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

export const START: string = event({
  type: "message_start",
  message: { id: "msg_1", model: "claude-test-1", usage: { input_tokens: 12, output_tokens: 1 } },
});
export const STOP: string = event({ type: "message_stop" });
const PING: string = event({ type: "ping" });

export function end(stopReason: string | null, outputTokens = 7): string {
  const delta = { stop_reason: stopReason };
  return event({ type: "message_delta", delta, usage: { output_tokens: outputTokens } });
}

export function textBlock(...pieces: string[]): string {
  const deltas = pieces.map((text) =>
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
  );
  const start = event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  return start + deltas.join("") + event({ type: "content_block_stop", index: 0 });
}

/** A text that is never ended. */
export function openBlock(text: string): string {
  const block = textBlock(text);
  return block.slice(0, block.lastIndexOf("event: content_block_stop"));
}

export function toolBlock(index: number, name: string, ...pieces: string[]): string {
  const content_block = { type: "tool_use", id: `tool_${index}`, name, input: {} };
  const deltas = pieces.map((partial_json) =>
    event({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } }),
  );
  const start = event({ type: "content_block_start", index, content_block });
  return start + deltas.join("") + event({ type: "content_block_stop", index });
}

/** Sends a whole stream. */
export function streams(...parts: string[]): Behaviour {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(parts.join(""));
  };
}

/** Sends the parts and then keeps the connection open without a word, or with pings only. */
export function hangs(parts: string[] = [], pingEveryMs = 0): Behaviour {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    for (const part of parts) response.write(part);
    if (pingEveryMs === 0) return;
    const timer = setInterval(() => response.write(PING), pingEveryMs);
    response.on("close", () => clearInterval(timer));
  };
}

/** Sends the parts and tears the connection down. */
export function cuts(...parts: string[]): Behaviour {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(parts.join(""), () => setTimeout(() => response.destroy(), 10));
  };
}

/** Refuses with a status and the API's error shape. */
export function fails(status: number, type: string, options: { message?: string; headers?: object } = {}): Behaviour {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...options.headers });
    response.end(JSON.stringify({ type: "error", error: { type, message: options.message ?? type } }));
  };
}

export const GOOD: Behaviour = streams(START, PING, textBlock("Hel", "lo"), end("end_turn"), STOP);

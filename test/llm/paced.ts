/** A provider in memory, at a pace that the test sets: no clock goes on, and no part comes, before the test says so. */

import Anthropic from "@anthropic-ai/sdk";
import { vi } from "vitest";

/** A server whose requests the test answers part by part. */
export interface PacedServer {
  readonly fetch: typeof globalThis.fetch;
  /** How many requests have come. */
  readonly requests: () => number;
  /** Sends a part of the answer to the latest request, and waits until it is read. */
  send(part: string): Promise<void>;
  /** Waits for the first request, while the clock stands still. */
  arrives(): Promise<void>;
  /** Ends the answer to the latest request, if it is read still. */
  end(): Promise<void>;
  /** Lets the timers of `ms` milliseconds run, and what follows from them. */
  elapse(ms: number): Promise<void>;
}

/** Makes the client of Claude, and stops the timers of the test until `vi.useRealTimers`. */
export function pacedClient(): PacedServer & { readonly client: Anthropic } {
  const server = pacedServer();
  return { ...server, client: new Anthropic({ apiKey: "sk-test", fetch: server.fetch }) };
}

/** Makes the server, and stops the timers of the test until `vi.useRealTimers`. */
export function pacedServer(): PacedServer {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let requests = 0;
  let open: ReadableStreamDefaultController<Uint8Array> | undefined;
  let isLeft = false;
  const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    requests += 1;
    isLeft = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        open = controller;
        init?.signal?.addEventListener("abort", () => {
          isLeft = true;
          controller.error(init.signal?.reason);
        });
      },
      cancel: () => {
        isLeft = true;
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const elapse = async (ms: number): Promise<void> => {
    await settle();
    await vi.advanceTimersByTimeAsync(ms);
    await settle();
  };
  const send = async (part: string): Promise<void> => {
    await settle();
    open?.enqueue(new TextEncoder().encode(part));
    await settle();
  };
  const arrives = async (): Promise<void> => {
    while (requests === 0) await settle();
  };
  const end = async (): Promise<void> => {
    if (!isLeft) open?.close();
    await settle();
  };
  return { fetch, requests: () => requests, send, arrives, end, elapse };
}

/** Nothing here waits for a network or a disk: a few turns of the event loop let all of it happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

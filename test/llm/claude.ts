/** `anthropic()` with the real SDK against a server on this machine, which is closed when its test ends. */

import { onTestFinished } from "vitest";
import { type AnthropicModel, type AnthropicOptions, anthropic } from "../../src/llm/anthropic.ts";
import { type Behaviour, type MessagesServer, startServer } from "./messages-server.ts";

export const KEY = "sk-test-0123456789";

/** Starts a server whose requests meet the behaviours in turn. */
export async function serve(plan: readonly Behaviour[]): Promise<MessagesServer> {
  const server = await startServer(plan);
  onTestFinished(() => server.close());
  return server;
}

/** The model, patient unless `options` say otherwise, and its server. */
export async function claude(
  plan: readonly Behaviour[],
  options: AnthropicOptions = {},
): Promise<[AnthropicModel, MessagesServer]> {
  const server = await serve(plan);
  const patient = { timeoutMs: 900_000, idleTimeoutMs: 900_000, backoffMs: 5 };
  return [anthropic("claude-test", { apiKey: KEY, baseURL: server.url, ...patient, ...options }), server];
}

/** Replies that OpenAI makes in the background: none is whole before a later look finds it so. */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { type EvaluationTable, ExceptionNode, evaluate, type Node, trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it, onTestFinished, vi } from "vitest";

const SYSTEM = "You write the word in capitals.";

interface Plan {
  /** The states that looks at a reply find, one after the other; a number is a status of HTTP, `cut` a cut body. */
  readonly states: readonly (string | number)[];
  /** Called at each look, with its number from 1 on. */
  onLook?(look: number): void;
}

/** A server that makes each reply in the background, and what it was asked. */
async function startServer({ states, onLook }: Plan) {
  const asked: string[] = [];
  const words: string[] = [];
  const looks: number[] = [];
  const replyOf = (index: number, status: string): object => ({
    ...{ id: `resp_${index}`, object: "response", created_at: 1, model: "gpt-test", status, error: null },
    output:
      status === "completed"
        ? [
            {
              ...{ type: "message", id: "m", role: "assistant", status },
              content: [{ type: "output_text", text: (words[index] ?? "").toUpperCase(), annotations: [] }],
            },
          ]
        : [],
    usage: status === "completed" ? { input_tokens: 10, output_tokens: 5, total_tokens: 15 } : null,
  });
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const [, at] = /resp_(\d+)/.exec(request.url ?? "") ?? [];
    const index = at === undefined ? words.push((JSON.parse(body) as { input: string }).input) - 1 : Number(at);
    const look = (looks[index] = (looks[index] ?? -1) + 1);
    if (look > 0) onLook?.(look);
    const state = look === 0 ? "queued" : (states[Math.min(look, states.length) - 1] ?? "completed");
    const status = typeof state === "number" ? state : 200;
    response.writeHead(status, { "content-type": "application/json", "openai-poll-after-ms": "1" });
    if (state === "cut") {
      response.write(JSON.stringify(replyOf(index, "completed")).slice(0, 40), () => response.destroy());
      return;
    }
    response.end(JSON.stringify(typeof state === "number" ? { error: { message: "down" } } : replyOf(index, state)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A program that asks in the background, with a client that tries again. */
function askerOf(url: string, signal?: AbortSignal) {
  const client = new OpenAI({ apiKey: "key", baseURL: url, maxRetries: 1, fetch: traceFetch() });
  return async (input: string): Promise<string> => {
    const request = { model: "gpt-test", instructions: SYSTEM, input, background: true };
    return (await client.responses.create(request, { signal })).output_text;
  };
}

/** Evaluates a program on one row. */
function evaluated(agent: (input: string) => Promise<string>, signal?: AbortSignal): Promise<EvaluationTable> {
  return evaluate({ agent, guide: exactMatch(), data: [{ input: "lyra", target: "LYRA" }], signal });
}

/** A program that asks in the background, and looks until the reply is whole. */
function writerOf(url: string) {
  const client = new OpenAI({ apiKey: "key", baseURL: url, maxRetries: 0, fetch: traceFetch() });
  return learn(
    async function write(input: string): Promise<string> {
      const request = { model: "gpt-test", instructions: SYSTEM, input, background: true };
      let reply = await client.responses.create(request);
      while (reply.status === "queued" || reply.status === "in_progress") {
        reply = await client.responses.retrieve(reply.id).catch(() => reply);
      }
      return reply.output_text;
    },
    { system: SYSTEM },
  );
}

const callsIn = (graph: { readonly nodes: readonly Node[] }): readonly Node[] =>
  graph.nodes.filter(({ op }) => op === "call_model");

describe("a reply made in the background", () => {
  it("is one node of a trace, of what a later look found", async () => {
    const { url } = await startServer({ states: ["in_progress", 503, "completed"] });
    const graph = await trace(() => writerOf(url)("lyra"));
    expect(graph.value).toBe("LYRA");
    expect(callsIn(graph).map(({ data }) => data)).toEqual(["LYRA"]);
    expect(graph.toJSON().nodes.find(({ op }) => op === "call_model")?.figures).toMatchObject({ outputTokens: 5 });
  });

  it("is a failure where it was cancelled", async () => {
    const { url } = await startServer({ states: ["cancelled"] });
    const graph = await trace(() => writerOf(url)("lyra"));
    expect(callsIn(graph).map((node) => node instanceof ExceptionNode)).toEqual([true]);
  });

  it("comes to the program of a run whole, and is paid and asked for once", async () => {
    const { url, asked } = await startServer({ states: ["in_progress", 503, "completed"] });
    const folder = mkdtempSync(join(tmpdir(), "tracegrad-background-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const data = [{ input: "lyra", target: "LYRA" }];
    const options = { agent: writerOf(url), guide: exactMatch(), data, folder: join(folder, "run") };
    const { rows, spent } = await evaluate(options);
    expect([rows[0]?.score, spent.llmCalls, spent.outputTokens]).toEqual([1, 1, 5]);
    expect(asked).toEqual([
      "POST /responses Bearer key",
      ...Array.from({ length: 3 }, () => "GET /responses/resp_0 Bearer key"),
    ]);
    expect((await evaluate(options)).rows[0]?.score).toBe(1);
    expect(asked).toHaveLength(4);
  });

  it("is bought once where a look at it is cut", async () => {
    const { url, asked } = await startServer({ states: ["cut", "in_progress", "cut", "completed"] });
    const { rows } = await evaluated(askerOf(url));
    expect(rows[0]?.score).toBe(1);
    expect(asked.filter((one) => one.startsWith("POST"))).toHaveLength(1);
  });
});

describe("the wait for a reply made in the background", () => {
  const posts = ["POST /responses Bearer key", "POST /responses/resp_0/cancel Bearer key"];

  it.each([
    ["of the agents", (url: string) => learn(askerOf(url), { system: SYSTEM })],
    ["without texts to learn", (url: string) => askerOf(url)],
  ])("ends when the run is cancelled, and the reply too, for a program %s", async (_, programOf) => {
    const run = new AbortController();
    const { url, asked } = await startServer({ states: ["queued"], onLook: (look) => look === 3 && run.abort() });
    const { reason, rows } = await evaluated(programOf(url), run.signal);
    expect([reason, rows]).toEqual(["aborted", []]);
    await vi.waitFor(() => expect(asked.filter((one) => one.startsWith("POST"))).toEqual(posts));
    expect(asked.filter((one) => one.startsWith("GET"))).toHaveLength(3);
  });

  it("ends when the call is, and the reply too", async () => {
    const call = new AbortController();
    const { url, asked } = await startServer({ states: ["queued"], onLook: (look) => look === 2 && call.abort() });
    await evaluated(askerOf(url, call.signal)).catch(() => undefined);
    await vi.waitFor(() => expect(asked.filter((one) => one.startsWith("POST"))).toEqual(posts));
  });

  it("is a failure after an hour where the caller has no signal", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const onLook = () => void vi.advanceTimersByTime(1_000_000);
    const { url, asked } = await startServer({ states: ["queued"], onLook });
    const seen = traceFetch();
    const body = JSON.stringify({ model: "gpt-test", input: "lyra", background: true });
    const headers = { authorization: "Bearer key" };
    const ask = async () => String(await (await seen(`${url}/responses`, { method: "POST", headers, body })).text());
    await expect(evaluated(ask)).rejects.toThrow("was not whole after 60 minutes");
    expect(asked.filter((one) => one.startsWith("GET"))).toHaveLength(4);
  });
});

/**
 * Failures of the world outside, by every way that they can take through a program: they stop the run, and are no data.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { batch, bundle, model, type Node, type Outages, parameter, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code, exactMatch, type Guide } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterEach, expect, test } from "vitest";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0)) await one();
});

/** A server that answers with these statuses in turn, and then with 200. */
async function serverOf(statuses: readonly number[]): Promise<string> {
  let at = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const status = statuses[at++] ?? 200;
      const body =
        status === 200
          ? {
              id: "m",
              type: "message",
              role: "assistant",
              model: "x",
              content: [{ type: "text", text: "yes" }],
              usage: {},
            }
          : { type: "error", error: { type: "some_error", message: `status ${status}` } };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  undo.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tracegrad-outages-"));
  undo.push(() => rmSync(made, { recursive: true, force: true }));
  return join(made, "run");
}

const rows = Array.from({ length: 8 }, (_, index) => ({ input: `q${index}`, target: "yes" }));

interface Setting {
  readonly agent: (prompt: Node<string>, question: string) => unknown;
  readonly guide?: Guide;
  readonly outages?: Outages;
  readonly folder?: string;
}

/** A run of one step; `told` are the prompts of the optimizer. */
function begin({ agent, guide = exactMatch(), ...rest }: Setting) {
  const prompt = parameter("Say yes.", { name: "prompt" });
  const told: string[] = [];
  const llm = scripted((request) => {
    told.push(JSON.stringify(request));
    return { toolInput: { reasoning: "", suggestion: { prompt: "Other" } } };
  });
  const run = train({
    agent: (question: string) => agent(prompt, question) as Node,
    optimizer: optoPrime([prompt], { llm }),
    template: batch(4),
    data: split(rows, { train: 4, validation: 4 }),
    guide: guide as Guide,
    // Programs that do all well go on, so that outages meet them.
    maxScore: Number.POSITIVE_INFINITY,
    budget: { steps: 1 },
    concurrency: 1,
    ...rest,
  });
  return { told, result: run.result };
}

const bodyOf = (text: Node<string>) => ({
  model: "x",
  max_tokens: 5,
  messages: [{ role: "user" as const, content: text }],
});

async function askWith(baseURL: string) {
  const client = model(new Anthropic({ apiKey: "k", baseURL, maxRetries: 0 }));
  return async (prompt: Node<string>, question: string) => {
    const reply = (await client.messages.create(bodyOf(t`${prompt} ${question}`) as never)) as unknown as Node<{
      content: { text: string }[];
    }>;
    return reply.at("content", 0, "text");
  };
}

test.each([429, 401, 529])("a %i from a traced SDK client stops the run, and the run goes on later", async (status) => {
  const agent = await askWith(await serverOf([200, 200, 200, 200, status]));
  const place = folder();
  const first = begin({ agent, folder: place });
  await expect(first.result).rejects.toMatchObject({
    code: "outage",
    message: expect.stringContaining(String(status)),
  });
  expect(first.told).toEqual([]);
  const second = begin({ agent, folder: place });
  const { reason, candidates } = await second.result;
  expect([reason, candidates.map(({ validation }) => validation?.mean)]).toEqual(["budget", [1, 1]]);
  expect(second.told.join()).not.toContain(String(status));
});

test("a 400 from a traced SDK client is the program's: another prompt might avoid it", async () => {
  const agent = await askWith(await serverOf([200, 200, 200, 200, 400]));
  const { result, told } = begin({ agent });
  expect((await result).reason).toBe("budget");
  expect(told[0]).toContain("status 400");
});

test("a service that nobody runs stops the run, through the SDK and through fetch", async () => {
  // Nothing listens on a port that was just given back.
  const url = await serverOf([]);
  for (const one of undo.splice(0)) await one();
  const fetched = bundle(async (text: string) => (await fetch(url, { method: "POST", body: text })).text());
  const agents = [await askWith(url), (prompt: Node<string>, question: string) => fetched(t`${prompt} ${question}`)];
  for (const agent of agents) {
    const { result, told } = begin({ agent });
    await expect(result).rejects.toMatchObject({ code: "outage" });
    expect(told).toEqual([]);
  }
});

function overloaded(): never {
  throw Object.assign(new Error("overloaded"), { status: 529 });
}
const calls = { count: 0 };
/** Says yes, until it is overloaded from the fifth call on. */
function service(): string {
  calls.count += 1;
  return calls.count > 4 ? overloaded() : "yes";
}

const tool = bundle(function tool(_question: string) {
  return service();
});
const wrapping = bundle(async function wrapping(question: string) {
  try {
    return service();
  } catch (cause) {
    throw new Error(`${question} went wrong`, { cause });
  }
});
const nested = bundle(function nested(question: string) {
  return tool(question).data;
});
const scoped = bundle(
  function scoped(text: string): string {
    return ask(text);
  },
  { trainable: true, scope: { ask: service } },
);
const scopedLater = bundle(
  async function scopedLater(text: string): Promise<string> {
    return await ask(text);
  },
  {
    trainable: true,
    scope: { ask: service },
  },
);
const catching = bundle(
  function catching(text: string): string {
    try {
      return ask(text);
    } catch {
      return "no idea";
    }
  },
  { trainable: true, scope: { ask: service } },
);
const catchingLater = bundle(
  async function catchingLater(text: string): Promise<string> {
    try {
      return await ask(text);
    } catch {
      return "no idea";
    }
  },
  { trainable: true, scope: { ask: service } },
);
declare function ask(text: string): string;

test.each([
  ["a tool", (prompt, question) => tool(t`${prompt} ${question}`)],
  ["a bundle that wraps it in an error of its own", (prompt, question) => wrapping(t`${prompt} ${question}`)],
  ["a bundle in a bundle", (prompt, question) => nested(t`${prompt} ${question}`)],
  ["plain code between bundles", (prompt, question) => (service(), t`${prompt} ${question}`)],
  ["an operator", (prompt) => prompt.map(() => service())],
  ["a scope function of trainable code", (prompt, question) => scoped(t`${prompt} ${question}`)],
  ["a scope function of asynchronous trainable code", (prompt, question) => scopedLater(t`${prompt} ${question}`)],
  ["trainable code that catches it", (prompt, question) => catching(t`${prompt} ${question}`)],
  ["asynchronous trainable code that catches it", (prompt, question) => catchingLater(t`${prompt} ${question}`)],
] as [string, Setting["agent"]][])(
  "an outage in %s stops the run before it is scored or taught",
  async (_where, agent) => {
    calls.count = 0;
    const { result, told } = begin({ agent, guide: code(() => 0.5) as Guide });
    await expect(result).rejects.toMatchObject({
      name: "ExternalCallError",
      message: expect.stringContaining("overloaded"),
    });
    expect(told).toEqual([]);
  },
);

test("an outage in a guide stops the run: it is no failure of the judge", async () => {
  const { result } = begin({ agent: (prompt) => prompt, guide: code(() => overloaded()) as Guide });
  await expect(result).rejects.toMatchObject({ code: "outage" });
});

test("a user names an outage that the library cannot know, and one that is none", async () => {
  const closed = () => {
    throw new Error("the mainframe is closed on Sundays");
  };
  const also = (error: unknown) => error instanceof Error && error.message.includes("Sundays");
  const named = begin({ agent: (prompt) => prompt.map(closed), outages: { also } });
  await expect(named.result).rejects.toMatchObject({ code: "outage", message: expect.stringContaining("Sundays") });
  const denied = begin({ agent: (prompt) => prompt.map(overloaded), outages: { except: () => true } });
  expect((await denied.result).best.validation?.failures).toBe(4);
  expect(denied.told[0]).toContain("overloaded");
});

test("an abort that is not the run's own is no verdict on the program", async () => {
  const impatient = () => Promise.reject(new DOMException("gave up", "AbortError"));
  const { result } = begin({ agent: (prompt) => prompt.map(impatient) });
  await expect(result).rejects.toMatchObject({ code: "outage", message: expect.stringContaining("gave up") });
});

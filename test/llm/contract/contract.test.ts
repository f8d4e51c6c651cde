/** All adapters of providers do the same, whatever the provider does, and `docs/models.md` says what. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import type { LanguageModel, ModelReply, ModelRequest } from "../../../src/llm/llm.ts";
import { isAbort } from "../../../src/util/abort.ts";
import { type Intercept, intercepted, uncounted } from "../../../src/util/external-call.ts";
import { type Behaviour, fails, hangs, type MessagesServer, startServer } from "../messages-server.ts";
import { pacedServer } from "../paced.ts";
import { ASK, type Counted, type Fault, faults, good, type Outcome, PACE, silences, UNSEEN } from "./faults.ts";
import { aiSdkTableText, tableText } from "./table.ts";
import { aiSdkWires, type Wire, wires } from "./wires.ts";

const servers: MessagesServer[] = [];

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(plan: readonly Behaviour[]): Promise<MessagesServer> {
  const server = await startServer(plan);
  servers.push(server);
  return server;
}

const patient = { timeoutMs: 600_000, idleTimeoutMs: 600_000, backoffMs: 1 };

/** What a call answers or throws, and what a run counts for its first request. */
interface Observed {
  readonly reply?: ModelReply;
  readonly thrown?: unknown;
  readonly counted: unknown;
}

async function observe(model: LanguageModel, request: ModelRequest, signal?: AbortSignal): Promise<Observed> {
  const counts: unknown[] = [];
  const note: Intercept = (call) => call.perform(call.signal, { ...uncounted, ended: (tokens) => counts.push(tokens) });
  try {
    const reply = await intercepted(note, () => model.generate(request, signal ? { signal } : {}));
    return { reply, counted: counts[0] };
  } catch (thrown) {
    return { thrown, counted: counts[0] };
  }
}

function countOf(counted: Counted, { announced }: Wire): unknown {
  const none = Number.NaN;
  switch (counted) {
    case "nothing":
      return { inputTokens: 0, outputTokens: 0 };
    case "its tokens":
      return { inputTokens: 12, outputTokens: 7 };
    case "unknown":
      return { inputTokens: none, outputTokens: none };
    case "upper bound":
      return "unknown";
    default:
      return announced === undefined ? "unknown" : { inputTokens: announced, outputTokens: 1 };
  }
}

function checkOutcome(outcome: Outcome, wire: Wire, { reply, thrown, counted }: Observed): void {
  if ("code" in outcome) expect(thrown).toMatchObject({ name: "TracegradError", code: outcome.code });
  else expect(thrown).toBe(undefined);
  if ("asksAgain" in outcome) expect(reply).toMatchObject({ text: "Hello", stopReason: "end" });
  if ("reply" in outcome) expect(reply).toMatchObject(outcome.reply);
  if ("lacks" in outcome) expect(reply).not.toHaveProperty("toolInput");
  expect(counted).toEqual(countOf(outcome.counted, wire));
}

/** The rows as they are for an adapter; without those that it cannot see. */
function rowsFor<T extends Pick<Fault, "outcome" | "aiSdk">>(wire: Wire, rows: readonly T[]): readonly T[] {
  if (!aiSdkWires.includes(wire)) return rows;
  return rows.flatMap((row) => (row.aiSdk === UNSEEN ? [] : [{ ...row, outcome: row.aiSdk ?? row.outcome }]));
}

describe.each([...wires, ...aiSdkWires])("$name", (wire) => {
  it.each(rowsFor(wire, faults))("$what", async ({ plan, request = ASK, limits, outcome }) => {
    const server = await start([...plan(wire), good(wire)]);
    const observed = await observe(wire.connect(server.url, { ...patient, ...limits }), request);
    checkOutcome(outcome, wire, observed);
    expect(server.received).toHaveLength("asksAgain" in outcome ? 2 : 1);
  });

  it.each(rowsFor(wire, silences))("$what", async ({ act, outcome }) => {
    const server = pacedServer();
    const observing = observe(wire.over(server.fetch, PACE), ASK);
    await server.arrives();
    await act(server, wire);
    if ("asksAgain" in outcome) {
      // The wait before the next request.
      while (server.requests() < 2) await server.elapse(1);
      const { start: opening, pieces, end } = wire.text(["Hello"]);
      await server.send([opening, ...pieces, end, wire.done].join(""));
      await server.end();
    }
    checkOutcome(outcome, wire, await observing);
    expect(server.requests()).toBe("asksAgain" in outcome ? 2 : 1);
  });

  it("asks a server where nobody listens as often as any other", async () => {
    const server = await start([good(wire)]);
    await server.close();
    const { thrown } = await observe(wire.connect(server.url, { ...patient, maxRetries: 2 }), ASK);
    const message = expect.stringMatching(/failed 3 time.*ECONNREFUSED/s);
    expect(thrown).toMatchObject({ code: "model-unavailable", message });
  });

  it.each([
    ["before the call", undefined, 0],
    ["before the headers", () => undefined, 1],
    ["in the middle", hangs(["\n"]), 1],
    ["while it waits to ask again", fails(503, "x", { headers: { "retry-after": "300" } }), 1],
  ] as [string, Behaviour | undefined, number][])("ends with an AbortError on abort %s", async (_, behaviour, sent) => {
    const server = await start([behaviour ?? good(wire)]);
    const controller = new AbortController();
    if (!behaviour) controller.abort();
    const observing = observe(wire.connect(server.url, patient), ASK, controller.signal);
    await expect.poll(() => server.received.length, { timeout: 60_000 }).toBe(sent);
    controller.abort();
    expect(isAbort((await observing).thrown)).toBe(true);
    expect(server.received).toHaveLength(sent);
  });

  it("never shows the key, even if the server does", async () => {
    const server = await start([fails(401, "x", { message: "bad key sk-test-0123456789" })]);
    const { thrown } = await observe(wire.connect(server.url, patient), ASK);
    const { inspect } = await import("node:util");
    expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain("sk-test-0123456789");
    expect((thrown as Error).message).toContain("bad key [");
  });
});

test("docs/models.md has the tables of the contract", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/models.md"), "utf8");
  expect(page).toContain(tableText());
  expect(page).toContain(aiSdkTableText());
});

import type Anthropic from "@anthropic-ai/sdk";
import { limiter } from "tracegrad/llm";
import { anthropic } from "tracegrad/llm/anthropic";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CircuitBreaker } from "../../src/llm/breaker.ts";
import { isAbort } from "../../src/util/abort.ts";
import { seeded } from "../../src/util/rng.ts";
import { ask, clientOf, refusal, run, stream, whole } from "./simulated-provider.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const wait = (ms: number): Promise<void> => run(new Promise((resolve) => setTimeout(resolve, ms)));

/** A provider that refuses all requests until it is up, and notes when each comes. */
function downProvider(): { readonly client: Anthropic; readonly at: readonly number[]; readonly goUp: () => void } {
  const at: number[] = [];
  let isUp = false;
  const client = clientOf(() => {
    at.push(performance.now());
    return { ms: 2_000, response: isUp ? stream(whole) : refusal(529, "overloaded_error") };
  });
  const goUp = (): void => {
    isUp = true;
  };
  return { client, at, goUp };
}

describe("while a model refuses all requests", () => {
  it("one request at a time asks whether it is back, and the others follow when it is", async () => {
    const { client, at, goUp } = downProvider();
    const llm = anthropic("claude-test", { client });
    const replies = Promise.all(Array.from({ length: 50 }, () => llm.generate(ask)));
    await wait(60_000);
    const probes = at.slice(50);
    expect(probes.length).toBeGreaterThan(3);
    expect(probes.length).toBeLessThan(9);
    expect(Math.min(...probes.map((time, index) => time - (probes[index - 1] ?? 0)))).toBeGreaterThan(2_000);
    goUp();
    expect(await run(replies)).toHaveLength(50);
    // Each call is answered once, and nothing else was asked for.
    expect(at).toHaveLength(50 + probes.length + 50);
    const [probe = 0, ...followers] = at.slice(50 + probes.length);
    expect(Math.min(...followers)).toBeGreaterThanOrEqual(probe + 2_000);
  });

  /** A model whose callers have found that it is down, and another client of it with a deadline of 30 seconds. */
  async function outage() {
    const provider = downProvider();
    const limited = limiter({ concurrency: 100 });
    const patient = limited(anthropic("claude-test", { client: provider.client, timeoutMs: 7_200_000 }));
    const controllers = Array.from({ length: 20 }, () => new AbortController());
    const others = controllers.map((controller) => patient.generate(ask, controller).catch(isAbort));
    await wait(20_000);
    const hasty = limited(anthropic("claude-test", { client: provider.client, timeoutMs: 30_000 }));
    const stop = (): void => controllers.forEach((controller) => controller.abort());
    return { ...provider, hasty, patient, stop, others: () => Promise.all(others) };
  }

  it("a call that has made no request yet ends at its deadline, and says why", async () => {
    const { hasty, stop, others } = await outage();
    const began = performance.now();
    const ending = hasty.generate(ask).catch((error: unknown) => ({ error, ms: performance.now() - began }));
    const message = expect.stringContaining("refused all requests");
    expect(await run(ending)).toMatchObject({ error: { code: "model-timeout", message }, ms: 30_000 });
    stop();
    expect(await others()).toEqual(Array(20).fill(true));
  });

  it("an abort ends the waiting at once, and sends nothing", async () => {
    const { patient, at, stop, others } = await outage();
    const controller = new AbortController();
    const waiting = patient.generate(ask, { signal: controller.signal }).catch(isAbort);
    await wait(1);
    const [now, sent] = [performance.now(), at.length];
    controller.abort();
    stop();
    expect(await waiting).toBe(true);
    expect(await others()).toEqual(Array(20).fill(true));
    expect([performance.now(), at.length]).toEqual([now, sent]);
  });

  it("one that is aborted while it asks makes room for the next", async () => {
    const { client, at, goUp } = downProvider();
    const llm = anthropic("claude-test", { client });
    const controllers = Array.from({ length: 8 }, () => new AbortController());
    const calls = controllers.map((controller) => llm.generate(ask, controller).catch(isAbort));
    while (at.length < 9) await wait(100);
    goUp();
    for (const controller of controllers.slice(0, 7)) controller.abort();
    const ended = await run(Promise.all(calls));
    expect(ended.slice(0, 7)).toEqual(Array(7).fill(true));
    expect(ended[7]).toMatchObject({ text: "Hello" });
  });
});

it("the deadline does not run while limits of the user hold a call", async () => {
  const client = clientOf(() => ({ ms: 10, response: stream(whole) }));
  const llm = limiter({ requestsPerMinute: 1 })(anthropic("claude-test", { client, timeoutMs: 30_000 }));
  expect(await run(Promise.all([llm.generate(ask), llm.generate(ask), llm.generate(ask)]))).toHaveLength(3);
});

describe("a breaker", () => {
  const request = (breaker: CircuitBreaker, isRefused: boolean, now: number): void => {
    const one = breaker.begin();
    if (isRefused) breaker.refused(one, 1_000, now);
    else breaker.answered(one);
  };

  it("holds requests for less than 2 % of the time while 30 % are refused at random", () => {
    const [rng, breaker] = [seeded(1), new CircuitBreaker()];
    vi.spyOn(Math, "random").mockImplementation(() => rng.float());
    let [now, held] = [0, 0];
    for (let count = 0; count < 100_000; count++) {
      const waitMs = Math.max(0, breaker.waitMs(now));
      held += waitMs;
      now += waitMs + 100;
      request(breaker, rng.float() < 0.3, now);
    }
    expect(held).toBeGreaterThan(0);
    expect(held / now).toBeLessThan(0.02);
  });

  it("counts in the order of beginning, since refusals are quicker than answers", () => {
    const breaker = new CircuitBreaker();
    const requests = Array.from({ length: 30 }, () => breaker.begin());
    const refuse = (index: number): void => breaker.refused(requests[index] as (typeof requests)[0], 1_000, 0);
    // Every third is refused before any answer is there.
    for (let index = 0; index < 24; index += 3) refuse(index);
    expect(breaker.isOpen).toBe(false);
    for (const index of [24, 25, 26, 28, 29]) refuse(index);
    expect(breaker.isOpen).toBe(false);
    refuse(27);
    expect(breaker.isOpen).toBe(true);
  });

  it("is not closed by the late answer to a request of before", () => {
    const breaker = new CircuitBreaker();
    const before = breaker.begin();
    for (let count = 0; count < 6; count++) request(breaker, true, 0);
    breaker.answered(before);
    expect(breaker.isOpen).toBe(true);
    request(breaker, false, 2_000);
    expect(breaker.isOpen).toBe(false);
  });

  it("lets probes wait longer each, up to ten seconds and a quarter", () => {
    const breaker = new CircuitBreaker();
    for (let count = 0; count < 6; count++) request(breaker, true, 0);
    const waits: number[] = [];
    for (let now = 0; waits.length < 6; ) {
      waits.push(breaker.waitMs(now));
      now += breaker.waitMs(now);
      const probe = breaker.begin();
      expect(breaker.waitMs(now)).toBe(Number.POSITIVE_INFINITY);
      breaker.refused(probe, 1_000, now);
    }
    for (const [index, most] of [1_000, 3_000, 9_000, 10_000, 10_000, 10_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(0.75 * most);
      expect(waits[index]).toBeLessThanOrEqual(1.25 * most);
    }
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RequestLimiter as Limiter, RequestLimiter } from "../../src/llm/request-limiter.ts";
import { isAbort } from "../../src/util/abort.ts";
import type { RequestSlot } from "../../src/util/request-turn.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const secondMs = 1_000;

interface Wish {
  readonly model?: string;
  readonly tokens?: number;
  readonly urgency?: number;
  readonly signal?: AbortSignal;
}

/** Wants requests, and notes the names of those that have begun. */
function desk(limiter: Limiter) {
  const begun: string[] = [];
  const slots = new Map<string, RequestSlot>();
  const want = (name: string, { model = "m", tokens = 0, urgency = 0, signal }: Wish = {}) => {
    const waiting = limiter.begin({ model, tokens, urgency }, signal).then((slot) => {
      begun.push(name);
      slots.set(name, slot);
    });
    return waiting;
  };
  return { want, begun, slotOf: (name: string) => slots.get(name) as RequestSlot };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("concurrency", () => {
  it("lets so many requests be under way, and the oldest next", async () => {
    const { want, begun, slotOf } = desk(new RequestLimiter({ concurrency: 2 }));
    for (const name of ["a", "b", "c", "d"]) void want(name);
    await pass(0);
    expect(begun).toEqual(["a", "b"]);
    slotOf("a").end();
    slotOf("a").end();
    await pass(0);
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("lets the more urgent begin first", async () => {
    const { want, begun, slotOf } = desk(new RequestLimiter({ concurrency: 1 }));
    void want("running");
    void want("rollout 1");
    void want("rollout 2");
    void want("judge", { urgency: 1 });
    void want("retry", { urgency: 2 });
    void want("optimizer", { urgency: 1 });
    for (const name of ["running", "retry", "judge", "optimizer", "rollout 1"]) {
      await pass(0);
      slotOf(name).end();
    }
    await pass(0);
    expect(begun).toEqual(["running", "retry", "judge", "optimizer", "rollout 1", "rollout 2"]);
  });

  it("takes out what is aborted while it waits, and leaves no listener on the signal", async () => {
    const { want, begun, slotOf } = desk(new RequestLimiter({ concurrency: 1 }));
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    void want("a");
    const aborted = want("b", { signal: controller.signal }).catch((thrown: unknown) => thrown);
    void want("c");
    const late = want("d", { signal: controller.signal }).catch((thrown: unknown) => thrown);
    controller.abort("enough");
    expect(isAbort(await aborted)).toBe(true);
    expect(isAbort(await late)).toBe(true);
    expect(isAbort(await want("e", { signal: controller.signal }).catch((thrown: unknown) => thrown))).toBe(true);
    slotOf("a").end();
    await pass(0);
    expect(begun).toEqual(["a", "c"]);
    const open = new AbortController();
    const taken = vi.spyOn(open.signal, "removeEventListener");
    slotOf("c").end();
    await want("f", { signal: open.signal });
    expect(taken).toHaveBeenCalledOnce();
    expect(removed).not.toHaveBeenCalled();
  });
});

describe("a minute", () => {
  it("has at most so many requests, wherever it begins", async () => {
    const { want, begun, slotOf } = desk(new RequestLimiter({ requestsPerMinute: 3 }));
    const at: number[] = [];
    for (let index = 0; index < 10; index++) {
      const began = want(String(index));
      void began.then(() => {
        at.push(performance.now());
        slotOf(String(index)).end();
      });
      await pass(7 * secondMs);
    }
    await pass(300 * secondMs);
    expect(begun).toHaveLength(10);
    const most = Math.max(...at.map((from) => at.filter((time) => time >= from && time < from + 60_000).length));
    expect(most).toBe(3);
    expect((at[9] ?? 0) - (at[0] ?? 0)).toBeLessThan(3 * 60_000 + 30 * secondMs);
  });

  it("has at most so many tokens, by the upper bound of what is under way and the use of what has ended", async () => {
    const { want, begun, slotOf } = desk(new RequestLimiter({ tokensPerMinute: 1_000 }));
    void want("a", { tokens: 600 });
    void want("b", { tokens: 600 });
    void want("small", { tokens: 1 });
    await pass(0);
    expect(begun).toEqual(["a"]);
    slotOf("a").end(300);
    await pass(0);
    expect(begun).toEqual(["a", "b", "small"]);
    void want("c", { tokens: 200 });
    slotOf("b").end();
    await pass(59 * secondMs);
    expect(begun).not.toContain("c");
    await pass(secondMs);
    expect(begun).toContain("c");
  });

  it("lets a request that is larger than the limit be made alone", async () => {
    const { want, begun } = desk(new RequestLimiter({ tokensPerMinute: 100 }));
    void want("small", { tokens: 1 });
    void want("large", { tokens: 5_000 });
    await pass(59 * secondMs);
    expect(begun).toEqual(["small"]);
    await pass(secondMs);
    expect(begun).toEqual(["small", "large"]);
  });
});

describe("what a provider says", () => {
  const headers = (fields: Record<string, string>): Headers => new Headers(fields);
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * secondMs).toISOString();

  it.each([
    [
      "Anthropic's requests",
      () => ({
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": inSeconds(20),
      }),
    ],
    [
      "Anthropic's tokens",
      () => ({
        "anthropic-ratelimit-tokens-remaining": "40",
        "anthropic-ratelimit-tokens-reset": inSeconds(20),
      }),
    ],
    ["OpenAI's requests", () => ({ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s" })],
    ["OpenAI's tokens", () => ({ "x-ratelimit-remaining-tokens": "49", "x-ratelimit-reset-tokens": "0m20s" })],
  ])("holds requests to that model until the reset: %s", async (_, said) => {
    const { want, begun, slotOf } = desk(new RequestLimiter());
    await want("a");
    slotOf("a").observe(headers(said()));
    void want("b", { tokens: 50 });
    void want("other", { model: "n", tokens: 50 });
    await pass(19_900);
    expect(begun).toEqual(["a", "other"]);
    await pass(100);
    expect(begun).toEqual(["a", "other", "b"]);
  });

  it("lets as many begin as are left, until the next answer", async () => {
    const { want, begun, slotOf } = desk(new RequestLimiter());
    await want("a");
    slotOf("a").observe(headers({ "x-ratelimit-remaining-requests": "2", "x-ratelimit-reset-requests": "30s" }));
    for (const name of ["b", "c", "d", "e"]) void want(name);
    await pass(secondMs);
    expect(begun).toEqual(["a", "b", "c"]);
    // Of these three, the provider may not have counted the two others under way.
    slotOf("b").observe(headers({ "x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "30s" }));
    slotOf("b").end();
    await pass(secondMs);
    expect(begun).toEqual(["a", "b", "c", "d"]);
  });

  it.each(["2h", "1h0m0s", "90s", "750ms", "soon", "", "-5s", "1e9"])(
    "never holds for longer than a minute, whatever the reset is: %j",
    async (reset) => {
      const { want, begun, slotOf } = desk(new RequestLimiter());
      await want("a");
      slotOf("a").observe(headers({ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset }));
      void want("b");
      await pass(60 * secondMs);
      expect(begun).toEqual(["a", "b"]);
    },
  );

  it("holds the others of a model after a refusal that names a wait", async () => {
    const { want, begun, slotOf } = desk(new RequestLimiter());
    await want("a");
    slotOf("a").hold(5 * secondMs);
    slotOf("a").hold(secondMs);
    slotOf("a").end(0);
    void want("b");
    await pass(4_999);
    expect(begun).toEqual(["a"]);
    await pass(1);
    expect(begun).toEqual(["a", "b"]);
  });
});

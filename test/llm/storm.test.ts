/** A provider in a storm: what is asked of it, and what comes of it under the default settings. */

import type Anthropic from "@anthropic-ai/sdk";
import { limiter } from "tracegrad/llm";
import { anthropic } from "tracegrad/llm/anthropic";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mapLimited } from "../../src/util/limit.ts";
import { seeded, shuffled } from "../../src/util/rng.ts";
import * as api from "./messages-server.ts";
import { ask, clientOf, refusal, run, stream, whole } from "./simulated-provider.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const HUNDRED = [
  ...Array<string>(30).fill("refused"),
  ...Array<string>(5).fill("cut"),
  ...Array<string>(2).fill("slow"),
  ...Array<string>(63).fill("whole"),
];

/**
 * A provider that refuses 30 % of all requests, cuts 5 % and is slow with 2 %, and that refuses everything for 60 seconds
 * from the 1,000th request on. Of each hundred requests exactly that many fail, in random order: drawn one by one, the
 * failures alone would differ by more between two seeds than the outage adds.
 */
function storm(seed: number): {
  readonly client: Anthropic;
  readonly requests: () => number;
  readonly duringOutage: () => number;
} {
  const rng = seeded(seed);
  let [requests, duringOutage] = [0, 0];
  let outageAt = Number.POSITIVE_INFINITY;
  let deck: string[] = [];
  const draw = (): string => {
    if (deck.length === 0) deck = shuffled(HUNDRED, rng);
    return deck.pop() as string;
  };
  const client = clientOf((request) => {
    requests = request + 1;
    const now = performance.now();
    if (requests === 1_000) outageAt = now;
    const isOut = now >= outageAt && now < outageAt + 60_000;
    if (isOut) duringOutage += 1;
    const fate = isOut ? "refused" : draw();
    if (fate === "refused") return { ms: 50 + 100 * rng.float(), response: refusal(529, "overloaded_error") };
    const ms = fate === "slow" ? 30_000 : 250 + 500 * rng.float();
    return { ms, response: stream(fate === "cut" ? api.START + api.openBlock("Hel") : whole) };
  });
  return { client, requests: () => requests, duringOutage: () => duringOutage };
}

const seeds = [1, 2, 3];

// Without the circuit breaker, 26, 244 and 1,052 requests at least are made during the outage.
it.each([
  [8, 20],
  [64, 30],
  [256, 70],
])(
  "2,000 calls of %i callers are all answered, with at most %i requests during the outage",
  async (callers, mostDuringOutage) => {
    const [ratios, outages]: [number[], number[]] = [[], []];
    for (const seed of seeds) {
      const jitter = seeded(seed);
      vi.spyOn(Math, "random").mockImplementation(() => jitter.float());
      const { client, requests, duringOutage } = storm(seed);
      const llm = anthropic("claude-test", { client });
      const calls = Array.from({ length: 2_000 }, (_, index) => index);
      const replies = await run(mapLimited(calls, callers, () => llm.generate(ask)));
      expect(new Set(replies.map(({ text }) => text))).toEqual(new Set(["Hello"]));
      expect(replies).toHaveLength(2_000);
      ratios.push(requests() / 2_000);
      outages.push(duringOutage());
    }
    expect(Math.max(...outages)).toBeLessThanOrEqual(mostDuringOutage);
    // Without the outage, 35 % of failures take 1.54 times the requests.
    expect(Math.max(...ratios)).toBeLessThan(1.57);
  },
);

it("nobody asks before a refusal's wait is over, neither the refused nor those that waited with it", async () => {
  const at: number[] = [];
  const client = clientOf((request) => {
    at.push(performance.now());
    const isFirst = request === 0;
    return { ms: 10, response: isFirst ? refusal(429, "rate_limit_error", { "retry-after": "30" }) : stream(whole) };
  });
  const limited = limiter({ concurrency: 1 });
  const llm = limited(anthropic("claude-test", { client }));
  await run(Promise.all([llm.generate(ask), llm.generate(ask), llm.generate(ask)]));
  const [first = 0, ...others] = at;
  expect(others).toHaveLength(3);
  for (const time of others) expect(time - first).toBeGreaterThanOrEqual(30_000);
});

it("no request is refused when the provider says how many are left", async () => {
  let [window, left, refused] = [0, 10, 0];
  const client = clientOf(() => {
    const now = Math.floor(performance.now() / 20_000);
    if (now !== window) [window, left] = [now, 10];
    left -= 1;
    if (left < 0) refused += 1;
    const reset = new Date(Date.now() + 20_000 - (performance.now() % 20_000)).toISOString();
    const headers = {
      "anthropic-ratelimit-requests-remaining": String(Math.max(0, left)),
      "anthropic-ratelimit-requests-reset": reset,
    };
    return { ms: 10, response: left < 0 ? refusal(429, "rate_limit_error", headers) : stream(whole, headers) };
  });
  const llm = anthropic("claude-test", { client });
  await run(llm.generate(ask));
  const calls = Array.from({ length: 60 }, (_, index) => index);
  expect(await run(mapLimited(calls, 8, () => llm.generate(ask)))).toHaveLength(60);
  expect(refused).toBe(0);
});

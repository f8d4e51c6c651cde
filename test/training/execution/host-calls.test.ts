/** The calls of a task over several attempts: what was answered is not asked again, what was lost holds up nothing. */

import { describe, expect, it, vi } from "vitest";
import { RequestLimiter } from "../../../src/llm/request-limiter.ts";
import type { HostMessage, PortableCall, TaskAttempt } from "../../../src/training/execution/executor.ts";
import { HostCalls } from "../../../src/training/execution/host-calls.ts";
import { toPortable } from "../../../src/training/execution/portable-error.ts";
import { type ExternalCall, intercepted, uncounted } from "../../../src/util/external-call.ts";

const call = (request: string | undefined): PortableCall => ({
  ...{ to: "model", provider: undefined, request, hash: request ?? "unknown", most: undefined },
  ...{ isPaid: false, isAtHand: false, free: true, usageFix: undefined, turn: undefined },
});

/** An attempt, and what the run has said to it. */
interface Heard {
  readonly attempt: TaskAttempt;
  readonly messages: HostMessage[];
}

/** Begins an attempt that makes a call. */
function attemptWith(host: HostCalls, request: string | undefined): Heard {
  const messages: HostMessage[] = [];
  const attempt = host.begin((message) => void messages.push(message));
  attempt.receive({ type: "call", n: 1, outer: undefined, path: "", call: call(request) });
  return { attempt, messages };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const performed = (reply: string | undefined) => ({ type: "performed", n: 1, reply, usage: undefined }) as const;

/** A host whose run makes one call at a time. */
function hostOfRun(): HostCalls {
  let last: Promise<unknown> = Promise.resolve();
  const oneByOne = <T>(given: ExternalCall<T>): Promise<T> => {
    const answer = last.then(() => given.perform(undefined, uncounted));
    last = answer.catch(() => undefined);
    return answer;
  };
  return intercepted(oneByOne, () => new HostCalls(undefined));
}

describe("the calls of a task", () => {
  it("give a second attempt the answer of the first", async () => {
    const host = hostOfRun();
    const first = attemptWith(host, "question");
    await turn();
    expect(first.messages).toEqual([{ type: "perform", n: 1 }]);
    first.attempt.receive(performed("answer"));
    await turn();
    first.attempt.lost();
    expect(attemptWith(host, "question").messages).toEqual([{ type: "answer", n: 1, reply: "answer" }]);
  });

  it("are made again where the reply stayed with a worker that is lost", async () => {
    const host = hostOfRun();
    const first = attemptWith(host, undefined);
    await turn();
    first.attempt.receive(performed(undefined));
    await turn();
    expect(first.messages.at(-1)).toEqual({ type: "answer", n: 1, reply: undefined });
    first.attempt.lost();
    const second = attemptWith(host, undefined);
    await turn();
    expect(second.messages).toEqual([{ type: "perform", n: 1 }]);
  });

  it("do not wait for a call that was lost and is not made again", async () => {
    const host = hostOfRun();
    const first = attemptWith(host, "at 12:00");
    await turn();
    first.attempt.lost();
    const second = attemptWith(host, "at 12:01");
    await turn();
    expect(second.messages).toEqual([{ type: "perform", n: 1 }]);
  });
});

/** A call that takes turns of a limiter, and how often the run has let its requests begin. */
function callOf(host: HostCalls, source: RequestLimiter, n = 1): Heard & { begun(): number } {
  const messages: HostMessage[] = [];
  const attempt = host.begin((message) => void messages.push(message));
  const turn = { source: source.id ?? "", model: "model", tokens: 1, urgency: 0 };
  attempt.receive({ type: "call", n, outer: undefined, path: "", call: { ...call(`question ${n}`), turn } });
  const isBegun = (message: HostMessage): boolean =>
    message.type === "turn" || (message.type === "perform" && message.hasTurn === true);
  return { attempt, messages, begun: () => messages.filter(isBegun).length };
}

/** A host whose run makes all its calls at once. */
const busyHost = (): HostCalls =>
  intercepted(
    <T>(given: ExternalCall<T>): Promise<T> => given.perform(undefined, uncounted),
    () => new HostCalls(undefined),
  );

describe("the turn of a request", () => {
  it.each<readonly [string, (holder: Heard & { readonly host: HostCalls }) => void]>([
    ["its worker has ended it", ({ attempt }) => attempt.receive({ type: "slot", n: 1, turn: 0, notes: { used: 3 } })],
    ["its worker did not use it", ({ attempt }) => attempt.receive(performed("answer"))],
    ["its call has failed", ({ attempt }) => attempt.receive({ type: "failed", n: 1, error: toPortable(new Error()) })],
    ["its worker is lost", ({ attempt }) => attempt.lost()],
    ["the run has given up the task", ({ host }) => host.end()],
  ])("is free for another worker when %s", async (_, release) => {
    const source = new RequestLimiter({ concurrency: 1 });
    const [host, other] = [busyHost(), busyHost()];
    const holder = callOf(host, source);
    const waiting = callOf(other, source);
    await turn();
    expect([holder.begun(), waiting.begun()]).toEqual([1, 0]);
    const wanted = { source: source.id ?? "", model: "model", tokens: 1, urgency: 0 };
    waiting.attempt.receive({ type: "turn", n: 1, turn: 1, wanted });
    await turn();
    expect(waiting.begun()).toBe(0);
    release({ ...holder, host });
    await turn();
    expect(waiting.messages.at(-1)).toEqual({ type: "turn", n: 1, turn: 1, isKnown: true });
  });

  it("is not waited for any more when its worker has left it, or has gone", async () => {
    const source = new RequestLimiter({ concurrency: 1 });
    const holder = callOf(busyHost(), source);
    const [left, lost, last] = [callOf(busyHost(), source), callOf(busyHost(), source), callOf(busyHost(), source)];
    await turn();
    const wanted = { source: source.id ?? "", model: "model", tokens: 1, urgency: 0 };
    for (const { attempt } of [left, lost, last]) attempt.receive({ type: "turn", n: 1, turn: 1, wanted });
    left.attempt.receive({ type: "leave", n: 1, turn: 1 });
    lost.attempt.lost();
    holder.attempt.lost();
    await turn();
    expect([left.begun(), lost.begun(), last.begun()]).toEqual([0, 0, 1]);
  });

  it("obeys what the provider has said to another worker, also while it waits", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    const source = new RequestLimiter();
    const first = callOf(busyHost(), source);
    await vi.advanceTimersByTimeAsync(0);
    const headers = [
      ["anthropic-ratelimit-requests-remaining", "0"],
      ["anthropic-ratelimit-requests-reset", new Date(Date.now() + 20_000).toISOString()],
    ] as const;
    first.attempt.receive({ type: "slot", n: 1, turn: 0, notes: { headers, answered: true } });
    const second = callOf(busyHost(), source);
    await vi.advanceTimersByTimeAsync(0);
    const wanted = { source: source.id ?? "", model: "model", tokens: 1, urgency: 0 };
    second.attempt.receive({ type: "turn", n: 1, turn: 1, wanted });
    await vi.advanceTimersByTimeAsync(19_000);
    expect(second.begun()).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(second.begun()).toBe(1);
    vi.useRealTimers();
  });

  it("is given by the worker itself where the run has no such limiter", async () => {
    const host = busyHost();
    const { attempt, messages } = callOf(host, new RequestLimiter());
    await turn();
    const wanted = { source: "another", model: "model", tokens: 1, urgency: 0 };
    attempt.receive({ type: "turn", n: 1, turn: 1, wanted });
    expect(messages.at(-1)).toEqual({ type: "turn", n: 1, turn: 1, isKnown: false });
  });
});

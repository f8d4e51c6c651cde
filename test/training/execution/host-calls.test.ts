/** The calls of a task over several attempts: what was answered is not asked again, what was lost holds up nothing. */

import { describe, expect, it } from "vitest";
import type { HostMessage, PortableCall, TaskAttempt } from "../../../src/training/execution/executor.ts";
import { HostCalls } from "../../../src/training/execution/host-calls.ts";
import { type ExternalCall, intercepted, uncounted } from "../../../src/util/external-call.ts";

const call = (request: string | undefined): PortableCall => ({
  ...{ to: "model", provider: undefined, request, hash: request ?? "unknown", most: undefined },
  ...{ isPaid: false, isAtHand: false, free: true, usageFix: undefined },
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

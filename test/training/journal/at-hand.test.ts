/** Calls whose reply is at hand: kept by a run, not counted, and not held to its limits. */

import { join } from "node:path";
import { record } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { journaledCalls } from "../../../src/training/journal/calls.ts";
import { openRun } from "../../../src/training/journal/folder.ts";
import { Opaque } from "../../../src/util/encode.ts";
import { callExternal, intercepted } from "../../../src/util/external-call.ts";
import { temporaryFolder } from "../../llm/folder.ts";

describe("a call whose reply is at hand", () => {
  it("is not counted, also by the next process, which gets the first one's reply", async () => {
    const folder = join(temporaryFolder(), "run");
    const replies: unknown[] = [];
    for (const text of ["first", "second"]) {
      const store = await openRun(folder, {});
      const { intercept, spent } = journaledCalls(store, {
        concurrency: 1,
        budget: { llmCalls: 0, tokens: 0, usd: 0 },
      });
      const call = () =>
        callExternal({
          ...{ to: "m", request: { q: 1 }, signal: undefined, isAtHand: true },
          usage: () => ({ inputTokens: 5, outputTokens: 5 }),
          // What JSON cannot hold reads in the first process as it will in the next one.
          perform: async () => ({ text, client: new URL("https://example.org") }),
        });
      replies.push(await intercepted(intercept, call));
      expect(spent()).toMatchObject({ llmCalls: 0, inputTokens: 0, outputTokens: 0, usd: 0, possiblyPaid: 0 });
      await store.close();
    }
    expect(replies[0]).toEqual({ text: "first", client: expect.any(Opaque) });
    expect(replies[1]).toStrictEqual(replies[0]);
  });

  it("lets a run of a recorder be resumed: its calls stay in their places", async () => {
    const base = temporaryFolder();
    const model = () => scripted(({ messages }) => String(messages[0]?.content));
    for (const questions of [["a"], ["a", "b"]]) {
      const store = await openRun(join(base, "run"), {});
      const { intercept } = journaledCalls(store, { concurrency: 1 });
      const llm = record(model(), join(base, "cassette.json"));
      const ask = async () => {
        for (const content of questions)
          expect((await llm.generate({ messages: [{ role: "user", content }] })).text).toBe(content);
      };
      await intercepted(intercept, ask);
      await store.close();
    }
  });
});

import { evaluate } from "tracegrad";
import { llmJudge } from "tracegrad/guides";
import { cached, type LanguageModel, limiter, type ModelReply, type ModelRequest, meter } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import type { ExternalCall, Intercept } from "../../src/util/external-call.ts";
import { intercepted, uncounted } from "../../src/util/external-call.ts";
import type { Tokens } from "../../src/util/token-count.ts";
import { temporaryFolder } from "./folder.ts";

const ask = (content: string): ModelRequest => ({ messages: [{ role: "user", content }] });

/** Lets all happen that waits for no clock, network or disk. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A model that answers when the test says so, and notes what it is asked. */
function held(name: string, asked: string[]) {
  const answers: (() => void)[] = [];
  const model: LanguageModel = {
    name,
    generate: async ({ messages }) => {
      asked.push(String(messages[0]?.content));
      await new Promise<void>((resolve) => answers.push(resolve));
      return replyOf(name);
    },
  };
  return { model, answer: () => answers.shift()?.() };
}

function replyOf(model: string): ModelReply {
  return { text: "yes", stopReason: "end", usage: { inputTokens: 3, outputTokens: 1 }, model };
}

describe("limiter", () => {
  it("holds all its models together, whatever they are", async () => {
    const limited = limiter({ concurrency: 2 });
    const asked: string[] = [];
    const [one, two] = [held("one", asked), held("two", asked)];
    const rule = limited(
      scripted(({ messages }) => {
        asked.push(String(messages[0]?.content));
        return "ruled";
      }),
    );
    const models = [limited(one.model), limited(meter(two.model)), rule];
    const replies = models.map((model, index) => model.generate(ask(String(index))));
    await settle();
    expect(asked).toEqual(["0", "1"]);
    two.answer();
    await settle();
    expect(asked).toEqual(["0", "1", "2"]);
    one.answer();
    expect((await Promise.all(replies)).map(({ text }) => text)).toEqual(["yes", "yes", "ruled"]);
  });

  it("lets a model that asks others pass on its turn, so that none waits for itself", async () => {
    const limited = limiter({ concurrency: 1 });
    let underWay = 0;
    let most = 0;
    const inner = limited({
      name: "inner",
      generate: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await settle();
        underWay -= 1;
        return replyOf("inner");
      },
    });
    const outer = limited({
      name: "outer",
      generate: async (request) => {
        const [reply] = await Promise.all([inner.generate(request), inner.generate(request), inner.generate(request)]);
        return { ...(reply as ModelReply), model: "outer" };
      },
    });
    const replies = await Promise.all([outer.generate(ask("a")), outer.generate(ask("b"))]);
    expect(replies.map(({ model }) => model)).toEqual(["outer", "outer"]);
    expect(most).toBe(1);
  });

  it("takes no turn for an answer from a folder", async () => {
    const [limited, folder, asked] = [limiter({ concurrency: 1 }), temporaryFolder(), [] as string[]];
    await cached(
      scripted(() => "kept"),
      folder,
    ).generate(ask("known"));
    const blocking = held("blocking", asked);
    const first = limited(blocking.model).generate(ask("first"));
    const known = await limited(
      cached(
        scripted(() => "new"),
        folder,
      ),
    ).generate(ask("known"));
    expect(known.text).toBe("kept");
    blocking.answer();
    await first;
  });

  it("ends the waiting at an abort, and says to the run that nothing was used", async () => {
    const [limited, asked] = [limiter({ concurrency: 1 }), [] as string[]];
    const blocking = held("blocking", asked);
    const first = limited(blocking.model).generate(ask("first"));
    const controller = new AbortController();
    const ended: (Tokens | "unknown")[] = [];
    const run: Intercept = <T>(call: ExternalCall<T>) =>
      call.perform(call.signal, { ...uncounted, ended: (used) => void ended.push(used) });
    const waiting = intercepted(run, () =>
      limited(blocking.model).generate(ask("second"), { signal: controller.signal }),
    );
    await settle();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    expect(ended).toEqual([{ inputTokens: 0, outputTokens: 0 }]);
    blocking.answer();
    await first;
    expect(asked).toEqual(["first"]);
  });

  it("keeps the name, the bound and the price of its model, and gives back its turn after an error", async () => {
    const limited = limiter({ concurrency: 1, requestsPerMinute: 100, tokensPerMinute: 1e9 });
    const down = limited({
      name: "down",
      maxTokens: 7,
      generate: async () => {
        throw new Error("down");
      },
    });
    expect(down).toMatchObject({ name: "down", maxTokens: 7 });
    for (let call = 0; call < 3; call++) await expect(down.generate(ask("a"))).rejects.toThrow("down");
    const free = limited(scripted(() => "yes", { name: "gpt-4o" }));
    const agent = async (question: string) => (await free.generate(ask(question))).text;
    const guide = async () => ({ score: 1, text: "Good." });
    const { spent } = await evaluate({ agent, guide, data: [{ input: "q", target: "yes" }] });
    expect([spent.llmCalls, spent.usd]).toEqual([1, 0]);
  });

  it.each([{ concurrency: 0 }, { requestsPerMinute: 1.5 }, { tokensPerMinute: Number.NaN }, { requests: 3 }])(
    "refuses %j by name",
    (options) => {
      const [name] = Object.keys(options) as [string];
      const message = expect.stringContaining(name);
      expect(() => limiter(options)).toThrow(expect.objectContaining({ code: "bad-option", message }));
    },
  );
});

it("in a run, the judge is asked before rollouts that wait", async () => {
  const limited = limiter({ concurrency: 1 });
  const order: string[] = [];
  const noting = (name: string, reply: Partial<ModelReply>): LanguageModel =>
    limited({
      name,
      generate: async () => {
        order.push(name);
        await settle();
        return { ...replyOf(name), ...reply };
      },
    });
  const [worker, judge] = [
    noting("rollout", {}),
    noting("judge", { stopReason: "tool", toolInput: { reason: "Good.", score: 1 } }),
  ];
  await evaluate({
    agent: async (question: string) => (await worker.generate(ask(question))).text,
    guide: llmJudge(judge, { rubric: "Says yes." }),
    data: Array.from({ length: 6 }, (_, index) => ({ input: `q${index}`, target: "yes" })),
    concurrency: 6,
  });
  expect(order).toHaveLength(12);
  // While a rollout is under way the one before it ends and asks the judge, who then is next.
  let [ahead, most] = [0, 0];
  for (const name of order) {
    ahead += name === "rollout" ? 1 : -1;
    most = Math.max(most, ahead);
  }
  expect(most).toBe(2);
});

/** What a run counts and holds of the models that it calls, whoever wrote them. */

import { type Budget, batch, bundle, parameter, type TrainOptions, type TrainResult, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import { llmJudge } from "tracegrad/guides";
import { type LanguageModel, type ModelReply, meter, meterCall } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import { optoPrime, optoPrimeMulti, textGrad } from "tracegrad/optimizers";
import { describe, expect, test } from "vitest";

/** A model of a user's own, which nothing of the library has touched. */
function own(name: string, answer: Partial<ModelReply> = {}): LanguageModel & { readonly times: () => number } {
  let times = 0;
  const generate = async (): Promise<ModelReply> => {
    times += 1;
    return { text: "yes", stopReason: "end", usage: { inputTokens: 1000, outputTokens: 100 }, model: name, ...answer };
  };
  return { name, generate, times: () => times };
}

const rewriting = { toolInput: { reasoning: "", suggestion: { prompt: "Other." } } };
const judging = { toolInput: { reason: "So so.", score: 0.5 } };
const rows = Array.from({ length: 8 }, (_, index) => ({ input: `q${index}`, target: "no" }));
const price = { input: 1, output: 1 };
const prices = { chat: price, rewriter: price, judge: price };

interface World {
  readonly chat: ReturnType<typeof own>;
  readonly rewriter: ReturnType<typeof own>;
  readonly judge: ReturnType<typeof own>;
}

type Ask = (text: string) => Promise<string>;

/** A run in which program, optimizer and judge ask models of a user's own. */
function runOf(
  budget: Budget,
  {
    via = (model) => meter(model),
    ...changes
  }: { via?: (model: LanguageModel) => LanguageModel } & Partial<TrainOptions<string, string, string>> = {},
): { world: World; result: Promise<TrainResult> } {
  const world = { chat: own("chat"), rewriter: own("rewriter", rewriting), judge: own("judge", judging) };
  const chat = via(world.chat);
  const prompt = parameter("Say yes.", { name: "prompt" });
  const ask: Ask = async (text) => (await chat.generate({ messages: [{ role: "user", content: text }] })).text;
  const asking = bundle(async function asking(text: string): Promise<string> {
    return ask(text);
  });
  const { result } = train<string, string, string>({
    agent: (question) => asking(t`${prompt} ${question}`),
    optimizer: optoPrime(prompt, { llm: world.rewriter }),
    guide: llmJudge(world.judge, { rubric: "Good." }),
    template: batch(2),
    data: split(rows, { train: 4, validation: 4 }),
    prices,
    budget,
    ...changes,
  });
  return { world, result };
}

describe("models of a user's own", () => {
  test("are counted for who called them, each call once", async () => {
    const { world, result } = runOf({ steps: 2 });
    const { spent, warnings } = await result;
    const { agent, optimizer, judge } = spent.byRole;
    expect(agent.llmCalls).toBe(world.chat.times());
    expect(optimizer.llmCalls).toBe(world.rewriter.times());
    expect(judge.llmCalls).toBe(world.judge.times());
    expect([agent.llmCalls, optimizer.llmCalls, judge.llmCalls].every((calls) => calls > 0)).toBe(true);
    expect(spent.inputTokens).toBe(1000 * spent.llmCalls);
    expect(warnings).toEqual([]);
  });

  test.each([
    ["llmCalls", { llmCalls: 10 }],
    ["tokens", { tokens: 40_000 }],
    ["usd", { usd: 0.03 }],
  ] as const)("are held to a budget of %s", async (_, limit) => {
    const { world, result } = runOf({ steps: 50, ...limit });
    const { spent, reason } = await result;
    const made = world.chat.times() + world.rewriter.times() + world.judge.times();
    expect(reason).toBe("budget");
    expect(spent.llmCalls).toBe(made);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(36);
    expect(made * 1100).toBeLessThanOrEqual("tokens" in limit ? limit.tokens : Number.POSITIVE_INFINITY);
    expect((made * 1100) / 1e6).toBeLessThanOrEqual("usd" in limit ? limit.usd : Number.POSITIVE_INFINITY);
  });

  test("too dear for the limit are named in a warning when not even the start could be scored", async () => {
    const { result } = runOf({ steps: 2, usd: 0.001 });
    const { spent, reason, warnings } = await result;
    expect([reason, spent.llmCalls]).toEqual(["budget", 0]);
    expect(warnings.join()).toMatch(
      /too small to evaluate the baseline.*of chat.*Raise budget\.usd, or give a smaller maxTokens\.$/,
    );
  });

  test("that the program calls unseen are warned of when a limit depends on them", async () => {
    const unseen = expect.stringMatching(/seen no model call of the program.*meter\(model\)/);
    const via = (model: LanguageModel): LanguageModel => model;
    expect((await runOf({ steps: 2, llmCalls: 100 }, { via }).result).warnings).toContainEqual(unseen);
    expect((await runOf({ steps: 2 }, { via }).result).warnings).not.toContainEqual(unseen);
  });

  test("are counted in every optimizer that asks", async () => {
    const prompt = () => parameter("Say yes.", { name: "prompt" });
    const several = own("rewriter", rewriting);
    const [one, two] = [own("one", rewriting), own("two", rewriting)];
    const gradients = own("gradients", { text: "Shorter." });
    const settings = { generation: "models", models: [one, two], candidates: 2, select: "bestOf" } as const;
    const optimizers = [
      [() => optoPrimeMulti(prompt(), { llm: several, ...settings }), [several, one, two]],
      [() => textGrad(prompt(), { llm: several, gradientLlm: gradients }), [several, gradients]],
    ] as const;
    for (const [make, asked] of optimizers) {
      const before = asked.reduce((sum, model) => sum + model.times(), 0);
      const optimizer = make();
      const [target] = optimizer.parameters;
      const asking = bundle(async (text: string): Promise<string> => text);
      const { spent } = await train({
        agent: (question: string) => asking(t`${target as never} ${question}`),
        optimizer: optimizer as never,
        guide: async () => ({ score: 0.5, text: "So so." }),
        template: batch(2),
        data: split(rows, { train: 4, validation: 4 }),
        budget: { steps: 1 },
      }).result;
      const made = asked.reduce((sum, model) => sum + model.times(), 0) - before;
      expect(spent.byRole.optimizer.llmCalls).toBe(made);
      expect(made).toBeGreaterThan(1);
    }
  });
});

describe("other calls of a program", () => {
  const options = {
    model: "service",
    usage: (reply: { used: number }) => ({ inputTokens: reply.used, outputTokens: 1 }),
  };

  function runAsking(ask: Ask, budget: Budget): Promise<TrainResult> {
    const prompt = parameter("Say yes.", { name: "prompt" });
    const asking = bundle(async function asking(text: string): Promise<string> {
      return ask(text);
    });
    return train<string, string, string>({
      agent: (question) => asking(t`${prompt} ${question}`),
      optimizer: optoPrime(prompt, { llm: own("rewriter", rewriting) }),
      guide: async () => ({ score: 0.5, text: "So so." }),
      template: batch(2),
      data: split(rows, { train: 4, validation: 4 }),
      prices: { service: price, rewriter: price },
      budget,
    }).result;
  }

  test("are counted and held by outside()", async () => {
    let made = 0;
    const ask: Ask = () =>
      meterCall(async () => ({ text: `yes ${++made}`, used: 7 }), options).then(({ text }) => text);
    const { spent } = await runAsking(ask, { steps: 2 });
    expect(spent.byRole.agent).toMatchObject({ llmCalls: made, inputTokens: 7 * made, outputTokens: made });
    made = 0;
    expect((await runAsking(ask, { steps: 9, llmCalls: 5 })).reason).toBe("budget");
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(5);
  });

  test("that fail stop the run in order, and are no fault of the program", async () => {
    const ask: Ask = () =>
      meterCall(async () => Promise.reject(new Error("down")), { ...options, usage: () => undefined });
    await expect(runAsking(ask, { steps: 2 })).rejects.toMatchObject({
      name: "ExternalCallError",
      code: "call-failed",
    });
    const bad = Object.assign(new Error("too long"), { status: 400 });
    const asked: Ask = () => meterCall(async () => Promise.reject(bad), { ...options, usage: () => undefined });
    expect((await runAsking(asked, { steps: 1 })).spent.byRole.agent.llmCalls).toBeGreaterThan(0);
  });

  test("that say nothing of what they used are refused under a limit of tokens, with the mend", async () => {
    const ask: Ask = () => meterCall(async () => "yes", { model: "service", usage: () => undefined });
    const failing = runAsking(ask, { steps: 2, tokens: 100_000 });
    await expect(failing).rejects.toMatchObject({ code: "uncounted" });
    const { warnings, spent } = await runAsking(ask, { steps: 2 });
    expect(warnings).toEqual([expect.stringContaining("Replies of service do not say")]);
    expect(spent.usd).toBeUndefined();
  });

  test("are made as they are outside of a run, with their own errors", async () => {
    expect(await meterCall(async () => ({ text: "hello", used: 1 }), options)).toEqual({ text: "hello", used: 1 });
    const error = new Error("down");
    await expect(meterCall(async () => Promise.reject(error), options)).rejects.toBe(error);
  });

  test("of the operator callLlm are counted", async () => {
    const model = own("chat");
    const prompt = parameter("Say yes.", { name: "prompt" });
    const { spent } = await train<string, string, string>({
      agent: (question) => operators.callLlm(model as never, prompt, question),
      optimizer: optoPrime(prompt, { llm: own("rewriter", rewriting) }),
      guide: async () => ({ score: 0.5, text: "So so." }),
      data: split(rows, { train: 4, validation: 4 }),
      budget: { steps: 1 },
    }).result;
    expect(spent.byRole.agent.llmCalls).toBe(model.times());
    expect(model.times()).toBeGreaterThan(0);
  });
});

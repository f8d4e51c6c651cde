/** Models without a price under a budget of dollars: seen before anything is spent, where they can be. */

import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { batch, bundle, evaluate, parameter, study, type TrainOptions, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import { all, code, llmJudge, staged, weighted } from "tracegrad/guides";
import { type LanguageModel, type ModelReply, mailbox, meter, record, replay } from "tracegrad/llm";
import { anthropic } from "tracegrad/llm/anthropic";
import { optoPrime, optoPrimeMulti, textGrad } from "tracegrad/optimizers";
import { basicSearch, gepa } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";

const rows = Array.from({ length: 6 }, (_, index) => ({ input: `q${index}`, target: "no" }));
const price = { input: 1, output: 1 };
const rewriting = { toolInput: { reasoning: "", suggestion: { prompt: "Other." } } };
const judging = { toolInput: { reason: "So so.", score: 0.5 } };

/** A model of a user's own. */
function own(name: string, answer: Partial<ModelReply> = rewriting): LanguageModel & { readonly times: () => number } {
  let times = 0;
  const generate = async (): Promise<ModelReply> => {
    times += 1;
    return { text: "yes", stopReason: "end", usage: { inputTokens: 1000, outputTokens: 100 }, model: name, ...answer };
  };
  return { name, generate, times: () => times };
}

const half: TrainOptions<string, string, string>["guide"] = async () => ({ score: 0.5, text: "So so." });

interface Program {
  readonly options: (changes?: Partial<TrainOptions<string, string, string>>) => TrainOptions<string, string, string>;
  /** The program's own model, which has a price. */
  readonly chat: ReturnType<typeof own>;
}

/** A program that pays for its own model, and is trained by `llm`. */
function programWith(llm: LanguageModel): Program {
  const chat = own("chat");
  const model = meter(chat);
  const options: Program["options"] = (changes = {}) => {
    const prompt = parameter("Say yes.", { name: "prompt" });
    const asking = bundle(async function asking(text: string): Promise<string> {
      return (await model.generate({ messages: [{ role: "user", content: text }] })).text;
    });
    return {
      agent: (question) => asking(t`${prompt} ${question}`),
      optimizer: optoPrime(prompt, { llm }),
      guide: half,
      template: batch(2),
      data: split(rows, { train: 2, validation: 2 }),
      prices: { chat: price },
      budget: { steps: 1, usd: 1 },
      ...changes,
    };
  };
  return { options, chat };
}

const refusal = (names: string, prices: string) => ({
  name: "ExternalCallError",
  code: "no-price",
  message: expect.stringMatching(new RegExp(`no price for ${names}\\. Give prices: \\{ ${prices} \\}`)),
});
const ofTeacher = refusal("teacher", '"teacher": \\{ input, output \\}');

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

/** The library's wrappers around a model that is paid for. */
const wrappers: readonly (readonly [string, (model: LanguageModel) => LanguageModel])[] = [
  ["itself", (model) => model],
  ["metered", meter],
  ["record", (model) => record(model, join(temporaryFolder(), "c.json"))],
  ["a copy of a metered one under another name", (model) => ({ ...meter(model), name: "other" })],
  ["record around metered around record", (model) => record(meter(record(model, file())), file())],
];

function file(): string {
  return join(temporaryFolder(), "cassette.json");
}

describe("an optimizer's model without a price is an error of train before anything is spent", () => {
  test.each(wrappers)("in steps: %s", (_, wrap) => {
    const teacher = own("teacher");
    const { options, chat } = programWith(wrap(teacher));
    expect(thrownBy(() => train(options()))).toMatchObject(ofTeacher);
    expect([teacher.times(), chat.times()]).toEqual([0, 0]);
  });

  test.each(wrappers)("in a search: %s", (_, wrap) => {
    const { options, chat } = programWith(wrap(own("teacher")));
    for (const search of [gepa(), basicSearch()]) {
      const changes = { search: search as never, template: undefined, acceptance: "best" as const };
      expect(thrownBy(() => train(options(changes)))).toMatchObject(ofTeacher);
    }
    expect(chat.times()).toBe(0);
  });

  test.each(wrappers)("in a study, of its budget: %s", async (_, wrap) => {
    const { options, chat } = programWith(wrap(own("teacher")));
    const loop = () => options({ budget: { steps: 1 } });
    const { rows: cells, spent } = await study(loop, { size: [1, 2] }, { trials: 1, budget: { usd: 1 } }).result;
    for (const { trials } of cells) {
      expect(trials[0]).toMatchObject({ status: "failed", error: ofTeacher.message });
    }
    expect([chat.times(), spent.llmCalls]).toEqual([0, 0]);
  });

  test("of a provider", () => {
    const llm = anthropic("claude-x", { apiKey: "k", baseURL: "http://127.0.0.1:9" });
    const { options } = programWith({ ...llm, name: "mine" });
    expect(thrownBy(() => train(options()))).toMatchObject(refusal("claude-x", '"claude-x": \\{ input, output \\}'));
  });

  test("of those that an algorithm is given beside it, all of them at once", () => {
    const { options } = programWith(own("teacher"));
    const prompt = parameter("Say yes.", { name: "prompt" });
    const [one, two] = [own("one"), own("two")];
    const multi = optoPrimeMulti(prompt, { llm: one, generation: "models", models: [one, own("chat"), two] });
    const both = refusal("one, two", '"one": \\{ input, output \\}, "two": \\{ input, output \\}');
    expect(thrownBy(() => train(options({ optimizer: multi as never })))).toMatchObject(both);
    const gradients = textGrad(prompt, { llm: own("chat"), gradientLlm: two });
    const ofTwo = refusal("two", '"two": \\{ input, output \\}');
    expect(thrownBy(() => train(options({ optimizer: gradients as never })))).toMatchObject(ofTwo);
  });

  test("and leaves no run folder behind", async () => {
    const folder = temporaryFolder();
    const { options } = programWith(own("teacher"));
    expect(thrownBy(() => train(options({ folder: join(folder, "run") })))).toMatchObject(ofTeacher);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a judge's model without a price is an error before anything is spent", () => {
  const judge = () => llmJudge(own("judge", judging), { rubric: "Good." });
  const ofJudge = refusal("judge", '"judge": \\{ input, output \\}');
  const guides = [
    ["by itself", judge],
    [
      "in all",
      () =>
        all(
          code(() => true),
          judge(),
        ),
    ],
    ["in weighted", () => weighted([[judge(), 1]])],
    ["in staged", () => staged(judge(), [[0, "Go on."]])],
    ["in guides in guides", () => all(all(staged(judge(), [[0, "Go on."]])))],
  ] as const;

  test.each(guides)("%s", async (_, make) => {
    const { options, chat } = programWith(mailbox(temporaryFolder()));
    const { agent, prices, budget } = options();
    const guide = make() as never;
    expect(thrownBy(() => train(options({ guide })))).toMatchObject(ofJudge);
    const evaluating = evaluate({ agent, guide, data: rows, prices, budget: { usd: budget?.usd as number } } as never);
    await expect(evaluating).rejects.toMatchObject(ofJudge);
    expect(chat.times()).toBe(0);
  });

  test("which a function of the user's hides, is met at its first call", async () => {
    const { options, chat } = programWith(mailbox(temporaryFolder()));
    const hidden = judge();
    const { result } = train(options({ guide: ((...args: never[]) => (hidden as Function)(...args)) as never }));
    await expect(result).rejects.toMatchObject(ofJudge);
    expect(chat.times()).toBeGreaterThan(0);
  });
});

describe("nothing is refused", () => {
  test("where there is no budget of dollars, or every model has a price", async () => {
    const teacher = own("teacher");
    const { options } = programWith(teacher);
    expect((await train(options({ budget: { steps: 1, llmCalls: 50 } })).result).spent.usd).toBeUndefined();
    const { spent } = await train(options({ prices: { chat: price, teacher: price } })).result;
    expect(spent.byRole.optimizer.usd).toBeCloseTo(1100e-6, 12);
    expect(teacher.times()).toBe(2);
  });

  /** Models that cost nothing, and wrappers around them. */
  const free: readonly (readonly [string, () => LanguageModel])[] = [
    ["scripted", () => scripted(() => rewriting)],
    ["metered", () => meter(scripted(() => rewriting))],
    [
      "record",
      () =>
        record(
          scripted(() => rewriting),
          file(),
        ),
    ],
    ["a copy", () => ({ ...record(meter(scripted(() => rewriting)), file()), name: "other" })],
  ];

  test.each(free)("for a model that is free: %s", async (_, make) => {
    const { options } = programWith(make());
    const { spent, warnings } = await train(options()).result;
    expect(spent.byRole.optimizer).toMatchObject({ llmCalls: 1, usd: 0 });
    expect(spent.byRole.optimizer.inputTokens).toBeGreaterThan(0);
    expect(spent.usd).toBe(spent.byRole.agent.usd);
    expect(warnings).toEqual([]);
  });

  test("for a replay, which costs what the prices say when they name its model", async () => {
    const cassette = file();
    const recorded = programWith(record(own("teacher"), cassette));
    const whole = { chat: price, teacher: price };
    const first = (await train(recorded.options({ prices: whole })).result).spent;
    const again = async (prices: typeof whole | { chat: typeof price }) =>
      (await train(programWith(replay(cassette)).options({ prices })).result).spent;
    expect((await again(whole)).byRole).toEqual(first.byRole);
    expect((await again({ chat: price })).byRole).toEqual({
      ...first.byRole,
      optimizer: { ...first.byRole.optimizer, usd: 0 },
    });
  });

  test("for a mailbox behind wrappers, and a resumed run counts the free calls as such", async () => {
    const folder = temporaryFolder();
    const answer = async (path: string) =>
      writeFile(path, `model: me\n${JSON.stringify(rewriting.toolInput)}`).catch(() => undefined);
    const mail = (): LanguageModel => mailbox(folder, { pollMs: 1, onWaiting: (path) => void answer(path) });
    const run = (steps: number, llm: LanguageModel) =>
      train(programWith(llm).options({ folder: join(folder, "run"), budget: { steps, usd: 1 } })).result;
    expect((await run(1, record(meter(mail()), file()))).spent.byRole.optimizer).toMatchObject({ usd: 0 });
    const { spent } = await run(
      2,
      scripted(() => rewriting, { name: "mailbox" }),
    );
    expect(spent.byRole.optimizer).toMatchObject({ llmCalls: 2, usd: 0 });
    const { spent: later } = await run(
      3,
      scripted(() => rewriting, { name: "mailbox" }),
    );
    expect(later.byRole.optimizer).toMatchObject({ llmCalls: 3, usd: 0 });
    expect(later.usd).toBe(later.byRole.agent.usd);
  });
});

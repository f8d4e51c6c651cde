import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { bundle, credit, node, parameter, trace } from "tracegrad";
import { optoPrimeAlgorithm } from "tracegrad/extend";
import type { ModelRequest } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { type ScriptedModel, scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { blocksOf, sectionsOf, suggest, textOf, variablesOf } from "../readers.ts";

const { add, makeList } = operators;

/** The text of the prompt alone, without the labels of images. */
function promptOf(request: ModelRequest | undefined): string {
  const content = request?.messages[0]?.content ?? "";
  return typeof content === "string" ? content : (content[0] as { text: string }).text;
}
const lastOf = (llm: ScriptedModel) => promptOf(llm.calls.at(-1));
const past = (llm: ScriptedModel) => sectionsOf(lastOf(llm))["Past steps"] ?? "";

/** Steps with one number, whose feedback and model's answers are given. */
async function steps(
  rounds: readonly { readonly feedback: unknown; readonly suggestion?: unknown }[],
  options: object = {},
) {
  const a = parameter(0, { name: "a", constraint: "Below 100." });
  const llm = scripted(() => suggest(rounds[step]?.suggestion ?? {}));
  const optimizer = optoPrime(a, { llm, maxRetries: 0, ...options });
  let step = 0;
  for (; step < rounds.length; step++) {
    trace(() => add(a, 1)).backward(rounds[step]?.feedback as never);
    await optimizer.step();
  }
  return { llm, optimizer, a };
}

describe("memory", () => {
  const scores = [0.2, 0.9, undefined, 0.4, 0.1];
  const rounds = scores.map((score, index) => ({
    feedback: { text: `round${index}`, ...(score === undefined ? {} : { score }) },
    suggestion: { a: index + 1 },
  }));
  const shownRounds = (text: string) => [...text.matchAll(/Feedback: round(\d)/g)].map((match) => Number(match[1]));

  it("keeps the score of each step, and none where there was none", async () => {
    const { optimizer } = await steps(rounds, { memorySize: 9 });
    const { rounds: kept } = optimizer.toJSON().memory as { rounds: { score?: number }[] };
    expect(kept.map(({ score }) => score)).toEqual(scores);
    expect(Object.hasOwn(kept[2] as object, "score")).toBe(false);
  });

  it("shows the last steps, the newest last, unless it is told otherwise", async () => {
    const { llm } = await steps(rounds, { memorySize: 3 });
    expect(shownRounds(past(llm))).toEqual([1, 2, 3]);
    expect(past(llm)).toMatch(/^## Step 1$/m);
    expect(past(llm)).not.toContain("(score");
  });

  it("shows the best steps by score, the best last, and never loses the newest", async () => {
    const { llm, optimizer } = await steps(rounds, { memorySize: 3, memoryOrder: "score" });
    expect(shownRounds(past(llm))).toEqual([0, 3, 1]);
    const { rounds: kept } = optimizer.toJSON().memory as { rounds: { feedback: string }[] };
    expect(kept.map(({ feedback }) => feedback.slice(0, 6))).toEqual(["round4", "round3", "round1"]);
    const one = await steps(rounds, { memorySize: 1, memoryOrder: "score" });
    expect(shownRounds(past(one.llm))).toEqual([3]);
  });

  it("heads each step by its score when that is asked for", async () => {
    const { llm } = await steps(rounds, { memorySize: 3, memoryScores: true });
    expect(past(llm).match(/^## .*$/gm)).toEqual([
      "## Step 1 (score 0.9)",
      "## Step 2 (no score)",
      "## Step 3 (score 0.4)",
    ]);
  });

  it("goes on from its JSON as if it had never been written", async () => {
    const algorithm = optoPrimeAlgorithm({ memorySize: 3, memoryOrder: "score", memoryScores: true, maxRetries: 0 });
    const run = async (pass: <S>(state: S) => S) => {
      const a = parameter(0, { name: "a" });
      const llm = scripted((_, index) => suggest(index === 1 ? { a: "no" } : { a: index }));
      let state = algorithm.init([a as never]);
      for (const score of [3, 1, 2, 5]) {
        const given = credit(
          trace(() => add(a, 1)),
          { text: "?", score },
        );
        [, state] = await algorithm.propose(given, pass(state), { parameters: [a as never], llm, signal: undefined });
      }
      return { state, calls: llm.calls };
    };
    const through = await run((state) => JSON.parse(JSON.stringify(state)) as typeof state);
    expect(through).toEqual(await run((state) => state));
    expect(JSON.stringify(through.calls.at(-1))).toContain("Proposed then and refused");
  });
});

describe("a refusal that stands at the end of a step", () => {
  const refused = [{ feedback: "More.", suggestion: { a: "much" } }, { feedback: "More." }];

  it("is told to the next step: what was proposed, and why it was refused", async () => {
    const { llm, a } = await steps(refused, { memorySize: 2 });
    expect(a.version).toBe(0);
    expect(past(llm)).toMatch(
      /Feedback: More\.\nProposed then and refused, so nothing was changed:\n- a = "much": expected a number, got a string \(constraint: Below 100\.\)$/,
    );
  });

  it("is forgotten without memory, and not told of a step that succeeded at the second attempt", async () => {
    expect(lastOf((await steps(refused)).llm)).not.toContain("refused");
    const a = parameter(0, { name: "a" });
    const llm = scripted((_, index) => suggest({ a: index === 0 ? "much" : 5 }));
    const optimizer = optoPrime(a, { llm, memorySize: 2 });
    for (const _ of [1, 2]) {
      trace(() => add(a, 1)).backward("More.");
      await optimizer.step();
    }
    expect(a.data).toBe(5);
    expect(past(llm)).toContain("Feedback: More.");
    expect(past(llm)).not.toContain("refused");
  });

  it("of an endless answer is told in bounds", async () => {
    const { llm } = await steps([{ feedback: "?", suggestion: { a: "x".repeat(1_000_000) } }, { feedback: "?" }], {
      memorySize: 1,
    });
    expect(past(llm)).toContain("The value has 1000000 characters");
    expect(past(llm).length).toBeLessThan(1_500);
  });
});

describe("focus", () => {
  function program() {
    const a = parameter(1, { name: "a", doc: "The first." });
    const b = parameter(2, { name: "b" });
    return { a, b, run: () => trace(() => add(a, b)) };
  }

  it.each([
    ["names", () => ["a"]],
    ["parameters", (a: unknown) => [a]],
  ])("on %s leaves the others fixed, and shows them with their values", async (_what, focusOf) => {
    const { a, b, run } = program();
    const llm = scripted(() => suggest({ a: 10 }));
    const optimizer = optoPrime([a, b], { llm, focus: focusOf(a) as never });
    run().backward("More.");
    const result = await optimizer.step();
    expect(Object.keys(variablesOf(lastOf(llm)))).toEqual(["a"]);
    expect(sectionsOf(lastOf(llm))["Fixed values"]).toBe("(number) b = 2");
    expect([a.data, b.data, result.unreached]).toEqual([10, 2, []]);
    expect(optimizer.settings).toMatchObject({ focus: ["a"] });
  });

  it("leaves out what is proposed for the others, and says so", async () => {
    const { a, b, run } = program();
    const optimizer = optoPrime([a, b], { llm: scripted(() => suggest({ a: 10, b: 3 })), focus: ["a"] });
    run().backward("More.");
    const result = await optimizer.step();
    expect(result.refused).toEqual([]);
    expect(result.dropped).toMatchObject([
      { name: "b", reason: expect.stringContaining("The variables are: a.") as string },
    ]);
    expect([a.data, b.data]).toEqual([10, 2]);
  });

  it("shows the others also when only the feedback is carried", async () => {
    const { a, b, run } = program();
    const llm = scripted(() => suggest({}));
    const full = credit(run(), "More.");
    const signals = new Map([...full.signals].map(([key, signal]) => [key, { ...signal, subgraph: undefined }]));
    await optoPrime([a, b], { llm, focus: [b] as never }).step({ ...full, signals });
    expect(Object.keys(variablesOf(lastOf(llm)))).toEqual(["b"]);
    expect(sectionsOf(lastOf(llm))["Fixed values"]).toBe("(number) a = 1 // The first.");
  });

  it("on a name that is unknown, or that no feedback reaches, is a clear error", async () => {
    const { a, b, run } = program();
    const llm = scripted(() => suggest({}));
    expect(() => optoPrime([a, b], { llm, focus: ["a", "c"] })).toThrow(
      '`focus` names "c", which is not a trainable parameter of this optimizer. Its parameters are: a, b.',
    );
    expect(() => optoPrime(a, { llm, focus: [b as never] })).toThrow('names the parameter "b"');
    expect(() => optoPrime(a, { llm, focus: [] })).toThrow("with at least one");
    const far = parameter(1, { name: "far" });
    const optimizer = optoPrime([a, far], { llm, focus: ["far"] });
    run().backward("?");
    await expect(optimizer.step()).rejects.toMatchObject({
      code: "no-feedback",
      message: expect.stringContaining("far") as string,
    });
    expect(llm.calls).toEqual([]);
  });
});

describe("images", () => {
  const image = (data: string) => ({
    type: "image",
    mediaType: "image/png",
    data: `iVBORw0KGgo${"A".repeat(5)}${Buffer.from(data.repeat(400)).toString("base64")}`,
  });
  it("are shown as images and named in the text: variables, inputs and outputs, then those of the feedback", async () => {
    const logo = parameter(image("logo"), { name: "logo", doc: "The logo." });
    const photo = node(image("photo"), { name: "photo" });
    const llm = scripted(() => suggest({}));
    const feedback = { text: "Brighter.", images: [{ mediaType: "image/jpeg", data: "AA==" }] };
    const run = trace(() => operators.get(makeList(logo, photo), 0));
    run.backward(feedback);
    await optoPrime(logo, { llm, memorySize: 1 }).step();

    const blocks = blocksOf(llm.calls[0]);
    const prompt = promptOf(llm.calls[0]);
    expect(variablesOf(prompt)).toEqual({ logo: { kind: "image", value: "[image 1]" } });
    expect(sectionsOf(prompt).Inputs).toContain("(image) photo = [image 2]");
    expect(sectionsOf(prompt).Code).toContain("list_1 = [logo, photo]");
    expect(sectionsOf(prompt).Outputs).toBe("(image) get_1 = [image 1]");
    expect(prompt).not.toContain(logo.data.data.slice(0, 200));
    expect(blocks.slice(1)).toEqual([
      { type: "text", text: "[image 1], the value of logo, get_1:" },
      { type: "image", mediaType: "image/png", data: logo.data.data },
      { type: "text", text: "[image 2], the value of photo:" },
      { type: "image", mediaType: "image/png", data: photo.data.data },
      { type: "text", text: "The images of the feedback:" },
      { type: "image", mediaType: "image/jpeg", data: "AA==" },
    ]);
  });

  it.each(["json", "xml"] as const)(
    "are rewritten by images only, in %s, and remembered without their data",
    async (format) => {
      const logo = parameter(image("logo"), { name: "logo" });
      const next = image("next");
      const said = (value: unknown) =>
        format === "json"
          ? suggest({ logo: value })
          : `<variable><name>logo</name><value>${JSON.stringify(value)}</value></variable>`;
      const answers = [said("a red dot"), said(next), said({ kind: "image" })];
      const llm = scripted((_, index) => answers[Math.min(index, 2)] as never);
      const optimizer = optoPrime(logo, { llm, format, memorySize: 2 });
      const run = () => trace(() => makeList(logo)).backward("Brighter.");
      run();
      await optimizer.step();
      expect(textOf(llm.calls[1] as never, -1)).toContain("logo: expected an image, got a string");
      expect(logo.data).toEqual(next);
      run();
      const result = await optimizer.step();
      expect(result.refused).toMatchObject([{ name: "logo", reason: "expected an image, got a record" }]);
      expect(logo.data).toEqual(next);
      expect(sectionsOf(textOf(llm.calls[2] as never))["Past steps"]).toContain(
        "logo:\n```\n[an image (image/png), not shown]\n```",
      );
      expect(JSON.stringify(optimizer.toJSON().memory).length).toBeLessThan(1_000);
    },
  );

  it("are shown wherever they stand in a value, and in what is put together from others", async () => {
    const instruction = parameter("Describe it.", { name: "instruction" });
    const [stored, written] = [image("stored"), image("written")];
    const album = node({ pages: [{ title: "One", photo: stored }] }, { name: "album" });
    const ask = bundle((messages: unknown, _album: unknown) => JSON.stringify(messages).length, { name: "ask" });
    const llm = scripted(() => suggest({}));
    trace(() =>
      ask([{ role: "user", content: [{ type: "text", text: instruction }, written] }], album as never),
    ).backward("Shorter.");
    await optoPrime(instruction, { llm }).step();
    const prompt = promptOf(llm.calls[0]);
    expect(sectionsOf(prompt).Inputs).toContain('album = { pages: [{ title: "One", photo: [image 1] }] }');
    expect(sectionsOf(prompt).Code).toContain("text: instruction }, [an image (image/png)]]");
    expect(blocksOf(llm.calls[0]).slice(1)).toEqual([
      { type: "text", text: "[image 1], the value of album.pages[0].photo:" },
      stored,
      { type: "text", text: expect.stringMatching(/^\[image 2\], the value of \w+\[0\]\.content\[1\]:$/) },
      written,
    ]);
  });

  it("cost nothing where values cannot be read", async () => {
    const unreadable = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    const p = parameter("x", { name: "p" });
    const llm = scripted(() => suggest({}));
    trace(() => makeList<unknown>(p, node({ a: unreadable }, { name: "odd" }))).backward("?");
    await optoPrime(p, { llm }).step();
    expect(sectionsOf(lastOf(llm)).Inputs).toContain("odd = ");
  });

  it("are no more than the most, those nearest to the output first, and none of a value that was left out", async () => {
    const p = parameter("x", { name: "p" });
    const photos = ["far", "near"].map((name) => node(image(name), { name }));
    const llm = scripted(() => suggest({}));
    const run = () => trace(() => makeList(makeList(p, photos[0] as never), photos[1] as never));
    run().backward("?");
    await optoPrime(p, { llm, maxImages: 1 }).step();
    expect(sectionsOf(lastOf(llm)).Inputs).toBe(
      "(image) far = [an image (image/png), not shown]\n(image) near = [image 1]",
    );
    expect(blocksOf(llm.calls[0]).filter(({ type }) => type === "image")).toEqual([photos[1]?.data]);

    const chain = () =>
      trace(() => {
        let at = makeList(p, photos[0] as never) as never;
        // Lists of a length that does not repeat, so that each is written out.
        for (let step = 0; step < 1_000; step++) {
          const more = Array.from({ length: Math.floor(step * 1.618 * 17) % 7 }, () => p);
          at = makeList(at, ...(more as never[])) as never;
        }
        return at;
      });
    chain().backward("?");
    await optoPrime(p, { llm, maxPromptTokens: 1_000 }).step();
    expect(lastOf(llm)).toContain("are left out");
    expect(typeof llm.calls[1]?.messages[0]?.content).toBe("string");
  });
});

describe("what is told beside the problem", () => {
  const propose = async (settings: object, context: object, request = "?") => {
    const a = parameter(0, { name: "a" });
    const llm = scripted(() => suggest({}));
    const algorithm = optoPrimeAlgorithm(settings);
    const given = credit(
      trace(() => add(a, 1)),
      request,
    );
    await algorithm.propose(given, algorithm.init([a as never]), {
      ...{ parameters: [a as never], llm, signal: undefined },
      ...context,
    });
    return llm.calls[0] as ModelRequest;
  };
  const section = (request: ModelRequest, title: string) =>
    new RegExp(`^# ${title}\\n([^]*?)\\n\\n# `, "m").exec(promptOf(request))?.[1];

  it("stands in sections of its own, which are not there when nothing is told", async () => {
    const plain = await propose({}, {});
    expect(promptOf(plain)).not.toMatch(/^# (Problem context|Context)$/m);
    const request = await propose({ problemContext: "Of a shop." }, { note: "An idea: be brief." });
    expect(section(request, "Problem context")).toBe("Of a shop.");
    expect(section(request, "Context")).toBe("An idea: be brief.");
    expect(promptOf(request).indexOf("# Context")).toBeLessThan(promptOf(request).indexOf("# Your answer"));
    expect(optoPrimeAlgorithm({ problemContext: "Of a shop." }).settings).toMatchObject({
      problemContext: "Of a shop.",
    });
    expect(promptOf(await propose({ problemContext: " " }, { note: "" }))).toBe(promptOf(plain));
  });

  it("has a temperature that stands above the setting", async () => {
    expect(await propose({ temperature: 0.2 }, {})).toMatchObject({ temperature: 0.2 });
    expect(await propose({ temperature: 0.2 }, { temperature: 0 })).toMatchObject({ temperature: 0 });
    expect(await propose({}, {})).not.toHaveProperty("temperature");
  });

  it("never stops a step: a note that has no room is cut", async () => {
    const request = await propose(
      { maxPromptTokens: 1_000 },
      { note: `Start. ${"a word ".repeat(140_000)}` },
      "f".repeat(1_000),
    );
    expect(countTokens(promptOf(request))).toBeLessThanOrEqual(1_050);
    expect(section(request, "Context")).toMatch(/^Start\. (a word )+.*… \(.* left out\) …[a word]+$/);
    expect(section(request, "Feedback")).toBe("f".repeat(1_000));
    expect(promptOf(await propose({ maxPromptTokens: 400 }, { note: "n".repeat(5_000) }, "f".repeat(500)))).toContain(
      "f".repeat(500),
    );
  });
});

describe("the options", () => {
  it.each([
    [{ memoryOrder: "best" }, '`memoryOrder` must be "recent" or "score"; got "best".'],
    [{ maxImages: -1 }, "`maxImages`"],
    [{ maxValueCharacters: 0 }, "`maxValueCharacters`"],
    [{ focus: "a" }, "`focus` must be a list"],
    [{ format: null }, "`format` must be"],
  ])("are refused by name: %j", (options, message) => {
    expect(() => optoPrimeAlgorithm(options as never)).toThrow(message);
  });

  it("are told as data, all that decide a step", () => {
    const { settings } = optoPrimeAlgorithm({ format: "xml", memoryOrder: "score", memoryScores: true, maxImages: 3 });
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
    expect(settings).toMatchObject({
      format: "xml",
      memoryOrder: "score",
      memoryScores: true,
      maxImages: 3,
      memorySize: 0,
    });
  });
});

import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { batchify, bundle, node, parameter, t, trace } from "tracegrad";
import { oproAlgorithm, waitingCredits } from "tracegrad/extend";
import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import { type OproAlgorithmOptions, type OproState, opro } from "tracegrad/optimizers";
import { sum } from "tracegrad/propagators";
import { type ScriptedAnswer, scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { answering, seeded, suggest, textOf } from "../readers.ts";

const { add } = operators;

interface Read {
  readonly score: string;
  readonly note: string;
  readonly values: Readonly<Record<string, string>>;
}

const titles = [
  "Objective",
  "Note",
  "Variables",
  "Solutions",
  "Current solution",
  "Examples",
  "Feedback",
  "Your answer",
] as const;

/** The sections of OPRO's prompt by title. */
function sectionsOf(prompt: string): { readonly [title in (typeof titles)[number]]?: string } {
  const parts = prompt.split(new RegExp(`^# (${titles.join("|")})\\n`, "m"));
  const sections: Record<string, string> = {};
  for (let at = 1; at < parts.length; at += 2) sections[parts[at] as string] = (parts[at + 1] as string).trimEnd();
  return sections;
}

function solutionsIn(section = ""): readonly Read[] {
  return section.split(/^## Score: /m).flatMap((part) => {
    const head = /^(\S+)(?: \((.*)\))?\n/.exec(part);
    if (head === null) return [];
    const found = [...part.matchAll(/^([A-Za-z_$][\w$]*):\n(`{3,})\n([^]*?)\n\2$/gm)];
    const values = Object.fromEntries(found.map(([, name, , text]) => [name as string, text as string]));
    return [{ score: head[1] as string, note: head[2] ?? "", values }];
  });
}

/** The solutions that a request shows, the worst first. */
const shownIn = (request: ModelRequest | undefined) =>
  solutionsIn(sectionsOf(textOf(request as ModelRequest)).Solutions);

const bits = 10;
const ones = (text: string) => [...text].filter((bit) => bit === "1").length / bits;

/** A text of ten bits whose score is the share of ones, and nothing else is said. */
function oneMax() {
  const code = parameter("0".repeat(bits), { name: "code", constraint: `${bits} binary digits.` });
  const run = () => trace(() => t`<${code}>`);
  return { code, run, score: () => ones(code.data) };
}

/** A model that changes one bit of the best solution with probability `skill`, and else guesses. */
function climber(skill: number, seed: number) {
  const random = seeded(seed);
  for (let warm = 0; warm < 10; warm++) random();
  return scripted((request) => {
    const best = shownIn(request).at(-1)?.values["code"] as string;
    const at = Math.floor(random() * bits);
    const climbed = [...best].with(at, best[at] === "1" ? "0" : "1").join("");
    const guess = Array.from({ length: bits }, () => (random() < 0.5 ? "0" : "1")).join("");
    return suggest({ code: random() < skill ? climbed : guess });
  });
}

/** The best score that OPRO found in `steps` steps. */
async function climbed(llm: LanguageModel, steps: number, settings: OproAlgorithmOptions = {}): Promise<number> {
  const { code, run, score } = oneMax();
  const optimizer = opro(code, { llm, ...settings });
  let best = 0;
  for (let step = 0; step < steps; step++) {
    best = Math.max(best, score());
    run().backward(score());
    await optimizer.step();
  }
  return Math.max(best, score());
}

/** Two numbers that should add up to 100, told by a score only. */
function sums() {
  const a = parameter(0, { name: "a", doc: "The first number." });
  const b = parameter(10, { name: "b", constraint: "An integer." });
  const run = () => trace(() => add(a, b));
  const score = () => 1 - Math.min(1, Math.abs(100 - a.data - b.data) / 100);
  return { a, b, run, score };
}

async function stepped(settings: OproAlgorithmOptions, answer: ScriptedAnswer, score = 0.1) {
  const { a, b, run } = sums();
  const llm = scripted(() => answer);
  const optimizer = opro([a, b], { llm, ...settings });
  run().backward({ score, text: "Too little." });
  return { result: await optimizer.step(), llm, a, b, optimizer };
}

describe("OPRO", () => {
  it("finds the optimum when its model follows what the scores say", async () => {
    const { a, b, run, score } = sums();
    // Reads two solutions and their scores, and follows the line through them.
    const llm = scripted((request) => {
      const [one, other] = shownIn(request).slice(-2);
      const at = (read: Read | undefined) => Number(read?.values["a"]);
      if (other === undefined) return suggest({ a: 20 });
      const slope = (Number(other.score) - Number(one?.score)) / (at(other) - at(one));
      return suggest({ a: at(other) + (100 - Number(other.score)) / slope });
    });
    const optimizer = opro([a, b], { llm });
    for (let step = 0; step < 2; step++) {
      run().backward(score());
      await optimizer.step();
    }
    expect([a.data, b.data]).toEqual([90, 10]);
    expect(score()).toBe(1);
  });

  it("gets better with the skill of its model", async () => {
    const means: number[] = [];
    for (const skill of [0, 0.5, 1]) {
      const scores = await Promise.all(
        Array.from({ length: 20 }, (_, seed) => climbed(climber(skill, seed * 7919 + 1), 25)),
      );
      means.push(scores.reduce((x, y) => x + y, 0) / scores.length);
    }
    expect(means[1]).toBeGreaterThan((means[0] as number) + 0.02);
    expect(means[2]).toBeGreaterThan((means[1] as number) + 0.02);
    expect(means[2]).toBeGreaterThan(0.9);
  });

  it("shows the solutions in ascending order of the score, each once, the best `history` of them", async () => {
    const { code, run, score } = oneMax();
    const llm = climber(0, 3);
    const optimizer = opro(code, { llm, historySize: 4 });
    for (let step = 0; step < 12; step++) {
      run().backward(score());
      await optimizer.step();
    }
    for (const [index, request] of llm.calls.entries()) {
      const shown = shownIn(request);
      const scores = shown.map((one) => Number(one.score));
      expect(scores).toEqual([...scores].sort((x, y) => x - y));
      expect(shown.map((one) => ones(one.values["code"] as string) * 100)).toEqual(scores);
      expect(new Set(shown.map((one) => one.values["code"])).size).toBe(shown.length);
      expect(shown).toHaveLength(Math.min(index + 1, 4));
    }
    expect((optimizer.toJSON().memory as OproState).history).toHaveLength(4);
  });

  it("averages the scores of a solution that ran again, and says how often it ran", async () => {
    const { a, b, run } = sums();
    const llm = scripted(() => suggest({}));
    const optimizer = opro([a, b], { llm, maxRetries: 0 });
    for (const score of [0.2, 0.4, 0.9]) {
      run().backward(score);
      await optimizer.step();
    }
    expect(shownIn(llm.calls[2])).toEqual([
      { score: "50", note: "mean of 3 runs; the current solution", values: { a: "0", b: "10" } },
    ]);
  });

  it("shows scores outside 0 to 1 as they are, and all of them when it is told so", async () => {
    const shown = async (score: number, settings: OproAlgorithmOptions = {}) =>
      shownIn((await stepped(settings, suggest({ a: 1 }), score)).llm.calls[0])[0]?.score;
    expect(await shown(0.731)).toBe("73");
    expect(await shown(0.731, { buckets: 20 })).toBe("15");
    expect(await shown(0.731, { buckets: 0 })).toBe("0.731");
    expect(await shown(-12.5)).toBe("-12.5");
    expect(await shown(1234.56789)).toBe("1234.57");
  });

  it("drops solutions below the threshold, but shows what runs now apart", async () => {
    const { a, b, run } = sums();
    const llm = scripted((_, index) => suggest({ a: index + 1 }));
    const optimizer = opro([a, b], { llm, threshold: 0.3 });
    for (const score of [0.5, 0.1]) {
      run().backward(score);
      await optimizer.step();
    }
    const sections = sectionsOf(textOf(llm.calls[1] as ModelRequest));
    expect(solutionsIn(sections.Solutions)).toMatchObject([{ score: "50", note: "", values: { a: "0" } }]);
    expect(solutionsIn(sections["Current solution"])).toMatchObject([{ score: "10", values: { a: "1", b: "10" } }]);
  });

  it("refuses a solution that was tried, and takes a new one in its place", async () => {
    const { a, b, run } = sums();
    const answers = [suggest({ a: 7 }), suggest({ a: 0 }), suggest({ a: 0, b: 11 })];
    const llm = scripted((_, index) => answers[index] as ScriptedAnswer);
    const optimizer = opro([a, b], { llm });
    run().backward(0.1);
    await optimizer.step();
    run().backward(0.2);
    const result = await optimizer.step();
    expect([a.data, b.data]).toEqual([0, 11]);
    expect(result.exchanges).toHaveLength(2);
    expect(textOf(llm.calls[2] as ModelRequest, -1)).toContain("was tried before; its score is 10");
  });

  it("knows a repeated solution behind a projection", async () => {
    const word = parameter("hello", { name: "word", projections: [(value) => value.trim()] });
    const llm = scripted(() => suggest({ word: "  hello " }));
    trace(() => t`${word}!`).backward(0.5);
    const result = await opro(word, { llm, maxRetries: 0 }).step();
    expect(result.refused).toMatchObject([{ reason: /current solution, unchanged/ }]);
    expect(word.version).toBe(0);
  });

  it("draws more samples until one is valid and new, and no more", async () => {
    const { a, b, run } = sums();
    const answers: ScriptedAnswer[] = ["nothing", suggest({ a: "one" }), suggest({ a: 5 }), suggest({ a: 6 })];
    const llm = scripted((_, index) => answers[index] as ScriptedAnswer);
    run().backward(0.1);
    const result = await opro([a, b], { llm, maxSamples: 4, maxRetries: 0 }).step();
    expect([a.data, result.exchanges.length, result.refused]).toEqual([5, 3, []]);
    expect(llm.calls[0]).toEqual(llm.calls[2]);
    expect(llm.calls[0]?.temperature).toBe(1);
  });

  it("needs a score, and says so before any model is asked", async () => {
    const { a, b, run } = sums();
    const llm = scripted(() => suggest({ a: 1 }));
    run().backward("Too little.");
    await expect(opro([a, b], { llm }).step()).rejects.toMatchObject({
      code: "no-score",
      message: expect.stringMatching(/backward\(\{ score/),
    });
    expect(llm.calls).toHaveLength(0);
  });

  it.each([
    ["historySize", 0],
    ["maxSamples", 1.5],
    ["maxRetries", -1],
    ["maxExemplars", Number.NaN],
    ["threshold", Number.NaN],
    ["temperature", Infinity],
  ])("names the option %s when it is %s", (option, value) => {
    expect(() => oproAlgorithm({ [option]: value })).toThrow(new RegExp(`\`${option}\` must be a .*; got ${value}`));
  });

  it("rewrites code and data together", async () => {
    const grow = bundle(
      function grow(values: readonly number[]): number {
        return values.length;
      },
      { trainable: true },
    );
    const values = parameter([1, 2, 3], { name: "values" });
    const run = () => trace(() => grow(values));
    const source = "function grow(values: readonly number[]): number {\n  return values[0] * 100;\n}";
    const llm = scripted((request) => {
      const [current] = shownIn(request);
      return current?.values["grow"]?.includes("values.length") === true && current.values["values"] === "[1,2,3]"
        ? suggest({ grow: source, values: [9] })
        : suggest({});
    });
    run().backward(0);
    const result = await opro({ grow, values }, { llm }).step();
    expect(result.refused).toEqual([]);
    expect(run().value).toBe(900);
    expect(sectionsOf(textOf(llm.calls[0] as ModelRequest)).Variables).toMatch(/Signature to keep: .*grow\(values/);
  });

  it("asks by the note and the temperature of a search", async () => {
    const { a, b, run, optimizer, llm } = { ...sums(), ...(await stepped({}, suggest({ a: 1 }))) };
    const credit = run().backward(0.4);
    await optimizer.propose(credit, optimizer.memory, { note: "Try primes.", temperature: 0.2 });
    const [, request] = llm.calls;
    expect(sectionsOf(textOf(request as ModelRequest)).Note).toBe("Try primes.");
    expect(request?.temperature).toBe(0.2);
    expect([a.data, b.data]).toEqual([1, 10]);
  });
});

describe("OPRO's examples", () => {
  const ask = bundle(function ask(prompt: string, question: string): string {
    return `${prompt}:${question}`;
  });
  const prompt = () => parameter("Answer", { name: "prompt" });
  const examplesOf = (llm: { readonly calls: readonly ModelRequest[] }) =>
    sectionsOf(textOf(llm.calls[0] as ModelRequest)).Examples ?? "";

  it("are the first members of the batch, each with its input, output and feedback", async () => {
    const instruction = prompt();
    const graphs = ["one", "two", "three", "four"].map((question) =>
      trace(() => ask(instruction, node(question, { name: "question" }))),
    );
    const llm = scripted(() => suggest({ prompt: "Reply" }));
    batchify(graphs).backward(graphs.map((_, index) => ({ score: index / 4, text: `Expected ${index}.` })));
    await opro(instruction, { llm }).step();
    const examples = examplesOf(llm);
    expect(examples.match(/^## Example/gm)).toHaveLength(3);
    expect(examples).toContain('question = "two"');
    expect(examples).toContain('"Answer:two"');
    expect(examples).toContain("Expected 1.\nScore: 25");
    expect(examples).not.toContain("three:four");
    expect(sectionsOf(textOf(llm.calls[0] as ModelRequest)).Feedback).toBeUndefined();
    expect(instruction.data).toBe("Reply");
  });

  it("go with the feedback on each also when the runs were judged one by one", async () => {
    const instruction = prompt();
    const llm = scripted(() => suggest({ prompt: "Reply" }));
    for (const question of ["one", "two"]) {
      trace(() => ask(instruction, node(question, { name: "question" }))).backward({ score: 0.5, text: question });
    }
    await opro(instruction, { llm }).step();
    const sections = sectionsOf(textOf(llm.calls[0] as ModelRequest));
    expect(sections.Examples?.match(/^## Example/gm)).toHaveLength(2);
    expect(sections.Examples).toMatch(/two/);
    expect(sections.Feedback).toBeUndefined();
  });

  it("are cut where they are long, and left out when none are wanted", async () => {
    for (const exemplars of [0, 1]) {
      const instruction = prompt();
      const llm = scripted(() => suggest({ prompt: "Reply" }));
      trace(() => ask(instruction, "x".repeat(100_000))).backward({ score: 0.5, text: "y".repeat(100_000) });
      await opro(instruction, { llm, maxExemplars: exemplars }).step();
      expect(examplesOf(llm).length > 0).toBe(exemplars === 1);
      expect(textOf(llm.calls[0] as ModelRequest).length).toBeLessThan(6_000);
    }
  });

  it("are missing, but for the feedback, where no graph is carried", async () => {
    const instruction = prompt();
    const llm = scripted(() => suggest({ prompt: "Reply" }));
    trace(() => ask(instruction, "one")).backward({ score: 0.5, text: "Hm." }, { propagator: sum });
    await opro(instruction, { llm }).step();
    expect(sectionsOf(textOf(llm.calls[0] as ModelRequest))).toMatchObject({
      Feedback: expect.stringContaining("Hm."),
    });
    expect(examplesOf(llm)).toBe("");
  });

  it("say how a run failed", async () => {
    const instruction = prompt();
    const fail = bundle(function fail(text: string): string {
      throw new RangeError(`no ${text}`);
    });
    const llm = scripted(() => suggest({ prompt: "Reply" }));
    trace(() => fail(instruction)).backward(0);
    await opro(instruction, { llm }).step();
    expect(examplesOf(llm)).toMatch(/failed: .*no Answer/s);
  });
});

describe("OPRO's budget", () => {
  it("leaves out the worst solutions first, then examples, and says so", async () => {
    const words = (index: number): string => `solution ${index} `.repeat(180);
    const text = parameter(words(0), { name: "text" });
    const llm = scripted((_, index) => suggest({ text: words(index + 1) }));
    const optimizer = opro(text, { llm, maxPromptTokens: 2_000 });
    const scores = [0.9, 0.1, 0.5, 0.3, 0.7, 0.2];
    for (const score of scores) {
      trace(() => text.map((all) => all.length)).backward(score);
      await optimizer.step();
    }
    const last = llm.calls.at(-1) as ModelRequest;
    expect(countTokens(textOf(last))).toBeLessThanOrEqual(2_100);
    expect(sectionsOf(textOf(last)).Solutions).toContain("(3 solutions with lower scores are left out.)");
    // What runs now stays, although two of those left out were better.
    expect(shownIn(last).map(({ score }) => score)).toEqual(["20", "70", "90"]);
    expect(sectionsOf(textOf(last)).Examples).toContain("## Example 1");
  });

  it("shortens a current solution that has no room, and says so", async () => {
    const text = parameter("0".repeat(5_000), { name: "text" });
    const llm = scripted(() => suggest({}));
    trace(() => text.map((all) => all.length)).backward(0.5);
    await opro(text, { llm, maxPromptTokens: 1_000 }).step();
    expect(countTokens(textOf(llm.calls[0] as ModelRequest))).toBeLessThanOrEqual(1_050);
    expect(textOf(llm.calls[0] as ModelRequest)).toMatch(/0… \(\d+ characters left out\) …0/);
  });

  it("names the option that mends a prompt in which the objective has no room", async () => {
    const text = parameter("0", { name: "text" });
    const llm = scripted(() => suggest({}));
    trace(() => text.map((all) => all.length)).backward(0.5);
    const optimizer = opro(text, { llm, maxPromptTokens: 1_000, objective: "a word ".repeat(1_000) });
    await expect(optimizer.step()).rejects.toMatchObject({
      code: "prompt-too-large",
      message: expect.stringContaining("maxPromptTokens"),
    });
    expect(llm.calls).toHaveLength(0);
  });
});

const hostile: readonly (readonly [what: string, answer: ScriptedAnswer, reason: RegExp])[] = [
  ["nothing to change", suggest({}), /current solution, unchanged/],
  ["the values that run", suggest({ a: 0, b: 10 }), /current solution, unchanged/],
  ["a wrong name", suggest({ c: 1 }), /no variable "c"/],
  ["a wrong type", suggest({ a: "one", b: 11 }), /expected a number/],
  ["cut JSON", '{"suggestion": {"a": 1', /no JSON object/],
  ["10 MB", `{"suggestion":{"a":1},"x":"${"x".repeat(10_000_000)}"}`, /The reply has/],
  ["the prompt itself", "# Objective\nPropose a new solution whose score is as high as possible.", /no JSON object/],
  ["a cut reply", { text: '{"suggestion":{"a":1}}', stopReason: "length" }, /cut at the token limit/],
];

describe("OPRO, answered with", () => {
  it.each(hostile)("%s, changes nothing and says why", async (_what, answer, reason) => {
    const { a, b, run } = sums();
    run().backward(0.1);
    const optimizer = opro([a, b], { llm: answering(() => answer) });
    const result = await optimizer.step();
    expect([a.version, b.version]).toEqual([0, 0]);
    expect(result).toMatchObject({ updates: [], changes: [] });
    expect(result.refused[0]?.reason).toMatch(reason);
    expect((optimizer.memory as OproState).history).toHaveLength(1);
  });

  it("an error, keeps the signals and counts the run once when the step is made again", async () => {
    const { a, b, run } = sums();
    const llm = scripted((_, index) => {
      if (index === 0) throw new Error("overloaded");
      return suggest({ a: 5 });
    });
    const optimizer = opro([a, b], { llm });
    run().backward(0.1);
    await expect(optimizer.step()).rejects.toThrow("overloaded");
    expect(a.version).toBe(0);
    await optimizer.step();
    expect(a.data).toBe(5);
    expect((optimizer.memory as OproState).history).toMatchObject([{ total: 0.1, visits: 1 }]);
  });
});

describe("OPRO's memory", () => {
  async function played(steps: number, resumeAt: number) {
    const { code, run, score } = oneMax();
    const llm = climber(0.7, 11);
    let optimizer = opro(code, { llm });
    for (let step = 0; step < steps; step++) {
      if (step === resumeAt) {
        const saved = JSON.parse(JSON.stringify(optimizer.toJSON()));
        optimizer = opro(code, { llm });
        optimizer.load(saved);
      }
      run().backward(score());
      await optimizer.step();
    }
    return JSON.stringify([llm.calls, optimizer.toJSON().memory, code.data]);
  }

  it("is JSON: a resumed optimizer asks and answers as one that was never stopped", async () => {
    const uninterrupted = await played(8, -1);
    for (const at of [1, 4, 7]) expect(await played(8, at)).toBe(uninterrupted);
  });

  it("is not touched by a step: the same state and credit give the same proposal", async () => {
    const { a, b, run } = sums();
    const algorithm = oproAlgorithm();
    run().backward(0.25);
    const [credit] = waitingCredits(a);
    const context = { parameters: [a, b], llm: scripted(() => suggest({ a: 3 })), signal: undefined };
    const state = algorithm.init([a, b]);
    const once = await algorithm.propose(credit as never, state, context);
    const twice = await algorithm.propose(credit as never, state, context);
    expect(JSON.stringify(once[1])).toBe(JSON.stringify(twice[1]));
    expect(state).toEqual({ history: [] });
    expect(once[0].updates.map(({ value, seen, was }) => ({ value, seen, was }))).toEqual([
      { value: 3, seen: 0, was: 0 },
    ]);
  });

  it("compares only solutions of the same variables", async () => {
    const { a, b, run } = sums();
    const llm = scripted((_, index) => suggest({ a: index + 1 }));
    const optimizer = opro([a, b], { llm });
    run().backward(0.5);
    await optimizer.step();
    trace(() => add(a, 1)).backward(0.9);
    await optimizer.step();
    expect(shownIn(llm.calls[1]).map(({ values }) => values)).toEqual([{ a: "1" }]);
    run().backward(0.6);
    await optimizer.step();
    expect(shownIn(llm.calls[2]).map(({ values }) => values)).toEqual([
      { a: "0", b: "10" },
      { a: "2", b: "10" },
    ]);
  });
});

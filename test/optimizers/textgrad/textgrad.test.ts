import { batchify, bundle, credit, node, type Parameter, parameter, trace } from "tracegrad";
import { problemOf, structuralOperators, textGradAlgorithm } from "tracegrad/extend";
import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import type { TextGradOptions } from "tracegrad/optimizers";
import * as optimizers from "tracegrad/optimizers";
import * as propagators from "tracegrad/propagators";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { sectionsOf, seeded, suggest, textOf, variablesOf } from "../readers.ts";
import { calculus, chainTask, feedbackIn, feedbackOf, hints, judgingAll, roleOf, telling } from "./readers.ts";

const [semantic, textGradient] = [judgingAll(propagators.semantic), judgingAll(propagators.textGradient)];
/** A PNG of one pixel, black, and the same in white. */
const png = {
  mediaType: "image/png",
  data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
};
const whitePng = {
  ...png,
  data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==",
};
const nameIn = (request: ModelRequest) => Object.keys(variablesOf(textOf(request)))[0] as string;
const textGrad = (target: unknown, options: TextGradOptions) =>
  optimizers.textGrad(target, { judge: "all", ...options });
const rewritesOf = (calls: readonly ModelRequest[]) => calls.filter((request) => roleOf(request) === "rewrite");

/** Carries back as `telling` does, and rewrites by `answer`. */
const rewriting = (answer: (request: ModelRequest, name: string) => unknown) =>
  scripted((request) =>
    roleOf(request) === "rewrite" ? (answer(request, nameIn(request)) as object) : telling(request),
  );

type Way = "textGradient" | "semantic";

/** Two parameters in one call of a bundle. */
function pair() {
  const [a, b] = [parameter(1, { name: "a" }), parameter(2, { name: "b" })];
  const meet = bundle(
    function meet(first: number, second: number): number {
      return first + second;
    },
    { doc: "Meets." },
  );
  return { a, b, run: () => trace(() => meet(a, b)) };
}

describe("TextGrad", () => {
  /** The score after some steps on x, or on x and z. */
  const scoreAfter = async (names: readonly ("x" | "z")[], skill: number, propagator: Way, seed = 1) => {
    const task = chainTask();
    const own = names.map((name) => task[name]);
    const optimizer = textGrad(own, { llm: calculus(skill, seed), concurrency: 1, propagator });
    for (let step = 0; step < 4; step++) {
      task.run().backward(task.feedback());
      await optimizer.step();
    }
    return task.feedback().score;
  };

  it.each(["textGradient", "semantic"] as const)(
    "by %s gets better the more skilful the model is",
    async (propagator) => {
      const means: number[] = [];
      for (const skill of [0, 0.9, 1]) {
        const seeds = Array.from({ length: 20 }, (_, seed) => seed * 7919 + 1);
        const scores = await Promise.all(seeds.map((seed) => scoreAfter(["x"], skill, propagator, seed)));
        means.push(scores.reduce((one, other) => one + other, 0) / scores.length);
      }
      const [none, some, all] = means as [number, number, number];
      expect(some).toBeGreaterThan(none + 20);
      expect(some).toBeLessThan(0);
      expect(all).toBeCloseTo(0);
    },
  );

  it("mends once what siblings can mend where they are judged together, twice where each is judged alone", async () => {
    expect(await scoreAfter(["x", "z"], 1, "semantic")).toBeCloseTo(0);
    // Each of them mends the whole error, so that it changes its sign at every step.
    expect(await scoreAfter(["x", "z"], 1, "textGradient")).toBeCloseTo(-54);
  });

  it("carries the feedback through the graph and no further than to its own parameters", async () => {
    const { x, z, run } = chainTask();
    const llm = rewriting((_request, name) => suggest({ [name]: 7 }));
    run().backward("Off.");
    const result = await textGrad(x, { llm }).step();
    expect(llm.calls.map(roleOf)).toEqual(["edge", "edge", "edge", "rewrite"]);
    expect(feedbackOf(llm.calls[3] as never)).toBe("x of shift: {shift of double: {double of total: {Off.}}}");
    expect(result.exchanges.map(({ request }) => request)).toEqual(llm.calls);
    expect([x.data, z.data]).toEqual([7, 0]);
  });

  it("takes the gradients that a propagator has made, without another backward pass", async () => {
    for (const make of [textGradient, semantic]) {
      const { a, b, run } = pair();
      await run().backward("Off.", { propagator: make({ llm: scripted(telling) }) });
      const llm = rewriting((_request, name) => suggest({ [name]: 7 }));
      await textGrad([a, b], { llm }).step();
      expect(llm.calls.map(feedbackOf)).toEqual(["a of meet: {Off.}", "b of meet: {Off.}"]);
      expect([a.data, b.data]).toEqual([7, 7]);
    }
  });

  it("gives each member of a batch its own feedback, and shows what a parameter was told by all", async () => {
    const p = parameter("a", { name: "p" });
    const answer = bundle(function answer(prompt: string, question: string): string {
      return prompt + question;
    });
    const runs = () => ["x", "y"].map((question) => trace(() => answer(p, node(question, { name: "question" }))));
    const llm = rewriting(() => suggest({}));
    batchify(runs()).backward(["first", "second"]);
    await textGrad(p, { llm }).step();
    const together = "p of answer: {first}\np of answer_1: {second}";
    expect(feedbackOf(llm.calls[2] as never)).toBe(together);

    // Runs that were judged one by one become a batch too; there each member is told which one it is.
    for (const [at, graph] of runs().entries()) graph.backward(`judged ${at}`);
    const second = rewriting(() => suggest({}));
    await textGrad(p, { llm: second }).step();
    const own = second.calls.slice(0, 2).map(feedbackIn);
    for (const at of [0, 1]) expect(own[at]).toMatch(new RegExp(`(ID \\[${at}\\] in the following|^judged ${at}$)`));
  });

  it("shows the rewrite what the parameter is for, who uses it, and what else must hold", async () => {
    const { a, run } = pair();
    const llm = rewriting(() => suggest({}));
    const optimizer = textGradAlgorithm({
      ...{ constraints: ["No more than 9.", "A whole number."], objective: "Aim.", judge: "all" },
    });
    const context = {
      parameters: [a as unknown as Parameter],
      llm,
      signal: undefined,
      note: "Try 3.",
      temperature: 0.9,
    };
    await optimizer.propose(credit(run(), { text: "Off.", images: [png] }), { past: {} }, context);
    const request = llm.calls[1] as ModelRequest;
    expect(textOf(request)).toContain(
      "# Objective\nAim.\n\n# Variables\n(number) a\n```\n1\n```\n\n# Constraints\n- No more than 9.\n- A whole number.",
    );
    expect(textOf(request)).toContain(
      "# Used by\n- meet: Meets.\n\n# Uses\n## meet = meet(first=a, second=b)\nsecond = 2\nOutput: 3\nFeedback:\n",
    );
    expect(textOf(request)).toContain("# Note\nTry 3.\n\n# Your answer\n");
    expect(request).toMatchObject({ temperature: 0.9, tool: { name: "propose_update" } });
    expect(llm.calls[0]?.messages[0]?.content).toContainEqual({ type: "image", ...png });
    expect(llm.calls[0]).not.toHaveProperty("temperature");
  });

  it("rewrites parameters of all kinds", async () => {
    const shout = bundle(
      function shout(text: string): string {
        return `${text}!`;
      },
      { trainable: true, constraint: "Upper case." },
    );
    const image = { type: "image", ...png };
    const parts = {
      flag: parameter(true, { name: "flag" }),
      rate: parameter(0.5, { name: "rate" }),
      words: parameter(["a"], { name: "words" }),
      logo: parameter(image, { name: "logo" }),
      text: parameter("hello", { name: "text" }),
    };
    const { flag, rate, words, logo, text } = parts;
    const run = () => trace(() => operators.makeList<unknown>(shout(text), flag, rate, words, logo));
    const next: Record<string, unknown> = {
      shout: "function shout(text: string): string {\n  return text.toUpperCase();\n}",
      ...{ flag: false, rate: 0.25, words: ["b", "c"], logo: { ...image, ...whitePng }, text: "bye" },
    };
    const llm = rewriting((_request, name) => suggest({ [name]: next[name] }));
    run().backward("Change.");
    const result = await textGrad({ ...parts, shout }, { llm }).step();
    expect(result.refused).toEqual([]);
    expect(run().value).toEqual(["BYE", false, 0.25, ["b", "c"], { ...image, ...whitePng }]);
    const ofLogo = rewritesOf(llm.calls).find((request) => nameIn(request) === "logo") as ModelRequest;
    expect(textOf(ofLogo)).not.toContain(png.data);
    expect(ofLogo.messages[0]?.content).toContainEqual({ type: "image", ...png });
    const ofShout = rewritesOf(llm.calls).find((request) => nameIn(request) === "shout") as ModelRequest;
    expect(textOf(ofShout)).toContain("Signature to keep: shout(text: string): string");
  });

  it("gives identical bytes at any concurrency, whoever answers first", async () => {
    const made = async (concurrency: number, seed: number) => {
      const random = seeded(seed);
      const own = Array.from({ length: 12 }, (_, at) => parameter(at, { name: "p" }));
      const sum = bundle((...values: number[]) => values.reduce((one, other) => one + other, 0), { name: "sum" });
      const llm = scripted(async (request) => {
        await new Promise((resolve) => setTimeout(resolve, random() * 3));
        if (roleOf(request) !== "rewrite") return textOf(request).length % 3 === 0 ? "" : telling(request);
        const value = Number(variablesOf(textOf(request))[nameIn(request)]?.value);
        return suggest({ [nameIn(request)]: value % 4 === 0 ? "no number" : value + 0.5 }, `Because ${value}.`);
      });
      const optimizer = textGrad(own, { llm, concurrency, memorySize: 2, maxRetries: 0 });
      const results: unknown[] = [];
      for (let step = 0; step < 2; step++) {
        trace(() => sum(...own)).backward("Off.");
        const { changes: _, updates, state: __, unreached: ___, ...rest } = await optimizer.step();
        results.push(
          rest,
          updates.map(({ value }) => value),
        );
      }
      return JSON.stringify([results, optimizer]);
    };
    const one = await made(1, 1);
    expect(await made(16, 2)).toBe(one);
    expect(one).toContain("expected a number");
    expect(one).toContain("raw feedback was used");
  });
});

describe("a refused answer", () => {
  it("leaves its parameter alone and is reported, and the others change", async () => {
    const { a, b, run } = pair();
    const llm = rewriting((_request, name) => suggest({ [name]: name === "a" ? "many" : 20 }, `For ${name}.`));
    run().backward("Off.");
    const result = await textGrad([a, b], { llm }).step();
    expect([a.data, b.data]).toEqual([1, 20]);
    expect(result.refused).toEqual([{ name: "a", reason: "expected a number, got a string" }]);
    expect(result.reasoning).toBe("a: For a.\nb: For b.");
    expect(rewritesOf(llm.calls)).toHaveLength(3);
    expect(textOf(llm.calls.findLast((request) => nameIn(request) === "a") as never, -1)).toContain(
      "- a: expected a number",
    );
  });

  it.each([
    ["another parameter's name", suggest({ b: 20 })],
    ["an unknown name", suggest({ nobody: 1 })],
    ["cut JSON", '{"reasoning":"","suggestion":{"a":1'],
    ["nothing", ""],
    ["a cut reply", { ...suggest({ a: 10 }), stopReason: "length" as const }],
    ["10 MB", `{"suggestion":{"a":"${"x".repeat(10_000_000)}"}}`],
    ["__proto__", '{"suggestion":{"__proto__":{"polluted":true}}}'],
    ["its instructions", "You improve one variable of a program. # Your answer"],
  ])("with %s changes nothing", async (_what, answer) => {
    const { a, b, run } = pair();
    const llm = rewriting((_request, name) => (name === "a" ? answer : suggest({})));
    run().backward("Off.");
    const result = await textGrad([a, b], { llm }).step();
    expect([a.version, b.version]).toEqual([0, 0]);
    expect(result.refused.map(({ name }) => name)).toEqual(["a"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("is not what an answer is that asks for no change", async () => {
    for (const suggestion of [{}, "same"]) {
      const { a, run } = pair();
      const llm = rewriting((_request, name) => suggest(suggestion === "same" ? { [name]: 1 } : suggestion));
      run().backward("Right.");
      expect(await textGrad(a, { llm }).step()).toMatchObject({ updates: [], refused: [], changes: [] });
      expect(a.version).toBe(0);
    }
  });
});

describe("a gradient that cannot be had", () => {
  it("is reported, and the parameter is rewritten by the raw feedback", async () => {
    const { a, run } = pair();
    const llm = scripted((request) => (roleOf(request) === "rewrite" ? suggest({ a: 10 }) : ""));
    run().backward({ text: "Off.", score: 0.1 });
    const result = await textGrad(a, { llm }).step();
    expect(feedbackOf(llm.calls[1] as never)).toBe("Off.\nScore: 0.1");
    expect(a.data).toBe(10);
    expect(result.refused).toEqual([
      {
        name: undefined,
        reason: "No gradient from meet to a: the answer was empty. The raw feedback was used instead.",
      },
    ]);
  });

  it("because the budget has too few calls, fails the step before anything is spent, and keeps the signals", async () => {
    const { a, b, run } = pair();
    const llm = rewriting((_request, name) => suggest({ [name]: 7 }));
    const optimizer = textGrad([a, b], { llm, maxCalls: 1 });
    run().backward("Off.");
    await expect(optimizer.step()).rejects.toMatchObject({ code: "too-many-calls" });
    expect(llm.calls).toEqual([]);
    await textGrad([a, b], { llm, maxCalls: 1, propagator: "semantic" }).step();
    expect([a.data, b.data]).toEqual([7, 7]);
  });

  it("because the model throws at every call, changes nothing", async () => {
    const { a, run } = pair();
    const llm: LanguageModel = { name: "down", generate: () => Promise.reject(new Error("down")) };
    const optimizer = textGrad(a, { llm, memorySize: 2 });
    const before = JSON.stringify(optimizer);
    run().backward("Off.");
    await expect(optimizer.step()).rejects.toThrow("down");
    expect(JSON.stringify(optimizer)).toBe(before);
    expect(a.version).toBe(0);
  });

  it("because it was cancelled, changes nothing", async () => {
    const { a, run } = pair();
    for (const at of [0, 1]) {
      const controller = new AbortController();
      const llm = scripted((request, index) => {
        if (index === at) controller.abort();
        return roleOf(request) === "rewrite" ? suggest({ a: 10 }) : "Higher.";
      });
      run().backward("Off.");
      const step = textGrad(a, { llm }).step(undefined, { signal: controller.signal });
      await expect(step).rejects.toMatchObject({ name: "AbortError" });
      expect(a.version).toBe(0);
    }
  });
});

describe("memory", () => {
  /** A model that answers with the number of the step, and gradients that say some things again. */
  async function steps(count: number, options: Omit<Partial<TextGradOptions>, "llm">) {
    const { a, run } = pair();
    const said = ["Make it larger. It is odd by 3.", "It is odd by 5. Too slow.", "Too blue. It is odd by 4."];
    let step = 0;
    const llm = scripted((request) =>
      roleOf(request) === "rewrite" ? suggest({ a: 10 * (step + 1) }) : (said[step] as string),
    );
    const optimizer = textGrad(a, { llm, ...options });
    for (; step < count; step++) {
      run().backward("Off.");
      await optimizer.step();
    }
    return textOf(rewritesOf(llm.calls).at(-1) as never);
  }

  it("shows past values with the gradients on them, the newest last, and what came back", async () => {
    const prompt = await steps(3, { memorySize: 2 });
    expect(sectionsOf(prompt)["Past steps"]).toBe(
      [
        "## Step 1\nValue:\n```\n1\n```\nFeedback on it:\n```\nMake it larger. It is odd by 3.\n```",
        "## Step 2\nValue:\n```\n10\n```\nFeedback on it:\n```\nIt is odd by 5. Too slow.\n```",
        "\n# Came back\n- In 2 of 2 past steps: It is odd by 4.",
      ].join("\n"),
    );
    expect(variablesOf(prompt)["a"]?.value).toBe("20");
  });

  it("forgets the oldest, says nothing of what came back without momentum, and is off at first", async () => {
    const one = await steps(3, { memorySize: 1, momentum: false });
    expect(one).toContain("## Step 1\nValue:\n```\n10\n```");
    expect(one).not.toContain("## Step 2");
    expect(one).not.toContain("# Came back");
    expect(await steps(3, {})).not.toContain("# Past steps");
  });

  it("cuts long values and gradients", async () => {
    const p = parameter("v".repeat(50_000), { name: "p" });
    const llm = rewriting((_request, name) => suggest({ [name]: "w".repeat(50_000) }));
    const optimizer = textGrad(p, { llm, memorySize: 5, maxTextLength: 500 });
    for (let step = 0; step < 5; step++) {
      trace(() => operators.upper(p)).backward("f".repeat(100_000));
      await optimizer.step();
    }
    const prompt = textOf(llm.calls.at(-1) as never);
    expect(prompt.match(/characters left out/g)?.length).toBeGreaterThanOrEqual(8);
    expect(prompt.length).toBeLessThan(50_000 + 2 * 5 * 500 + 3_000);
    expect(JSON.stringify(optimizer.toJSON().memory).length).toBeLessThan(6_000);
  });

  it("goes on from JSON as if nothing had been between", async () => {
    const { a, b, run } = pair();
    const llm = () => rewriting((request, name) => suggest({ [name]: textOf(request).length }));
    const algorithm = textGradAlgorithm({ memorySize: 2, concurrency: 1, judge: "all" });
    const parameters = [a, b] as unknown as Parameter[];
    const propose = async (state: unknown) => {
      const context = { parameters, llm: llm(), signal: undefined };
      const [proposal, next] = await algorithm.propose(credit(run(), "Off."), state as never, context);
      return [JSON.stringify(proposal.exchanges), next] as const;
    };
    let [straight, resumed]: unknown[] = [algorithm.init(parameters), algorithm.init(parameters)];
    for (let step = 0; step < 4; step++) {
      const [one, next] = await propose(straight);
      const [other, saved] = await propose(JSON.parse(JSON.stringify(resumed)));
      expect(other).toBe(one);
      expect(saved).toEqual(next);
      [straight, resumed] = [next, saved];
    }
    expect(Object.values((straight as { past: Record<string, unknown[]> }).past).map((past) => past.length)).toEqual([
      2, 2,
    ]);
  });

  it("keeps parameters of the same name apart", async () => {
    const [one, other] = [parameter(1, { name: "p" }), parameter(2, { name: "p" })];
    const sum = bundle((x: number, y: number) => x + y, { name: "sum" });
    const llm = rewriting(() => suggest({}));
    const optimizer = textGrad([one, other], { llm, memorySize: 1 });
    for (let step = 0; step < 2; step++) {
      trace(() => sum(one, other)).backward("Off.");
      await optimizer.step();
    }
    const past = rewritesOf(llm.calls)
      .slice(-2)
      .map((request) => sectionsOf(textOf(request))["Past steps"]);
    expect(past[0]).toContain("Value:\n```\n1\n```");
    expect(past[1]).toContain("Value:\n```\n2\n```");
  });
});

describe("settings", () => {
  it("tell all that decides the steps, as JSON, whatever the concurrency", () => {
    const gradientLlm = scripted(() => "", { name: "small" });
    const settings = textGradAlgorithm({
      propagator: "semantic",
      gradientLlm,
      memorySize: 3,
      concurrency: 2,
      constraints: ["Short."],
    }).settings;
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
    expect(settings).toMatchObject({
      propagator: "semantic",
      gradientLlm: "small",
      memorySize: 3,
      constraints: ["Short."],
    });
    expect(settings).toEqual(
      textGradAlgorithm({ ...{ propagator: "semantic", gradientLlm, memorySize: 3 }, constraints: ["Short."] })
        .settings,
    );
  });

  it("give the backward pass a model of its own", async () => {
    const { a, run } = pair();
    const [gradientLlm, llm] = [scripted(() => "Higher."), scripted(() => suggest({ a: 10 }))];
    run().backward("Off.");
    await textGrad(a, { llm, gradientLlm }).step();
    expect([gradientLlm.calls.length, llm.calls.length]).toEqual([1, 1]);
    expect(feedbackOf(llm.calls[0] as never)).toBe("Higher.");
  });

  it.each([
    [{ propagator: "sum" }, "propagator"],
    [{ memorySize: -1 }, "memorySize"],
    [{ maxRetries: 0.5 }, "maxRetries"],
    [{ concurrency: 0 }, "concurrency"],
    [{ maxRewriteTokens: 0 }, "maxRewriteTokens"],
    [{ constraints: "short" }, "constraints"],
    [{ maxCalls: Number.NaN }, "maxCalls"],
  ])("%j are refused by name", (settings, option) => {
    expect(() => textGradAlgorithm(settings as never)).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(() => textGradAlgorithm(settings as never)).toThrow(`\`${option}\``);
  });

  it("name only operators that there are as structural", () => {
    const known = new Set([
      ...Object.keys(operators),
      "batchify",
      "text",
      "at",
      "mapping",
      "set",
      ...["list", "record", "split", "join"],
    ]);
    expect(structuralOperators.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("the gradients of a propagator", () => {
  it("reach any other algorithm as the feedback on each parameter", async () => {
    const { a, b, run } = pair();
    const made = await credit(run(), "Off.", semantic({ llm: scripted(() => hints("Up.", "Down.")) }));
    const problem = problemOf(made, [a, b] as unknown as Parameter[]);
    expect(problem.feedback.text).toBe("a: Up.\nb: Down.");
  });
});

import fc from "fast-check";
import {
  batchify,
  bundle,
  credit,
  ExternalCallError,
  graphOf,
  node,
  type Parameter,
  parameter,
  t,
  trace,
} from "tracegrad";
import type { LanguageModel } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import { makeList } from "tracegrad/operators";
import { semantic, type TextCredit, textGradient } from "tracegrad/propagators";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { within } from "../../../src/util/cut.ts";
import { naiveSubgraph, programs, run } from "../../graph/programs.ts";
import { seeded, textOf } from "../readers.ts";
import { chainTask, feedbackIn, hints, judgedIn, judgingAll, partsOf, roleOf, telling } from "./readers.ts";

const both = [
  ["textGradient", judgingAll(textGradient)],
  ["semantic", judgingAll(semantic)],
] as const;
const png = { mediaType: "image/png", data: "AA==" };
const use = (name = "use") => bundle((...values: unknown[]) => values.join(" "), { name });
const told = (made: TextCredit, one: unknown) => made.signals.get(one as Parameter)?.feedback;

/** A diamond: p goes into two calls, which go into a third. */
function diamond() {
  const p = parameter("a", { name: "p", doc: "What p is for.", constraint: "Short." });
  const [left, right, meet] = [use("left"), use("right"), use("meet")];
  return { p, graph: trace(() => meet(left(p, "beside"), right(p))) };
}

describe.each(both)("the propagator %s", (name, make) => {
  it("carries feedback from calls to what went in, and puts together what reaches a value on several ways", async () => {
    const { p, graph } = diamond();
    const llm = scripted(telling);
    const made = await credit(graph, "Wrong.", make({ llm }));
    expect(told(made, p)?.text).toBe(
      "From left: p of left: {left of meet: {Wrong.}}\nFrom right: p of right: {right of meet: {Wrong.}}",
    );
    expect(made.signals.get(p as never)).toMatchObject({ value: "a", version: 0, subgraph: undefined });
    expect(made.feedback).toEqual({ text: "Wrong." });
    expect(llm.calls).toHaveLength(name === "textGradient" ? 4 : 3);
    expect(made.fallbacks).toEqual([]);
    expect(made.exchanges.map(({ request }) => request)).toEqual(llm.calls);
  });

  it("shows the operation, what it does, what went in and came out, within limits", async () => {
    const p = parameter("a", { name: "p", doc: "What p is for.", constraint: "Short." });
    const meet = bundle(
      function meet(one: string, long: string): string {
        return one + long.length;
      },
      { doc: "Meets." },
    );
    const llm = scripted(telling);
    const long = node("y".repeat(1e6), { name: "long", doc: "Very long." });
    await credit(
      trace(() => meet(p, long)),
      "z".repeat(1e6),
      make({ llm, maxValueLength: 100, maxTextLength: 90, reduceAbove: 80 }),
    );
    const parts = partsOf(llm.calls[0] as never);
    expect(parts["Operation"]).toBe("meet = meet(one=p, long=long)\n[meet] Meets.");
    expect(parts["Inputs to judge"]).toBe('1. `one` (`p`), text parameter = "a" // What p is for. Constraint: Short.');
    expect(parts["Other inputs"]).toMatch(/^`long`, string = "y{90,100}… \/\/ Very long\.$/);
    expect(parts["Output"]).toBe('"a1000000"');
    expect(feedbackIn(llm.calls[0] as never)).toMatch(/^z+… \(\d+ characters left out\) …z+$/);
    expect(JSON.stringify(llm.calls).length).toBeLessThan(5_000);
  });

  it("takes as many calls as the graph has edges, or nodes, that lead to parameters, and reaches all parameters", async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (lines) => {
        const graph = graphOf(run(lines).at(-1) as never);
        const { core } = naiveSubgraph(graph);
        fc.pre(core.size > 0);
        const inputs = [...core].map((one) => new Set(one.parents.filter((parent) => core.has(parent))).size);
        const needed = inputs.reduce((sum, count) => sum + (name === "semantic" ? Math.min(1, count) : count), 0);
        const short = () => ({ text: "", ...(hints(..."x".repeat(20).split("")) as object) });
        const llm = scripted((request) => (roleOf(request) === "edge" ? "x" : short()));
        const made = await credit(graph, "Wrong.", make({ llm, maxCalls: needed }));
        expect(llm.calls).toHaveLength(needed);
        const trainable = graph.parameters.filter((one) => one.trainable);
        expect(new Set(made.signals.keys())).toEqual(new Set(trainable));
        for (const { feedback } of made.signals.values()) expect(feedback.text).toMatch(/x|Wrong/);
        expect(made.fallbacks).toEqual([]);
        if (needed === 0) return;
        const none = scripted(() => "x");
        const refused = credit(graph, "Wrong.", make({ llm: none, maxCalls: needed - 1 }));
        await expect(refused).rejects.toMatchObject({
          code: "too-many-calls",
          message: expect.stringContaining(`needs ${needed} model calls`),
        });
        expect(none.calls).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("judges a value only after all of its successors, however long the ways are", async () => {
    const p = parameter("a", { name: "p" });
    const [shared, step, meet] = [use("shared"), use("step"), use("meet")];
    const graph = trace(() => {
      const first = shared(p);
      return meet(first, step(step(step(first))));
    });
    const llm = scripted(telling);
    await credit(graph, "Wrong.", make({ llm }));
    const last = llm.calls.filter((request) => judgedIn(request).includes("p"));
    expect(last).toHaveLength(1);
    expect(feedbackIn(last[0] as never)).toMatch(
      /^From step: shared of step.*\nFrom meet: shared of meet: \{Wrong\.\}$/,
    );
  });

  it("waits for the longest way also where a shorter one was taken first", async () => {
    const p = parameter("a", { name: "p" });
    const [shared, step, quick, meet] = [use("shared"), use("step"), use("quick"), use("meet")];
    const graph = trace(() => {
      const first = shared(p);
      return meet(quick(first), step(step(step(first))));
    });
    const llm = scripted(telling);
    await credit(graph, "Wrong.", make({ llm }));
    const last = llm.calls.filter((request) => judgedIn(request).includes("p"));
    expect(last).toHaveLength(1);
    expect(feedbackIn(last[0] as never)).toMatch(/^From quick: .*\nFrom step: /);
  });

  it("never spends more than maxCalls on reducing, over all levels", async () => {
    const p = parameter("a", { name: "p" });
    const graph = trace(() => {
      let value = use("first")(p);
      for (let at = 0; at < 3; at++) value = use("meet")(use("left")(value), use("right")(value));
      return value;
    });
    const calls = async (maxCalls: number) => {
      const long = "x".repeat(200);
      const answers = { edge: long, node: hints(long, long), reduce: "short", rewrite: "" };
      const llm = scripted((request) => answers[roleOf(request)]);
      const made = await credit(graph, "Wrong.", make({ llm, maxCalls, reduceAbove: 120 }));
      return { made: llm.calls.length, cut: made.fallbacks.length };
    };
    const needed = name === "semantic" ? 10 : 13;
    expect(await calls(100)).toEqual({ made: needed + 3, cut: 0 });
    expect(await calls(needed + 1)).toEqual({ made: needed + 1, cut: 2 });
    expect(await calls(needed)).toEqual({ made: needed, cut: 3 });
  });

  it("gives identical bytes at any concurrency, whoever answers first", async () => {
    const made = async (concurrency: number, seed: number) => {
      const random = seeded(seed);
      let [now, most] = [0, 0];
      const llm = scripted(async (request) => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, random() * 4));
        now -= 1;
        // Some answers fail, so that what is reported has an order, too.
        if (textOf(request).length % 5 === 0) throw new Error("overloaded");
        return telling(request);
      });
      const p = parameter("a", { name: "p" });
      const graph = trace(() => {
        const row = Array.from({ length: 20 }, (_, at) => use(`call${at}`)(p, "x".repeat(at)));
        return use("meet")(...row);
      });
      const result = await credit(graph, "Wrong.", make({ llm, concurrency, reduceAbove: 500 }));
      const { exchanges, fallbacks, signals } = result;
      return { most, bytes: JSON.stringify([exchanges, fallbacks, [...signals.values()].map((one) => one.feedback)]) };
    };
    const [one, many, again] = [await made(1, 1), await made(16, 2), await made(16, 3)];
    expect(one.most).toBe(1);
    expect(many.most).toBe(16);
    expect(many.bytes).toBe(one.bytes);
    expect(again.bytes).toBe(one.bytes);
    expect(one.bytes).toContain("overloaded");
  });

  it("passes feedback through structural operators as it is, without a call, and through a batch to each member its own", async () => {
    const [p, q] = [parameter("a", { name: "p" }), parameter("b", { name: "q" })];
    const feedback = { text: "Too short.", score: 0.5, data: { n: 1 }, images: [png] };
    const llm = scripted(telling);
    const single = await credit(
      trace(() => operators.makeRecord({ x: makeList(t`${p}!`).at(0), y: t`${p}?` })),
      feedback,
      make({ llm }),
    );
    expect(told(single, p)).toEqual(feedback);

    const batch = batchify<unknown>([trace(() => t`${p}`), trace(() => makeList(p, q)), trace(() => q)]);
    const made = await credit(batch, ["one", { text: "two", score: 1 }, "three"], make({ llm }));
    expect(told(made, p)?.text).toBe("From text: one\nFrom list: two\nScore: 1");
    expect(told(made, q)?.text).toBe("From list: two\nScore: 1\nFrom batchify: three");
    expect(llm.calls).toEqual([]);
    expect(made.fallbacks).toEqual([]);
  });

  it("passes through what is named in passThrough, never through a bundle of a structural name or a failed operator", async () => {
    const p = parameter("a", { name: "p" });
    const [format, glue] = [use("format"), use("glue")];
    const graph = trace(() => glue(format(p)));
    const llm = scripted(telling);
    const made = await credit(graph, "Wrong.", make({ llm, passThrough: ["glue"] }));
    expect(told(made, p)?.text).toBe('p of format: {glue = glue(values_0=format) // "a"\nOn glue: Wrong.}');

    const failed = trace(() => operators.format(parameter("{who}", { name: "template" }), {}));
    expect(failed.error).toBeDefined();
    const second = scripted(telling);
    await credit(failed, "It threw.", make({ llm: second }));
    expect(second.calls).toHaveLength(1);
    expect(partsOf(second.calls[0] as never)["It failed"]).toContain("{who}");
  });

  it("keeps a value that is used in a hundred runs within bounds: one more call reduces what they said", async () => {
    const p = parameter("a", { name: "p" });
    const answer = use("answer");
    const batch = batchify(Array.from({ length: 98 }, (_, at) => trace(() => answer(p, `question ${at}`))));
    const feedback = Array.from({ length: 98 }, (_, at) => `Wrong ${at}: ${"because ".repeat(300)}`);
    const llm = scripted(telling);
    const made = await credit(batch, feedback, make({ llm, concurrency: 50 }));
    expect(llm.calls).toHaveLength(99);
    expect(roleOf(llm.calls[98] as never)).toBe("reduce");
    expect(textOf(llm.calls[98] as never).length).toBeLessThan(34_000);
    for (const at of [0, 50, 97]) expect(textOf(llm.calls[98] as never)).toContain(`Wrong ${at}:`);
    expect(told(made, p)?.text).toMatch(/^reduced \d+$/);

    const poor = await credit(batch, feedback, make({ llm: scripted(telling), maxCalls: 98 }));
    expect(told(poor, p)?.text?.length).toBeLessThanOrEqual(8_000);
    expect(poor.fallbacks).toEqual([
      { node: "p", input: undefined, reason: expect.stringContaining("no call is left of the 98") },
    ]);
  });

  it("says once what many runs said alike", async () => {
    const p = parameter("a", { name: "p" });
    const batch = batchify(Array.from({ length: 98 }, () => trace(() => t`${p}`)));
    const made = await credit(
      batch,
      Array.from({ length: 98 }, (_, at) => (at < 97 ? "Right." : "Wrong.")),
      make({ llm: scripted(telling) }),
    );
    expect(told(made, p)?.text).toBe("From text, text_1, text_2 and 94 more: Right.\nFrom text_97: Wrong.");
  });

  it("shows the model the images of the feedback", async () => {
    const { graph } = diamond();
    const llm = scripted(telling);
    await credit(graph, { text: "See.", images: [png] }, make({ llm }));
    expect(llm.calls[0]?.messages[0]?.content).toContainEqual({ type: "image", ...png });
    expect(llm.calls.at(-1)?.messages[0]?.content).toBeTypeOf("string");
  });

  it("asks once about a value that went in twice", async () => {
    const p = parameter("a", { name: "p" });
    const llm = scripted(telling);
    const twice = bundle(function twice(one: string, other: string): string {
      return one + other;
    });
    await credit(
      trace(() => twice(p, p)),
      "Wrong.",
      make({ llm }),
    );
    expect(llm.calls).toHaveLength(1);
    expect(partsOf(llm.calls[0] as never)["Inputs to judge"]).toMatch(/^1\. `one and other` \(`p`\), /);
  });

  it("leaves signals where backward would, and rejects a graph without parameters", async () => {
    const { x, run } = chainTask();
    await expect(run().backward("?", { propagator: make({ llm: scripted(telling) }) })).resolves.toMatchObject({
      fallbacks: [],
    });
    expect(x.version).toBe(0);
    const empty = trace(() => use()(node("x")));
    await expect(credit(empty, "?", make({ llm: scripted(telling) }))).rejects.toMatchObject({ code: "no-parameter" });
  });
});

const bad = [
  ["no text", "", /empty/],
  ["blanks", " \n\t", /empty|no single hint/],
  [
    "a cut answer",
    { text: "Hint 1: half", stopReason: "length", toolInput: { hint_1: "half" } },
    /cut at the token limit/,
  ],
  ["a refusal", { text: "Hint 1: I", stopReason: "refusal" }, /refused/],
  ["10 MB", `Hint 1: ${"x".repeat(10_000_000)}`, /10000008 characters/],
  ["an error", new Error("overloaded"), /the call failed: Error: overloaded/],
  ["a long error", new Error("x".repeat(1e6)), /the call failed: Error: x+… \(\d+ characters left out\)/],
  ["no reply at all", undefined, /the call failed/],
] as const;

describe.each(both)("%s, when the model gives", (name, make) => {
  it.each(name === "semantic" ? bad.slice(1) : bad)(
    "%s, tells the raw feedback and reports it",
    async (_what, answer, reason) => {
      const { p, graph } = diamond();
      const feedback = { text: "Wrong.", score: 0, images: [png] };
      const llm: LanguageModel = {
        name: "bad",
        async generate(request) {
          if (answer instanceof Error) throw answer;
          const given = typeof answer === "string" ? { text: answer } : answer;
          if (given === undefined) return undefined as never;
          const usage = { inputTokens: 0, outputTokens: 0 };
          return { stopReason: "end", usage, model: request.system ?? "", ...given };
        },
      };
      const made = await credit(graph, feedback, make({ llm }));
      expect(told(made, p)).toEqual(feedback);
      expect(made.fallbacks.map(({ node, input }) => `${node} ${input}`)).toEqual([
        ...["meet left", "meet right", "left p", "right p"],
      ]);
      for (const fallback of made.fallbacks) expect(fallback.reason).toMatch(reason);
    },
  );

  it("a failure in one member of a batch, tells that input the feedback on its own run", async () => {
    const p = parameter("a", { name: "p" });
    const batch = batchify(["x", "y"].map((question) => trace(() => use("answer")(p, question))));
    const llm = scripted((request) => (textOf(request).includes('"a y"') ? "" : telling(request)));
    const made = await credit(batch, ["first", "second"], make({ llm }));
    expect(told(made, p)?.text).toBe("From answer: p of answer: {first}\nFrom answer_1: second");
    expect(made.fallbacks).toHaveLength(1);
  });

  it("an answer that is no judgement, because the world outside failed, rejects", async () => {
    const llm = scripted(() => {
      throw new ExternalCallError("budget", "All is spent.");
    });
    await expect(credit(diamond().graph, "?", make({ llm }))).rejects.toMatchObject({ code: "budget" });
  });

  it("nothing because it is cancelled, rejects and asks no more, also when the model does not heed the signal", async () => {
    for (const at of [0, 1, 2]) {
      const controller = new AbortController();
      let calls = 0;
      const deaf: LanguageModel = {
        name: "deaf",
        async generate(request) {
          if (calls++ === at) controller.abort();
          const usage = { inputTokens: 0, outputTokens: 0 };
          const answer = telling(request) as object | string;
          const reply = typeof answer === "string" ? { text: answer } : answer;
          return { text: "", stopReason: "end", usage, model: "deaf", ...reply };
        },
      };
      const { signal } = controller;
      const made = credit(diamond().graph, "?", make({ llm: deaf, signal, concurrency: 1 }));
      await expect(made).rejects.toMatchObject({ name: "AbortError" });
      expect(calls).toBe(at + 1);
    }
    const llm = scripted(telling);
    const aborted = credit(diamond().graph, "?", make({ llm, signal: AbortSignal.abort() }));
    await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
    expect(llm.calls).toEqual([]);
  });
});

describe("texts that share a limit", () => {
  it("stay within it, short ones whole and long ones at equal length, or an even choice of them", () => {
    const texts = fc.array(
      fc.nat(3_000).map((length) => "x".repeat(length)),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(texts, fc.integer({ min: 300, max: 5_000 }), (given, limit) => {
        const made = within(given, limit);
        expect(made.join("").length).toBeLessThanOrEqual(limit);
        if (given.join("").length <= limit && given.length <= limit / 120) expect(made).toEqual(given);
      }),
    );
    expect(within(["a".repeat(50), "b".repeat(900)], 400)).toEqual([
      "a".repeat(50),
      expect.stringMatching(/^b+… .* …b+$/),
    ]);
    expect(
      within(
        Array.from({ length: 90 }, (_, at) => `${at}`.padEnd(200)),
        600,
      ).at(-1),
    ).toBe("(86 more are left out.)");
  });
});

describe("options", () => {
  it.each([
    [{ maxCalls: -1 }, "maxCalls"],
    [{ maxTextLength: 0 }, "maxTextLength"],
    [{ reduceAbove: Infinity }, "reduceAbove"],
    [{ maxValueLength: 0.5 }, "maxValueLength"],
    [{ maxReplyTokens: 0 }, "maxReplyTokens"],
    [{ concurrency: 0 }, "concurrency"],
    [{ passThrough: "glue" }, "passThrough"],
  ])("%j is refused by its name", (options, option) => {
    const llm = scripted(telling);
    for (const [, make] of both) {
      expect(() => make({ llm, ...options } as never)).toThrow(expect.objectContaining({ code: "bad-option" }));
      expect(() => make({ llm, ...options } as never)).toThrow(`\`${option}\``);
    }
  });

  it("without a model are refused", () => {
    for (const [name, make] of both) expect(() => make({} as never)).toThrow(`${name} asks a language model`);
  });

  it("reach the requests", async () => {
    const llm = scripted(telling);
    await credit(diamond().graph, "?", textGradient({ llm, maxReplyTokens: 77, temperature: 0 }));
    for (const request of llm.calls) expect(request).toMatchObject({ maxTokens: 77, temperature: 0 });
  });
});

/** What TextGrad pays for, and what it shows of the runs: models are judged, plain code and right runs are not. */

import {
  batchify,
  bundle,
  credit,
  type Feedback,
  type FeedbackRecord,
  node,
  type Parameter,
  parameter,
  t,
  trace,
  type WorkflowGraph,
} from "tracegrad";
import { textGradAlgorithm } from "tracegrad/extend";
import type { ModelRequest } from "tracegrad/llm";
import { textGradient } from "tracegrad/propagators";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { countTokens } from "../../../src/util/tokens.ts";
import { sectionsOf, suggest, textOf } from "../readers.ts";
import { feedbackIn, partsOf, roleOf } from "./readers.ts";

/** Two calls of a model with a prompt each, and a plain function between them. */
function pipeline() {
  const summarizer = parameter("Summarize the text in one line.", { name: "summarizer" });
  const answerer = parameter("Answer by the summary alone.", { name: "answerer" });
  const summarize = bundle(async (prompt: string) => `A summary of ${prompt.length} letters`, { name: "summarize" });
  const answer = bundle(async (prompt: string) => `Answer ${prompt.at(-1)}`, {
    name: "answer",
    doc: "Asks the model.",
  });
  const run = (question: string) =>
    trace(async () => {
      const summary = await summarize(t`${summarizer}\n\n${node(question, { name: "question" })}`);
      return answer(t`${answerer}\n\n${summary.call("toUpperCase")} ${question}`);
    });
  return { summarizer, answerer, run };
}

async function stepOn(
  given: readonly FeedbackRecord[],
  options: Parameters<typeof textGradAlgorithm>[0] = {},
  maxScore?: number,
) {
  const judgements = given.map((one): Feedback => (maxScore === undefined ? one : { ...one, maxScore }));
  const { summarizer, answerer, run } = pipeline();
  const parameters = [summarizer, answerer] as unknown as Parameter[];
  const graphs = await Promise.all(judgements.map((_, at) => run(`q${at}`)));
  const llm = scripted((request) => (roleOf(request) === "rewrite" ? suggest({}) : "Keep the years."));
  const algorithm = textGradAlgorithm(options);
  const carried =
    graphs.length === 1
      ? credit(graphs[0] as never, judgements[0] as Feedback)
      : credit(batchify(graphs), judgements as Feedback[]);
  const context = { parameters, llm, signal: undefined };
  const [proposal] = await algorithm.propose(carried, algorithm.init(parameters), context);
  const rewrites = llm.calls.filter((request) => roleOf(request) === "rewrite");
  return { calls: llm.calls, rewrites, proposal };
}

const [wrong, right] = [
  { text: "Expected 1889.", score: 0 },
  { text: "Expected 1889, and so it is.", score: 1 },
];

describe("the calls of a step", () => {
  it.each([
    ["one run", [wrong], 2 + 2],
    ["three wrong runs", [wrong, wrong, wrong], 6 + 2],
    ["three runs of which one is right", [wrong, right, wrong], 4 + 2],
    ["right runs only", [right, right], 0],
    ["one right run", [right], 0],
  ])("are two for each wrong run and one for each prompt: %s", async (_what, judgements, count) => {
    const { calls, proposal } = await stepOn(judgements, {}, 1);
    expect(calls).toHaveLength(count);
    expect(proposal.updates).toEqual([]);
    expect(proposal.refused).toEqual([]);
  });

  it("are more where plain functions are judged too, or no score is the best", async () => {
    expect((await stepOn([wrong, right, wrong], { judge: "all" }, 1)).calls).toHaveLength(6 + 2);
    expect((await stepOn([wrong, right, wrong])).calls).toHaveLength(6 + 2);
    expect((await stepOn([wrong, right, wrong], { maxScore: 1 })).calls).toHaveLength(4 + 2);
    expect((await stepOn([wrong, right, wrong], { maxScore: 2 }, 1)).calls).toHaveLength(6 + 2);
  });

  it("do not depend on words: praise without the best score is a run to learn from", async () => {
    const praised = { text: "Correct. Nothing is wrong.", score: 0.9 };
    expect((await stepOn([praised], {}, 1)).calls).toHaveLength(4);
  });

  it("cost nothing for a run with the best score, whose parameters have the feedback on it all the same", async () => {
    const [used, unused] = [parameter("Answer.", { name: "used" }), parameter("Look.", { name: "unused" })];
    const ask = bundle(async (prompt: string) => prompt, { name: "ask" });
    const runs = await Promise.all([trace(() => ask(used)), trace(() => ask(unused)), trace(() => ask(unused))]);
    const llm = scripted(() => "Shorter.");
    const best = { score: 1, maxScore: 1 };
    const feedback = [
      { ...best, text: "No.", score: 0 },
      { ...best, text: "One." },
      { ...best, text: "Two." },
    ];
    const made = await credit(batchify(runs), feedback, textGradient({ llm }));
    expect(llm.calls).toHaveLength(1);
    const textFor = (one: unknown) => made.signals.get(one as Parameter)?.feedback.text;
    expect(textFor(used)).toBe("Shorter.");
    expect(textFor(unused)).toBe("ID [0]: One.\nScore: 1 of 1\nID [1]: Two.\nScore: 1 of 1");
  });

  it("are counted without those that are spared", async () => {
    await expect(stepOn([wrong, right, wrong], { maxCalls: 4 }, 1)).resolves.toBeDefined();
    await expect(stepOn([wrong, right, wrong], { maxCalls: 3 }, 1)).rejects.toMatchObject({ code: "too-many-calls" });
  });
});

describe("plain code", () => {
  it("passes feedback on with the call that it passed, also when it failed", async () => {
    const prompt = parameter("Say a number, please.", { name: "prompt" });
    const ask = bundle(async (text: string) => text, { name: "ask" });
    const parse = bundle((said: string) => JSON.parse(said) as unknown, { name: "parse" });
    const graph = await trace(async () => parse(await ask(prompt)));
    const llm = scripted(() => "Ask for JSON.");
    await credit(graph, "It failed.", textGradient({ llm }));
    expect(llm.calls).toHaveLength(1);
    expect(partsOf(llm.calls[0] as ModelRequest)["Operation"]).toBe("ask = ask(text=prompt)");
    expect(feedbackIn(llm.calls[0] as ModelRequest)).toMatch(
      /^parse_error = parse\(said=ask\) \/\/ threw ".*JSON.*"\nOn parse_error: It failed\.$/,
    );
  });

  it("is judged where it gave a promise, since a model may have answered", async () => {
    const prompt = parameter("p", { name: "prompt" });
    const ask = bundle((text: string) => Promise.resolve(text), { name: "ask" });
    const llm = scripted(() => "Longer.");
    await credit(await trace(async () => ask(prompt)), "Wrong.", textGradient({ llm }));
    await credit(await trace(async () => prompt.map((text) => Promise.resolve(text))), "Wrong.", textGradient({ llm }));
    expect(llm.calls).toHaveLength(2);
  });

  it("is told by what its own call gave: a promise elsewhere changes nothing on a graph", async () => {
    const prompt = parameter("p", { name: "prompt" });
    const known = new Map([["a", "A"]]);
    const ask = bundle((text: string, key: string) => known.get(key) ?? Promise.resolve(text + key), { name: "ask" });
    const callsFor = async (graph: WorkflowGraph) => {
      const llm = scripted(() => "Longer.");
      await credit(graph, "Wrong.", textGradient({ llm }));
      return llm.calls.length;
    };
    const failing = bundle((text: string): unknown => Promise.reject(new Error(text)), { name: "failing" });
    const hit = await trace(async () => ask(prompt, "a"));
    expect(await callsFor(hit)).toBe(0);
    expect(await callsFor(await trace(async () => ask(prompt, "b")))).toBe(1);
    expect(await callsFor(hit)).toBe(0);
    expect(await callsFor(await trace(async () => ask(prompt, "a")))).toBe(0);
    expect(await callsFor(await trace(async () => failing(prompt)))).toBe(1);
    const each = (key: string) => trace(async () => prompt.map((text) => known.get(key) ?? Promise.resolve(text)));
    for (const [key, count] of [
      ["a", 0],
      ["b", 1],
      ["a", 0],
    ] as const)
      expect(await callsFor(await each(key))).toBe(count);
  });

  it("of a long way is told by its first and last calls", async () => {
    const prompt = parameter(0, { name: "prompt" });
    const next = bundle((count: number) => count + 1, { name: "next" });
    const graph = trace(() => {
      let value = next(prompt);
      for (let step = 1; step < 100; step++) value = next(value);
      return value;
    });
    const llm = scripted(() => "");
    const made = await credit(graph, "Wrong.", textGradient({ llm }));
    const text = made.signals.get(prompt as never)?.feedback.text ?? "";
    expect(text).toMatch(
      /^next = next\(count=prompt\) \/\/ 1\nnext_1 = .*\n.*\n.*\n\(92 more calls\)\n(.*\n){4}On next_99: Wrong\.$/,
    );
    expect(llm.calls).toEqual([]);
  });
});

describe("the rewrite", () => {
  it("sees each gradient under the call that it is about, with what went in and came out", async () => {
    const { rewrites } = await stepOn([wrong, right, wrong], {}, 1);
    const uses = sectionsOf(textOf(rewrites[1] as ModelRequest))["Uses"] ?? "";
    const feedback = "Feedback:\n```\nKeep the years.\n```";
    expect(uses).toBe(
      [
        `## answer = answer(prompt=text_1)\nprompt = "\${answerer}\\n\\nA SUMMARY OF 35 LETTERS q0"\nOutput: "Answer 0"\n${feedback}`,
        `## answer_2 = answer(prompt=text_5)\nprompt = "\${answerer}\\n\\nA SUMMARY OF 35 LETTERS q2"\nOutput: "Answer 2"\n${feedback}`,
        "(1 other run had the best score and is not shown.)",
      ].join("\n\n"),
    );
    expect(textOf(rewrites[1] as ModelRequest)).toContain("# Used by\n- answer: Asks the model.\n");
  });

  it("sees the feedback as it is on its own code, and the calls after it", async () => {
    const ask = bundle(async (text: string) => text, { name: "ask" });
    const extract = bundle(
      function extract(said: string): string {
        return said.trim();
      },
      { trainable: true },
    );
    const length = bundle((text: string) => text.length, { name: "length" });
    const graph = await trace(async () => length(extract(await ask(" 42 "))));
    const parameters = graph.parameters;
    const llm = scripted(() => suggest({}));
    const algorithm = textGradAlgorithm();
    await algorithm.propose(
      credit(graph, { text: "Too long.", score: 0 }),
      { past: {} },
      {
        ...{ parameters, llm, signal: undefined },
      },
    );
    expect(llm.calls.map(roleOf)).toEqual(["rewrite"]);
    expect(sectionsOf(textOf(llm.calls[0] as ModelRequest))["Uses"]).toBe(
      '## extract_1 = extract(said=ask)\nsaid = " 42 "\nOutput: "42"\nThen:\nlength = length(text=extract_1) // 2\n' +
        "Feedback on length:\n```\nToo long.\nScore: 0\n```",
    );
  });

  it("sees the images of its uses", async () => {
    const image = { type: "image", mediaType: "image/png", data: "iVBORw0KGgo=" };
    const prompt = parameter("Describe it.", { name: "prompt" });
    const describeImage = bundle(async (_text: string, _photo: unknown) => "A tower.", { name: "describe" });
    const graph = await trace(async () => describeImage(prompt, node(image, { name: "photo" })));
    const llm = scripted((request) => (roleOf(request) === "rewrite" ? suggest({}) : "Name it."));
    const context = { parameters: graph.parameters, llm, signal: undefined };
    await textGradAlgorithm().propose(credit(graph, "Which one?"), { past: {} }, context);
    const request = llm.calls[1] as ModelRequest;
    expect(textOf(request)).toContain("photo = [image 1]");
    expect(request.messages[0]?.content).toContainEqual({
      type: "image",
      mediaType: "image/png",
      data: "iVBORw0KGgo=",
    });
  });

  it("of a prompt that a hundred runs used shows some of them, within bounds", async () => {
    const { rewrites, calls } = await stepOn(Array.from({ length: 100 }, () => wrong));
    const prompt = textOf(rewrites[0] as ModelRequest);
    expect(calls.length).toBe(200 + 2);
    expect(prompt).toContain("(60 more uses are left out.)");
    expect(prompt.length).toBeLessThan(30_000);
  });

  it("of a call with thousands of inputs names the input itself, and counts the others", async () => {
    const own = Array.from({ length: 8_000 }, (_, at) => parameter(`v${at}`, { name: `p${at}` }));
    const join = bundle((...values: string[]) => values.length, { name: "join" });
    const last = own.at(-1) as unknown as Parameter;
    const llm = scripted(() => suggest({}));
    const graph = trace(() => join(...own));
    const context = { parameters: [last], llm, signal: undefined };
    await textGradAlgorithm().propose(credit(graph, "Wrong."), { past: {} }, context);
    const prompt = textOf(llm.calls[0] as ModelRequest);
    const uses = sectionsOf(prompt)["Uses"] ?? "";
    expect(uses).toMatch(/^## join = join\(values_0=p0, .*, … \(\d+ more\), values_7999=p7999\)$/m);
    expect(uses).toContain("\n(7899 more inputs are left out.)\n");
    expect(prompt.length).toBeLessThan(10_000);
  });

  it("is as short as asked for, whatever the runs, the past and the note hold, and says what is left out", async () => {
    const prompt = parameter(`Answer. ${"Be brief. ".repeat(300)}`, { name: "prompt" });
    const ask = bundle(async (_text: string, long: string) => long, { name: "ask" });
    const batch = async () =>
      batchify(
        await Promise.all(
          Array.from({ length: 30 }, (_, at) => trace(() => ask(prompt, `${at} ${"word ".repeat(999)}`))),
        ),
      );
    const llm = scripted((request) => (roleOf(request) === "rewrite" ? suggest({}) : "Keep the years. ".repeat(40)));
    for (const maxPromptTokens of [3_000, 1_000]) {
      const algorithm = textGradAlgorithm({ memorySize: 6, maxPromptTokens });
      const context = {
        parameters: [prompt as unknown as Parameter],
        llm,
        signal: undefined,
        note: "Try. ".repeat(999),
      };
      let state = algorithm.init(context.parameters);
      for (let step = 0; step < 6; step++) {
        const given = credit(
          await batch(),
          Array.from({ length: 30 }, () => wrong),
        );
        [, state] = await algorithm.propose(given, state, context);
        const text = textOf(llm.calls.at(-1) as ModelRequest);
        expect(countTokens(text)).toBeLessThanOrEqual(maxPromptTokens);
        expect(text).toMatch(/\(\d+ more uses are left out\.\)/);
        expect(text).toContain("# Your answer");
      }
    }
    const tight = textGradAlgorithm({ maxPromptTokens: 100, objective: "Long. ".repeat(500) });
    const context = { parameters: [prompt as unknown as Parameter], llm, signal: undefined };
    await expect(tight.propose(credit(await batch(), "Wrong."), { past: {} }, context)).rejects.toMatchObject({
      code: "prompt-too-large",
    });
  });

  it("tells the objective to those that carry back, too", async () => {
    const { calls } = await stepOn([wrong], { objective: "Short answers." });
    for (const request of calls) expect(textOf(request)).toContain("# Objective\nShort answers.");
    for (const request of (await stepOn([wrong])).calls) expect(textOf(request)).not.toContain("# Objective");
  });
});

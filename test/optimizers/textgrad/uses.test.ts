/** What TextGrad pays for, and what it shows of the runs: models are judged, plain code and right runs are not. */

import {
  batchify,
  bundle,
  credit,
  type Feedback,
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
  judgements: readonly Feedback[],
  options: Parameters<typeof textGradAlgorithm>[0] = {},
  maxScore?: number,
) {
  const { summarizer, answerer, run } = pipeline();
  const parameters = [summarizer, answerer] as unknown as Parameter[];
  const graphs = await Promise.all(judgements.map((_, at) => run(`q${at}`)));
  const llm = scripted((request) => (roleOf(request) === "rewrite" ? suggest({}) : "Keep the years."));
  const algorithm = textGradAlgorithm(options);
  const given =
    graphs.length === 1
      ? credit(graphs[0] as never, judgements[0] as Feedback)
      : credit(batchify(graphs), judgements as Feedback[]);
  const context = { parameters, llm, signal: undefined, ...(maxScore === undefined ? {} : { maxScore }) };
  const [proposal] = await algorithm.propose(given, algorithm.init(parameters), context);
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
  });

  it("do not depend on words: praise without the best score is a run to learn from", async () => {
    const praised = { text: "Correct. Nothing is wrong.", score: 0.9 };
    expect((await stepOn([praised], {}, 1)).calls).toHaveLength(4);
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

  it("tells the objective to those that carry back, too", async () => {
    const { calls } = await stepOn([wrong], { objective: "Short answers." });
    for (const request of calls) expect(textOf(request)).toContain("# Objective\nShort answers.");
    for (const request of (await stepOn([wrong])).calls) expect(textOf(request)).not.toContain("# Objective");
  });
});

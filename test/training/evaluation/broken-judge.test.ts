/**
 * A judge that does not give what a run needs: the run ends soon, in every loop, and says what is wrong with the judge.
 */

import { batch, bundle, type Node, parameter, type TrainEvent, type TrainOptions, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import type { Guide } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { resultText } from "tracegrad/report";
import { basicSearch, beamSearch, evolution, gepa, prioritySearch, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";

const rows = Array.from({ length: 40 }, (_, input) => ({ input, target: "x" }));
const counts = { runs: 0 };

interface Setting extends Omit<Partial<TrainOptions>, "search"> {
  readonly search?: unknown;
  readonly validation?: number;
}

function begin(guide: Guide<number, string, never>, { search, validation = 30, ...more }: Setting = {}) {
  counts.runs = 0;
  const prompt = parameter("v", { name: "prompt" });
  const llm = scripted((_request, call) => ({ toolInput: { reasoning: "", suggestion: { prompt: `w${call}` } } }));
  const run = train({
    agent: (question: number) => {
      counts.runs += 1;
      return t`${prompt} ${question}`;
    },
    optimizer: optoPrime([prompt], { llm }),
    ...(search === undefined ? {} : { search: search as Search, acceptance: "best" }),
    data: split(rows, { train: 10, validation }),
    guide: guide as never,
    budget: { evaluations: 200, steps: 10 },
    ...(more as object),
  } as never);
  const events: TrainEvent[] = [];
  run.on((event) => events.push(event));
  return { llm, events, result: run.result };
}

const misses: Guide<number, string, never> = (_input, _output, target) => ({
  score: (target as { answer: string }).answer.length,
  text: "",
});

const searches = [
  ["plain steps", undefined],
  ["basic search", basicSearch()],
  ["beam search", beamSearch()],
  ["GEPA", gepa()],
  ["evolution", evolution()],
  ["priority search", prioritySearch()],
] as const;

test.each(searches)(
  "with %s a guide that throws on everything ends the run, before any optimizer is paid",
  async (_name, search) => {
    for (const validation of [30, 3]) {
      const { llm, result } = begin(misses, { search, validation });
      const { reason, warnings, spent } = await result;
      expect(reason).toBe("failures");
      expect(warnings.join()).toMatch(/The guide failed on example "\d+": TypeError: Cannot read prop[^]*Fix it, then/);
      expect([llm.calls.length, spent.steps]).toEqual([0, 0]);
      expect(counts.runs).toBeLessThan(20);
    }
  },
);

test("sealed data are not scored by a judge that fails on everything, and the run ends in order", async () => {
  const { result } = begin(misses, { data: split(rows.slice(0, 25), { train: 5, validation: 15 }), test: true });
  const { reason, test: scores, warnings } = await result;
  expect([reason, scores]).toEqual(["failures", undefined]);
  expect(warnings.join()).toContain("The sealed test data were not evaluated: The guide failed on example");
});

test("a run that is cancelled while it scores the sealed data ends with what it has, and says what is missing", async () => {
  const stop = new AbortController();
  const data = split(rows.slice(0, 15), { train: 5, validation: 5 });
  const judge: Guide<number, string, never> = (input) => {
    if (![...data.train, ...data.validation].some((example) => example.input === input)) stop.abort();
    return { score: 0.5, text: "" };
  };
  const { result } = begin(judge, { data, test: true, signal: stop.signal, budget: { steps: 1 } });
  const { reason, test: scores, warnings, spent } = await result;
  expect([reason, scores, spent.steps]).toEqual(["budget", undefined, 1]);
  expect(warnings.join()).toContain("The sealed test data were not evaluated: The run was cancelled.");
});

test("without validation data it ends after a few steps", async () => {
  const { llm, result } = begin(misses, { validation: 0, template: batch(2) });
  const { reason, warnings, spent } = await result;
  expect([reason, llm.calls.length, spent.steps]).toEqual(["failures", 0, 3]);
  expect(warnings.join()).toContain("The guide failed");
});

test("a guide that breaks on the way ends the run, and the text of its end speaks of the last outputs alone", async () => {
  let judged = 0;
  const { result } = begin(
    () => {
      if (++judged > 4) throw new Error("down");
      return { score: judged / 10, text: "" };
    },
    { validation: 0, template: batch(2) },
  );
  const ended = await result;
  expect([ended.reason, ended.spent.steps]).toEqual(["failures", 5]);
  expect(resultText(ended)).toContain("stopped after 5 steps: the last outputs got no score");
});

test("a guide that fails now and then ends nothing, and its first error is a warning as soon as it happens", async () => {
  const { events, result } = begin((input) => {
    if (input % 7 === 3) throw new Error("flaky");
    return { score: 0.5, text: "" };
  });
  const { reason, warnings } = await result;
  expect([reason, warnings.filter((text) => text.includes("flaky")).length]).toEqual(["budget", 1]);
  const [told, firstStep] = ["warning", "step"].map((type) => events.findIndex((event) => event.type === type));
  expect(told as number).toBeLessThan(firstStep as number);
});

test("a guide that does not measure an objective of the run is broken, and the message names the objective", async () => {
  const objectives = [{ name: "cost", goal: "minimize" }] as const;
  const { result } = begin(() => ({ score: 1, text: "" }), { objectives, search: gepa({ frontKind: "objective" }) });
  const { reason, warnings } = await result;
  expect(reason).toBe("failures");
  expect(warnings.join()).toContain('no objective "cost"');
});

test("a program that fails on everything is told with its first reason", async () => {
  const parse = bundle(function parse(text: string): string {
    throw new Error(`cannot parse ${text.length}`);
  });
  const prompt = parameter("v", { name: "prompt" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "w" } } }));
  const { warnings, reason } = await train({
    agent: (question: number) => parse(t`${prompt} ${question}`) as Node<string>,
    optimizer: optoPrime([prompt], { llm }),
    data: split(rows, { train: 2, validation: 4 }),
    guide: () => ({ score: 1, text: "" }),
    budget: { steps: 1 },
  }).result;
  expect(reason).toBe("budget");
  expect(warnings).toEqual([
    expect.stringMatching(
      /^The baseline failed on all 4 validation examples\. The first reason: "parse" failed: Error: cannot parse \d/,
    ),
  ]);
});

test("a mistake in the use of the library is a warning that names example and mistake", async () => {
  const outside = parameter("fixed", { name: "outside" });
  const reader = bundle(function reader(text: string): string {
    return text + outside.data;
  });
  const { result } = begin(() => ({ score: 1, text: "" }), {
    agent: ((question: number) => reader(String(question))) as never,
  });
  const { warnings } = await result;
  expect(warnings.join()).toMatch(/On example "\d+" the program uses tracegrad incorrectly[^]*outside/);
});

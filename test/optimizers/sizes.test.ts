/**
 * Nothing that a run brings forth is too large for an optimizer: long texts are shortened, between characters, with a
 * mark.
 */

import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { batch, bundle, type Node, type Parameter, parameter, trace, train } from "tracegrad";
import { split } from "tracegrad/data";
import type { Guide } from "tracegrad/guides";
import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import {
  ace,
  type Optimizer,
  opro,
  optoPrime,
  optoPrimeMulti,
  type Playbook,
  playbook,
  playbookText,
  textGrad,
} from "tracegrad/optimizers";
import { basicSearch, evolution, gepa, mipro, prioritySearch, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";

/** Larger than any prompt may be, with characters of two units at odd places. */
const huge = `x${"😀 upstream said no ".repeat(40_000)}`;
const rows = Array.from({ length: 8 }, (_, index) => ({ input: `q${index}`, target: "yes" }));

const failing = bundle(function failing(prompt: string, question: string): string {
  throw new Error(`${prompt.length} ${question} ${huge}`);
});
const verbose = bundle(function verbose(prompt: string, _question: string): string {
  return `${prompt.slice(0, 10)}${huge}`;
});

const talkative: Guide = () => ({ score: 0, text: huge, data: { page: huge } });
const silent: Guide = () => ({ score: 0, text: "Wrong." });

type Call = typeof failing;
/** What is huge: who fails, who answers, what is said of it, what the answer of the optimizer is. */
const cases: readonly (readonly [string, Call, Guide, string])[] = [
  ["an error", failing, silent, "shorter"],
  ["an output", verbose, silent, "shorter"],
  ["feedback and its data", verbose, talkative, "shorter"],
  ["a proposed value", verbose, silent, huge],
];

interface Tried {
  readonly name: string;
  readonly make?: (prompt: Parameter<string>, llm: LanguageModel) => unknown;
  readonly search?: Search;
}

const tried: readonly Tried[] = [
  { name: "OptoPrime", make: (prompt, llm) => optoPrime(prompt, { llm, memorySize: 3 }) },
  { name: "OPRO", make: (prompt, llm) => opro(prompt, { llm }) },
  { name: "TextGrad", make: (prompt, llm) => textGrad(prompt, { llm }) },
  { name: "OptoPrimeMulti", make: (prompt, llm) => optoPrimeMulti(prompt, { llm, candidates: 2 }) },
  { name: "basic search", search: basicSearch() },
  { name: "GEPA", search: gepa() },
  { name: "evolution", search: evolution() as never },
  { name: "priority search", search: prioritySearch() as never },
  { name: "MIPROv2", search: mipro({ trials: 2, candidates: 2 } as never) as never },
];

/** The largest limit of an algorithm, ACE's, within 5 %. */
const maxTokens = 48_000 * 1.05;

function checkPrompts(calls: readonly ModelRequest[]): void {
  const texts = calls.map(({ messages }) => messages.map(({ content }) => JSON.stringify(content)).join("\n"));
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) {
    expect(countTokens(text)).toBeLessThan(maxTokens);
    // JSON writes half a character as an escape.
    expect(text).not.toMatch(/\\ud[89a-f]/i);
  }
}

test.each(tried)(
  "no size ends a run with $name, and its prompts stay short and well-formed",
  async ({ make, search }) => {
    for (const [what, call, guide, answer] of cases) {
      const prompt = parameter("Say yes.", { name: "prompt" });
      let number = 0;
      const llm = scripted(() => ({
        toolInput: { reasoning: "", suggestion: { prompt: `${(number += 1)} ${answer}` } },
      }));
      const optimizer = (make?.(prompt, llm) ?? optoPrime(prompt, { llm })) as Optimizer;
      const run = train({
        agent: (question: string) => call(prompt, question) as Node<string>,
        optimizer,
        template: search === undefined ? batch(2) : undefined,
        data: split(rows, { train: 4, validation: 4 }),
        guide: guide as never,
        budget: search === undefined ? { steps: 3 } : { steps: 3, evaluations: 60 },
        ...(search === undefined ? {} : { search, acceptance: "best" }),
      });
      const { reason } = await run.result;
      expect([what, reason]).toEqual([what, expect.stringMatching(/budget|done|idle/)]);
      checkPrompts(llm.calls);
    }
  },
);

test("no size ends a step of ACE", async () => {
  const reply = {
    reasoning: "r",
    error: "e",
    rootCause: "c",
    correctApproach: "a",
    keyInsight: huge,
    bulletTags: [],
    operations: [],
  };
  const llm = scripted(() => ({ toolInput: reply }));
  const book = playbook(["One."], { name: "book" });
  const show = bundle((text: string, notes: Playbook) => `${text}${playbookText(notes)}${huge}`, { name: "show" });
  const optimizer = ace(book, { llm });
  trace(() => show("x", book)).backward({ text: huge, data: huge });
  await optimizer.step();
  checkPrompts(llm.calls);
});

test("a re-ask tells some of very many reasons, each cut, and says how many it leaves out", async () => {
  const a = parameter(0, { name: "a" });
  const suggestion = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`unknown_${index}_${"y".repeat(50)}`, 1]),
  );
  const llm = scripted((_request, call) => ({
    toolInput: { reasoning: "", suggestion: call === 0 ? suggestion : { a: 1 } },
  }));
  trace(() => a.map((value) => value)).backward("Wrong.");
  await optoPrime(a, { llm }).step();
  const asked = llm.calls[1]?.messages.map(({ content }) => String(content)).join("\n") ?? "";
  expect(asked.length).toBeLessThan(40_000);
  expect(asked).toMatch(/\(\d+ more are left out\.\)/);
  expect(a.data).toBe(1);
});

test("of a batch with one long feedback the short ones stay whole", async () => {
  const prompt = parameter("Say yes.", { name: "prompt" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
  const texts = ["Short and to the point.", huge, "Also short.", huge];
  const run = train({
    agent: (question: string) => prompt.map((text) => `${text}${question}`),
    optimizer: optoPrime(prompt, { llm, maxPromptTokens: 2_000 }),
    template: batch(4),
    data: split(rows, { train: 4, validation: 4 }),
    order: "given",
    guide: (input: string) => ({ score: 0, text: texts[Number(input.slice(1))] ?? "" }),
    budget: { steps: 1 },
  });
  await run.result;
  const text = String(llm.calls[0]?.messages[0]?.content);
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(text).toMatch(/# Run 1\n[^#]*Feedback: Short and to the point\.\nScore: 0/);
  expect(text).toMatch(/# Run 2\n[^#]*Feedback: x😀[^#]*characters left out/);
  expect(text).toMatch(/# Run 3\n[^#]*Feedback: Also short\.\nScore: 0/);
});

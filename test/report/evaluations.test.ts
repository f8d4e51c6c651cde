/** The cells of a report lead to the records of evaluations, whose texts are bounded. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, parameter, type TrainOptions, train } from "tracegrad";
import { split } from "tracegrad/data";
import type { Guide } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { type EvaluationRecord, readRun, reportHtml, viewOf } from "tracegrad/report";
import { gepa } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { afterEach, expect, test } from "vitest";
import type { TrainEvent } from "../../src/training/events.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const rows = Array.from({ length: 9 }, (_, index) => ({ id: `q${index}`, input: index, target: `<target-${index}>` }));

/** The page of a real run whose program and judge ask models. */
async function page(changes: Partial<TrainOptions<number, string, string>> = {}): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), "tracegrad-cells-")), "run");
  folders.push(folder);
  const solver = scripted(() => "x", { name: "solver" });
  let tries = 0;
  const llm = scripted(() => JSON.stringify({ reasoning: "More.", suggestion: { word: `word ${++tries}` } }));
  const word = parameter("word", { name: "word" });
  const ask = bundle(async function ask(input: number, by: string): Promise<string> {
    await solver.generate({ messages: [{ role: "user", content: String(input) }] });
    if (input === 4) throw new Error("Four fails.");
    return `output of ${by} on ${input}`;
  });
  const guide: Guide<number, string, string> = (_input, output, target) => ({
    score: (output.length % 7) / 7,
    text: `Not ${target}.`,
  });
  const data = split(rows, { train: 3, validation: 3 });
  const optimizer = optoPrime(word, { llm });
  const agent = (input: number) => ask(input, word);
  await train({ agent, guide, data, optimizer, budget: { steps: 2 }, folder, test: true, ...changes }).result;
  const { events, evaluations } = await readRun(folder);
  return reportHtml(viewOf(events), { evaluations });
}

test.each([
  ["steps", {}],
  ["a search", { search: gepa(), acceptance: "best" as const, budget: { steps: 2 } }],
])(
  "each cell of the report of %s leads to its record: output, feedback, calls; input and target once",
  async (_, changes) => {
    const html = await page(changes);
    const links = [...html.matchAll(/<td class="(?:h\d+|failed)"[^>]*><a tabindex="-1" href="#([^"]+)"/g)].map(
      ([, anchor]) => anchor,
    );
    expect(links.length).toBeGreaterThan(6);
    for (const anchor of links) expect(html.split(` id="${anchor}"`).length - 1).toBe(1);
    expect(html).toContain("output of word on 5");
    expect(html).toContain("Not &lt;target-5&gt;.");
    expect(html).toContain("Agent: solver, ");
    expect(html).toContain("Four fails.");
    // Once in the tooltip, once in the record, and for the input's target once: never more for one program.
    expect(html.split('<pre class="text code">&lt;target-5&gt;</pre>').length - 1).toBe(1);
  },
);

test("no target of a sealed example stands in the report", async () => {
  const html = await page();
  expect(html).toContain("output of word on 7");
  for (const index of [6, 7, 8]) expect(html).not.toContain(`target-${index}`);
});

test("the page of 200 steps and 500 examples with long texts stays within 12 MB, and says what is cut", async () => {
  const long = 'He said "no & never". '.repeat(200);
  const ids = Array.from({ length: 500 }, (_, index) => `example-${index}`);
  const outcome = (exampleId: string) => ({ exampleId, score: 0.5, feedback: long.slice(0, 300), failure: undefined });
  const events: TrainEvent[] = [
    { type: "start", runId: "large", resumedAt: undefined, spec: {}, warnings: [] },
    ...Array.from({ length: 201 }, (_, step): TrainEvent => {
      const result = { outcomes: ids.map(outcome), mean: 0.5, standardError: 0, interval: undefined, failures: 0 };
      return { type: "evaluation", step, split: "validation", candidate: `p${step}`, result };
    }),
  ];
  const call = {
    to: "model",
    model: "model-1",
    role: "agent",
    inputTokens: 812,
    outputTokens: 99,
    usd: 0.004,
    seconds: 1.2,
  };
  const record = (program: string, example: string, index: number): EvaluationRecord => ({
    ...{
      key: "k",
      candidate: program,
      split: "validation",
      example,
      repeat: 0,
      round: undefined,
      input: long,
      target: long,
    },
    ...{ output: `${index} ${long}`, score: 0.5, text: "", objectives: undefined, error: undefined, seconds: 1 },
    calls: [{ ...call, error: undefined } as EvaluationRecord["calls"][number]],
    isShared: false,
  });
  let asked = 0;
  const evaluations: EvaluationSource = async (wanted) => {
    const all = Array.from({ length: 201 }, (_, step) => ids.map((id, index) => record(`p${step}`, id, index))).flat();
    const chosen = all.filter(wanted);
    asked = chosen.length;
    return chosen;
  };
  const html = await reportHtml(viewOf(events), { evaluations });
  expect(asked).toBe(200 * 40);
  expect(html.length).toBeLessThan(12_000_000);
  expect(html).toMatch(/Texts are cut to \d+ characters/);
  expect(html).toMatch(/300 more examples/);
});

type EvaluationSource = NonNullable<NonNullable<Parameters<typeof reportHtml>[1]>["evaluations"]>;

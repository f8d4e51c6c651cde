/**
 * Every evaluation is a record: what went in and came out, what was said of it, which models were called; bounded,
 * sealed targets apart.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, node, parameter, type TrainOptions, train } from "tracegrad";
import { split } from "tracegrad/data";
import type { Guide } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { readRun } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { afterEach, expect, test } from "vitest";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tracegrad-records-"));
  folders.push(made);
  return join(made, "run");
}

const rows = Array.from({ length: 8 }, (_, index) => ({ id: `q/${index}`, input: index, target: index + 1 }));
const prices = { solver: { input: 1, output: 2 }, grader: { input: 10, output: 20 }, teacher: { input: 0, output: 0 } };

/** Its program asks `solver`, its judge asks `grader`, both by hand, so that both can be seen in the calls of a run. */
function options(changes: Partial<TrainOptions<number, number, number>> = {}): TrainOptions<number, number, number> {
  const ask = (name: string) => scripted((request) => String(request.messages[0]?.content), { name });
  const [solver, grader] = [ask("solver"), ask("grader")];
  const teacher = scripted(
    (request) => {
      const now = /\(number\) offset[^]*?```\n(-?[\d.]+)\n```/.exec(String(request.messages[0]?.content))?.[1];
      return JSON.stringify({ reasoning: "One more.", suggestion: { offset: Number(now) + 1 } });
    },
    { name: "teacher" },
  );
  const offset = parameter(0, { name: "offset" });
  const solve = bundle(async function solve(input: number, by: number): Promise<number> {
    const { text } = await solver.generate({ messages: [{ role: "user", content: String(input) }] });
    if (input === 6 && by === 0) throw new Error("Six is too many.");
    return Number(text) + by;
  });
  const guide: Guide<number, number, number> = async (_input, output, target) => {
    await grader.generate({ messages: [{ role: "user", content: `${output} for ${target}` }] });
    return { score: output === target ? 1 : 0, text: `got ${output}, wants ${target}`, objectives: { size: output } };
  };
  return {
    agent: (input) => solve(input, offset),
    optimizer: optoPrime(offset, { llm: teacher }),
    guide,
    data: split(rows, { train: 3, validation: 3 }),
    budget: { steps: 1 },
    order: "given",
    objectives: [{ name: "size", goal: "maximize" }],
    prices,
    ...changes,
  };
}

test("a run that scores a program is a record with its values, its calls by role, their dollars and its seconds", async () => {
  const at = folder();
  const { baseline } = await train(options({ folder: at })).result;
  const run = await readRun(at);
  const [record, ...others] = await run.evaluations(
    ({ candidate, split, example }) => candidate === baseline.id && split === "validation" && example === "q/4",
  );
  expect(others).toEqual([]);
  expect(record).toMatchObject({
    ...{ candidate: baseline.id, split: "validation", example: "q/4", repeat: 0, round: undefined, isShared: false },
    ...{ input: 4, output: 4, target: 5, score: 0, text: "got 4, wants 5", objectives: { size: 4 }, error: undefined },
  });
  const [agent, judge] = record?.calls ?? [];
  expect(record?.calls).toHaveLength(2);
  expect(agent).toMatchObject({ to: "solver", role: "agent", error: undefined });
  expect(judge).toMatchObject({ to: "grader", role: "judge", error: undefined });
  expect(judge?.usd).toBeCloseTo(((judge?.inputTokens ?? 0) * 10 + (judge?.outputTokens ?? 0) * 20) / 1e6, 12);
  expect(judge?.usd).toBeGreaterThan(0);
  expect(record?.seconds).toBeGreaterThanOrEqual(0);
  expect(record?.key).toMatch(/^[\da-f]{24}$/);
});

test("training runs are records with their round, and failed programs with their error and without an output", async () => {
  const at = folder();
  const failing = [rows[6], rows[6], rows[1]].map((row, index) => ({ input: 0, target: 0, ...row, id: `t${index}` }));
  const data = split([...failing, rows[2] as (typeof rows)[0]], { train: 3, validation: 1, allowOverlap: "a test" });
  await train(options({ folder: at, data, budget: { steps: 2 } })).result;
  const run = await readRun(at);
  const training = await run.evaluations(({ split }) => split === "train");
  expect(training.map(({ example, round, repeat }) => [example, round, repeat])).toEqual([
    ["t0", 1, 0],
    ["t1", 2, 0],
  ]);
  expect(training[0]).toMatchObject({ input: 6, output: undefined, score: 0 });
  expect(training[0]?.error).toMatchObject({ of: "agent", message: expect.stringContaining("Six is too many.") });
  expect(training[0]?.calls.map(({ to }) => to)).toEqual(["solver"]);
});

test("the input and the target of an example stand in the journal once, however many programs are scored on it", async () => {
  const at = folder();
  const long = "a long question ".repeat(40);
  const data = split(
    rows.map((row) => ({ ...row, question: { number: row.input, long } })),
    { train: 3, validation: 3, input: ({ question }) => question as never },
  );
  const given = options({ folder: at, data, budget: { steps: 3 } });
  const asked = (input: unknown) => given.agent?.((input as { number: number }).number) as never;
  const { candidates } = await train({ ...given, agent: asked }).result;
  expect(candidates.length).toBe(4);
  const journal = readFileSync(join(at, "journal.jsonl"), "utf8");
  // Three validation examples, and one training example a step.
  expect(journal.split('"type":"example"').length - 1).toBe(6);
  const records = await (await readRun(at)).evaluations();
  expect(records).toHaveLength(4 * 3 + 3);
  expect(records.every(({ input }) => (input as { long: string }).long === long)).toBe(true);
  expect(new Set(records.map(({ key }) => key)).size).toBe(records.length);
});

test("long texts and pictures are kept once, by reference, and are cut between characters where they are huge", async () => {
  const at = folder();
  const text = `${"😀".repeat(60_000)}end`;
  const picture = "A".repeat(30_000);
  const agent = () =>
    node({ text, picture: { type: "image", mediaType: "image/png", data: picture }, rest: "A".repeat(3_000_000) });
  const guide = () => ({ score: 0, text: "" });
  await train({ ...options({ folder: at }), agent: agent as never, guide }).result;
  const journal = readFileSync(join(at, "journal.jsonl"), "utf8");
  expect(journal.split(picture).length - 1).toBe(1);
  expect(journal.length).toBeLessThan(400_000);
  const [record] = await (await readRun(at)).evaluations();
  const output = record?.output as { text: string; picture: { data: string }; rest: string };
  expect(output.picture.data).toBe(picture);
  expect(output.text).toMatch(/^(?:😀)+… \(\d+ characters left out\) …(?:😀)+end$/u);
  expect(output.rest).toMatch(/^\[3000000 characters of data left out, SHA-256 [\da-f]{64}\]$/);
});

test("a value with too many parts is kept as a preview", async () => {
  const at = folder();
  const agent = () => node({ many: Array.from({ length: 50_000 }, (_, index) => index) });
  await train({ ...options({ folder: at }), agent: agent as never, guide: () => ({ score: 0, text: "" }) }).result;
  const [record] = await (await readRun(at)).evaluations();
  expect(String(record?.output)).toMatch(/^\{ many: \[0, 1, 2, .*…$/);
  expect(String(record?.output).length).toBeLessThan(100_100);
});

test("no file of a run holds the target of a sealed example, whatever the judge says of it", async () => {
  const at = folder();
  const secret = rows.map((row) => ({ ...row, input: `question ${row.input}`, target: `sealed-${row.input}-target` }));
  const data = split(secret, { train: 2, validation: 2 });
  const grader = scripted((request) => `It says: ${request.messages[0]?.content}`, { name: "grader" });
  const guide: Guide<string, string, string> = async (input, output, target) => {
    await grader.generate({ messages: [{ role: "user", content: `Is ${output} the same as ${target}?` }] });
    if (input.endsWith("7")) throw new Error(`I do not like ${target}`);
    return { score: 0.5, text: `wants ${target}, got ${output}` };
  };
  const offset = parameter("x", { name: "offset" });
  const { optimizer: _, ...rest } = options() as unknown as TrainOptions<string, string, string>;
  const agent = (input: string) => offset.map((value) => `${value} ${input}`);
  const optimizer = optoPrime(offset, {
    llm: scripted(() => JSON.stringify({ reasoning: "", suggestion: { offset: "y" } })),
  });
  const given = { ...rest, agent, guide, data, optimizer, objectives: [], folder: at, test: true };
  const { test: tested } = await train(given).result;
  expect(tested?.best.outcomes.map(({ score }) => score)).toEqual([0.5, 0.5, 0.5, undefined]);
  const files = readdirSync(at).map((name) => readFileSync(join(at, name), "utf8"));
  expect(files.join("\n")).toContain("sealed-0-target");
  for (const { target } of secret.slice(4)) expect(files.join("\n")).not.toContain(target);
  const records = await (await readRun(at)).evaluations(({ split }) => split === "test");
  expect(records).toHaveLength(4);
  const record = records.find(({ example }) => example === "q/4");
  expect(record).toMatchObject({ input: "question 4", target: undefined, text: "", score: 0.5 });
  expect(record?.calls).toMatchObject([{ to: "grader", role: "judge" }]);
  expect(records.find(({ example }) => example === "q/7")?.error?.message).toContain("may reveal a sealed target");
});

test("a resumed run adds its records to those of the process before, and writes no example twice", async () => {
  const at = folder();
  const first = train(options({ folder: at, budget: { steps: 1 } }));
  await first.result;
  await train(options({ folder: at, budget: { steps: 2 } })).result;
  const journal = readFileSync(join(at, "journal.jsonl"), "utf8");
  expect(journal.split('"type":"example"').length - 1).toBe(5);
  const records = await (await readRun(at)).evaluations();
  expect(records).toHaveLength(3 * 3 + 2);
  expect(records.every(({ input, calls }) => typeof input === "number" && calls.length === 2)).toBe(true);
});

test("a call that fails is in the record of its run, with the reason", async () => {
  const at = folder();
  let failures = 0;
  const solver = scripted(
    () => {
      failures += 1;
      throw Object.assign(new Error("overloaded"), { code: "model-bad-request" });
    },
    { name: "solver" },
  );
  const solve = bundle(async function solve(input: number): Promise<number> {
    await solver.generate({ messages: [{ role: "user", content: String(input) }] }).catch(() => undefined);
    return input;
  });
  await train({ ...options({ folder: at }), agent: (input) => solve(input) }).result;
  expect(failures).toBeGreaterThan(0);
  const [record] = await (await readRun(at)).evaluations();
  expect(record?.calls[0]).toMatchObject({ to: "solver", role: "agent", inputTokens: undefined });
  expect(record?.calls[0]?.error).toContain("overloaded");
});

test("with `redact`, no part of a secret is kept of inputs, outputs and long texts, also where a cut goes through it", async () => {
  const at = folder();
  const secret = "sk-ant-0123456789abcdefghijklmnop";
  const text = `${"x ".repeat(34_996)}${secret}${" y".repeat(60_000)}`;
  const data = split(
    rows.map((row) => ({ ...row, input: { number: row.input, secret } })),
    { train: 3, validation: 3 },
  );
  const agent = () => node({ text, many: Array.from({ length: 9_000 }, () => "z"), key: [secret] });
  const guide = () => ({ score: 0, text: "" });
  const given = { ...options({ folder: at }), agent: agent as never, guide, data: data as never, redact: true };
  await train(given).result;
  const journal = readFileSync(join(at, "journal.jsonl"), "utf8");
  expect(journal).not.toContain("sk-ant");
  expect(journal).toContain("[redacted]");
  const [record] = await (await readRun(at)).evaluations();
  expect(record?.input).toMatchObject({ secret: "[redacted]" });
});

/** `evaluate` scores a program in one call, as `train` would, and never trains it. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, type EvaluateOptions, ExternalCallError, evaluate, type Node, parameter, train } from "tracegrad";
import { split } from "tracegrad/data";
import { exactMatch, type Guide } from "tracegrad/guides";
import { add } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { evaluationTable, evaluationText, readRun } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { afterEach, expect, expectTypeOf, test } from "vitest";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tracegrad-evaluate-"));
  folders.push(made);
  return join(made, "run");
}

const rows = Array.from({ length: 6 }, (_, index) => ({
  id: `q${index}`,
  input: index,
  target: index < 4 ? index + 1 : 0,
}));

test("each row is judged once, in order, and the mean is theirs", async () => {
  const one = parameter(1, { name: "one" });
  const table = await evaluate({ agent: (input: number) => add(input, one), data: rows, guide: exactMatch() });
  expect(table.rows.map(({ id, input, output, target, score }) => [id, input, output, target, score])).toEqual(
    rows.map(({ id, input, target }) => [id, input, input + 1, target, target === input + 1 ? 1 : 0]),
  );
  expect(table).toMatchObject({ failures: 0, reason: "done", warnings: [] });
  expect(table.mean).toBeCloseTo(4 / 6, 12);
  expect(table.standardError).toBeGreaterThan(0);
  expect(table.spent).toMatchObject({ evaluations: 6, llmCalls: 0, steps: 0 });
  expect(one.data).toBe(1);
});

test("the types of a row are those of the data and of the program", async () => {
  const data = [{ question: "6 times 7?", answer: 42 }];
  const agent = (question: string) => ({ text: question });
  const guide: Guide<string, { text: string }, number> = () => ({ score: 1, text: "" });
  const table = await evaluate({ agent, data, guide });
  const [row] = table.rows;
  expectTypeOf(row!.input).toEqualTypeOf<string>();
  expectTypeOf(row!.target).toEqualTypeOf<number>();
  expectTypeOf(row!.output).toEqualTypeOf<{ text: string } | undefined>();
  expect(row).toMatchObject({ id: "0", input: "6 times 7?", target: 42, output: { text: "6 times 7?" } });
});

test("scores are those that train gives the starting artifact, trainable code in the sandbox included", async () => {
  const halve = bundle(
    function halve(input: number): number {
      // Node's `Intl` is not in the sandbox: a run outside of it would tell.
      if (typeof (globalThis as { process?: unknown }).process !== "undefined") return -1;
      return input / 2;
    },
    { trainable: true, name: "halve" },
  );
  const guide: Guide<number, number, number> = (input, output) => ({
    score: output === input / 2 ? input : 0,
    text: "",
  });
  const agent = (input: number): Node<number> => halve(input);
  const table = await evaluate({ agent, data: rows, guide });
  const optimizer = optoPrime(halve, { llm: scripted(() => "{}") });
  const data = split([...rows.map((row) => ({ ...row, id: `t${row.id}`, input: row.input + 100 })), ...rows], {
    train: 6,
    validation: 6,
  });
  const { baseline } = await train({ agent, guide, optimizer, data, budget: { steps: 0 } }).result;
  expect(table.rows.map(({ score }) => score)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(table.rows.map(({ score }) => score)).toEqual(baseline.validation?.outcomes.map(({ score }) => score));
  expect(table.mean).toBe(baseline.validation?.mean);
  expect(table.standardError).toBe(baseline.validation?.standardError);
});

test("a failed program and a failed judge are rows with an error; only the judged ones are in the mean", async () => {
  const agent = (input: number) => {
    if (input === 0) throw new Error("No zero.");
    return input;
  };
  const guide: Guide<number, number, number> = (input) => {
    if (input === 1) throw new Error("No one.");
    return { score: 1, text: "fine", objectives: { length: input } };
  };
  const table = await evaluate({ agent, data: rows.slice(0, 3), guide });
  expect(table.rows.map(({ score, error }) => [score, error?.of])).toEqual([
    [0, "agent"],
    [undefined, "guide"],
    [1, undefined],
  ]);
  expect(table.rows[2]?.objectives).toEqual({ length: 2 });
  expect(table).toMatchObject({ mean: 0.5, failures: 2 });
});

test("a failed run counts as in train: as no more than the lowest score, also where scores are negative", async () => {
  const agent = (input: number) => {
    if (input === 0) throw new Error("No zero.");
    return input;
  };
  const guide: Guide<number, number, number> = (input) => ({ score: -input, text: "" });
  const { rows: judged, mean } = await evaluate({ agent, data: rows.slice(0, 3), guide });
  expect(judged.map(({ score }) => score)).toEqual([0, -1, -2]);
  expect(mean).toBeCloseTo((-2 - 1 - 2) / 3, 12);
});

test("repeats are rows of their own, and one piece of evidence", async () => {
  let calls = 0;
  const agent = () => (calls += 1);
  const guide: Guide<number, number, number> = (input, output) => ({ score: input < 2 ? output % 2 : 1, text: "" });
  const table = await evaluate({ agent, data: rows, guide, repeats: 2, concurrency: 1 });
  expect(table.rows.map(({ id, repeat }) => `${id}#${repeat}`)).toEqual(
    [0, 1].flatMap((repeat) => rows.map(({ id }) => `${id}#${repeat}`)),
  );
  expect(calls).toBe(12);
  expect(table.mean).toBeCloseTo((1 + 0 + 4) / 6, 12);
  expect(table.standardError).toBeCloseTo(Math.sqrt((6 * (5 / 6) * (1 / 6)) / 5 / 6), 12);
});

/** A program that asks a model, and a judge that asks another one. */
function asking() {
  const asked: string[] = [];
  const ask = (name: string) =>
    scripted(
      (request) => {
        asked.push(`${name} ${request.messages[0]?.content}`);
        return String(request.messages[0]?.content);
      },
      { name },
    );
  const [solver, grader] = [ask("solver"), ask("grader")];
  const agent = async (input: number) => {
    const { text } = await solver.generate({ messages: [{ role: "user", content: String(input) }] });
    return Number(text);
  };
  const guide: Guide<number, number, number> = async (_input, output, target) => {
    await grader.generate({ messages: [{ role: "user", content: `${output} for ${target}` }] });
    return { score: output === target ? 1 : 0, text: "judged" };
  };
  const prices = { solver: { input: 1, output: 2 }, grader: { input: 10, output: 20 } };
  const options: EvaluateOptions<(typeof rows)[number], number> = { agent, guide, data: rows, prices, concurrency: 1 };
  return { options, asked };
}

test.each([["in memory"], ["in a folder"]])(
  "a row has the calls of its run, by whom and for how much, %s",
  async (where) => {
    const { options } = asking();
    const table = await evaluate({ ...options, ...(where === "in memory" ? {} : { folder: folder() }) });
    for (const { calls } of table.rows) {
      expect(calls.map(({ to, role }) => [to, role])).toEqual([
        ["solver", "agent"],
        ["grader", "judge"],
      ]);
    }
    const all = table.rows.flatMap(({ calls }) => calls);
    expect(table.spent.llmCalls).toBe(12);
    expect(all.reduce((sum, { usd }) => sum + (usd ?? Number.NaN), 0)).toBeCloseTo(table.spent.usd ?? Number.NaN, 12);
  },
);

test("a spent budget ends the table early, and a larger one goes on in the folder without asking twice", async () => {
  const at = folder();
  const first = asking();
  const short = await evaluate({ ...first.options, folder: at, budget: { llmCalls: 5 } });
  expect(short).toMatchObject({ reason: "budget" });
  expect(short.rows.map(({ id }) => id)).toEqual(["q0", "q1"]);
  const second = asking();
  const whole = await evaluate({ ...second.options, folder: at });
  expect(first.asked.length + second.asked.length).toBe(12);
  expect(whole.reason).toBe("done");
  const alone = await evaluate(asking().options);
  const plain = ({ rows }: typeof alone) =>
    rows.map(({ calls, seconds: _seconds, ...row }) => ({ ...row, calls: calls.length }));
  expect(plain(whole)).toEqual(plain(alone));
  expect(whole).toMatchObject({ mean: alone.mean, standardError: alone.standardError });
  expect(whole.spent).toMatchObject({ llmCalls: 12, evaluations: 6, usd: alone.spent.usd });
});

test("a budget of evaluations judges as many rows", async () => {
  const table = await evaluate({ ...asking().options, budget: { evaluations: 4 } });
  expect(table).toMatchObject({ reason: "budget", spent: { evaluations: 4 } });
  expect(table.rows).toHaveLength(4);
});

test("a cancelled evaluation gives what was judged until then", async () => {
  const stop = new AbortController();
  const agent = (input: number) => {
    if (input === 3) stop.abort();
    stop.signal.throwIfAborted();
    return input;
  };
  const guide = () => ({ score: 1, text: "" });
  const table = await evaluate({ agent, guide, data: rows, concurrency: 1, signal: stop.signal });
  expect(table).toMatchObject({ reason: "aborted", mean: 1 });
  expect(table.rows.map(({ id }) => id)).toEqual(["q0", "q1", "q2"]);
});

test("an outage ends it with the outage, and the folder goes on", async () => {
  const at = folder();
  let isDown = true;
  const agent = (input: number) => {
    if (input === 2 && isDown) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    return input;
  };
  const options = { agent, guide: () => ({ score: 1, text: "" }), data: rows, concurrency: 1, folder: at };
  await expect(evaluate(options)).rejects.toThrow(ExternalCallError);
  isDown = false;
  const { rows: judged, reason } = await evaluate({ ...options, acceptChanges: true });
  expect([judged.length, reason]).toEqual([6, "done"]);
});

test("a folder belongs to the values of the program, found through closures, and to its data", async () => {
  const at = folder();
  const one = parameter(1, { name: "one" });
  const agent = (input: number) => add(input, one);
  const options = { agent, guide: exactMatch(), data: rows, folder: at };
  const first = await evaluate(options);
  expect(await evaluate(options)).toMatchObject({ mean: first.mean });
  await expect(evaluate({ ...options, data: rows.slice(1) })).rejects.toMatchObject({ code: "run-differs" });
  const two = parameter(2, { name: "one" });
  const other = { ...options, agent: (input: number) => add(input, two) };
  await expect(evaluate(other)).rejects.toMatchObject({ code: "run-differs" });
});

test("its folder is read as a run: the program, its score, and the record of each row", async () => {
  const at = folder();
  const { mean } = await evaluate({ ...asking().options, folder: at });
  const run = await readRun(at);
  expect(run.best?.validation?.mean).toBe(mean);
  expect(run.progress.ended).toBe("done");
  const records = await run.evaluations(({ example }) => example === "q3");
  expect(records).toMatchObject([{ input: 3, output: 3, target: 4, text: "judged", calls: [{}, {}] }]);
});

test("in memory it makes JSON of no value", async () => {
  const output = { toJSON: () => expect.unreachable("made JSON of") };
  const table = await evaluate({ agent: () => output, guide: () => ({ score: 1, text: "" }), data: rows });
  expect(table.rows[0]?.output).toBe(output);
});

test("its text has a line a row, shortened, without control characters, and the mean; the table has all of it", async () => {
  const agent = (input: number) => `${"long ".repeat(50)}\u001b[31m${input}`;
  const guide: Guide<number, string, number> = (input) => ({
    score: input / 10,
    text: "said\nthis",
    objectives: { size: 1 },
  });
  const table = await evaluate({ agent, guide, data: rows });
  const text = evaluationText(table, { maxRows: 2 });
  const lines = text.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^example +score +output +feedback +calls +time$/);
  expect(lines[2]).toMatch(/^q0 +0\.00 +long long .*… +said this +0 +\d/);
  expect(lines[4]).toBe("… and 4 more rows");
  expect(lines[5]).toMatch(/^mean 0\.25 \[0\.11, 0\.48\] \(95%\) over 6 examples, 0 failed$/);
  expect(text).not.toContain("\u001b");
  const whole = evaluationTable(table);
  expect(whole.rows[1]?.[whole.columns.indexOf("text")]).toBe("said\nthis");
  expect(whole.rows[1]?.[whole.columns.indexOf("size")]).toBe(1);
});

test("its text says why the judge failed, and over how many examples the mean is", async () => {
  const guide: Guide<number, number, number> = (input) => {
    if (input > 1) throw new Error("no rubric");
    return { score: 1, text: "fine" };
  };
  const text = evaluationText(await evaluate({ agent: (input: number) => input, guide, data: rows }));
  expect(text).toMatch(/^q2 .*guide failed: Error: no rubric/m);
  expect(text).toMatch(/^mean 1\.00 \[0\.34, 1\.00\] \(95%\) over 2 of 6 examples, 4 failed$/m);
});

test.each<[string, object, string]>([
  ["no guide", { guide: undefined }, "Give either an `agent` and a `guide`"],
  ["no rows", { data: [] }, "`data` is an array of rows"],
  ["a split", { data: split([...rows], { train: 2, validation: 2 }) }, "Of a split give a part"],
  ["no whole number of repeats", { repeats: 0.5 }, "`repeats` must be a whole number"],
  ["two rows of one id", { data: [rows[0], rows[0]] }, 'Two rows have the id "q0"'],
])("refuses %s", async (_, change, message) => {
  const options = { agent: (input: number) => input, guide: exactMatch(), data: rows, ...change };
  await expect(evaluate(options as never)).rejects.toThrow(message);
});

test("with `redact`, no secret stands in its folder, its texts and what the judge's model is asked", async () => {
  const at = folder();
  const secret = "sk-ant-0123456789abcdefghijklmnop";
  const guide: Guide<number, string, number> = (_input, output) => ({ score: 1, text: `it said ${output}` });
  const agent = (input: number) => {
    if (input === 1) throw new Error(`Not with ${secret}`);
    return `${secret} ${input}`;
  };
  const table = await evaluate({ agent, guide, data: rows, folder: at, redact: true });
  expect(readFileSync(join(at, "journal.jsonl"), "utf8")).not.toContain(secret);
  expect(JSON.stringify(table.rows.map(({ text, error }) => [text, error]))).not.toContain(secret);
  expect(table.rows[0]?.text).toBe("it said [redacted] 0");
});

test("an environment is scored by its total reward", async () => {
  const { environmentTask } = await import("tracegrad/environments");
  const { seeds } = await import("tracegrad/data");
  const environment = environmentTask<number, number>({
    agent: (seen: Node<number>) => add(seen, 1),
    make: () => {
      let left = 3;
      return {
        reset: (seed: number) => seed,
        step: (action: number) => ({ observation: action, reward: action, done: --left === 0 }),
      } as never;
    },
    maxSteps: 5,
  });
  const at = folder();
  const table = await evaluate({
    environment,
    data: seeds({ train: [1], validation: [10, 20] }).validation,
    folder: at,
  });
  expect(table.rows.map(({ input, score }) => [input, score])).toEqual([
    [10, 11 + 12 + 13],
    [20, 21 + 22 + 23],
  ]);
  expect(table.rows[0]?.output).toEqual({ steps: 3, total: 36 });
  expect(readFileSync(join(at, "journal.jsonl"), "utf8")).toContain('"total":36');
});

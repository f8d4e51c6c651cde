/** The statistics and tables of the optimizer benchmark. */

import { parameter, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { add } from "tracegrad/operators";
import { opro } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import type { Result } from "../../bench/optimizers/contest.ts";
import { gaussian } from "../../bench/optimizers/problem.ts";
import { readPrompt } from "../../bench/optimizers/prompt.ts";
import { type Difference, pairedDifference, shown } from "../../bench/optimizers/statistics.ts";
import { overviewOf, rowsOf, tablesOf } from "../../bench/optimizers/tables.ts";
import { tInterval } from "../../src/math/intervals.ts";
import { seeded } from "../../src/util/rng.ts";

test("intervals of paired differences hold the true one 95 times in 100, from five pairs on, and there are none below", () => {
  const rng = seeded("coverage");
  const sample = (count: number) => Array.from({ length: count }, () => 0.5 + gaussian(rng));
  for (const count of [5, 10, 30]) {
    let held = 0;
    for (let trial = 0; trial < 3_000; trial++) {
      const { low = 1, high = 0 } = tInterval(sample(count)) ?? {};
      if (low <= 0.5 && high >= 0.5) held++;
    }
    expect(Math.abs(held / 3_000 - 0.95)).toBeLessThan(0.012);
    const differences = sample(count);
    expect(pairedDifference(differences).interval).toEqual(tInterval(differences));
  }
  expect(pairedDifference(sample(4)).interval).toBeUndefined();
  expect(pairedDifference([0.25, 0.25, 0.25, 0.25, 0.25])).toMatchObject({ mean: 0.25, interval: undefined, count: 5 });
});

test("a comparison is the mirror image of the same one in the other direction", () => {
  const rng = seeded("mirror");
  for (const count of [3, 9, 30]) {
    const differences = Array.from({ length: count }, () => 0.2 + gaussian(rng));
    const [one, other] = [pairedDifference(differences), pairedDifference(differences.map((value) => -value))];
    expect(other.mean).toBeCloseTo(-one.mean, 12);
    expect(other.p).toBe(one.p);
    expect(other.interval?.low ?? 0).toBeCloseTo(-(one.interval?.high ?? 0), 12);
  }
});

test("of many contrasts without any difference, a report shows one seldom; without the correction most would", () => {
  const rng = seeded("holm");
  const reports = Array.from({ length: 60 }, () =>
    Array.from({ length: 40 }, () => pairedDifference(Array.from({ length: 10 }, () => gaussian(rng)))),
  );
  expect(reports.filter((all) => shown(all).size > 0).length).toBeLessThanOrEqual(6);
  expect(reports.filter((all) => all.some(({ p }) => p <= 0.05)).length).toBeGreaterThan(40);
  const clear = pairedDifference(Array.from({ length: 30 }, () => 1 + gaussian(rng)));
  expect([...shown([...(reports[0] as Difference[]), clear])]).toContain(clear);
});

const result = (optimizer: string, seed: number, score: number): Result => ({
  family: "onemax",
  problem: `onemax/${seed}`,
  optimizer,
  seed,
  start: 0.1,
  score,
  optimum: 1,
  solved: score === 1,
  evaluations: 10,
  steps: 5,
  seconds: 0.1,
});

test("runs are compared problem by problem, and every problem is told", () => {
  // In another order than the control's, so that pairing by place would give another mean.
  const control = [result("no-op", 0, 0.1), result("no-op", 1, 0.9)];
  const rows = rowsOf([...control, result("mine", 1, 1), result("mine", 0, 0.2)], ["no-op"]);
  const [first, mine] = rows;
  expect(first?.against).toEqual({});
  expect(mine?.score.mean).toBeCloseTo(0.6);
  expect(mine?.solved).toBe(0.5);
  expect(mine?.against["no-op"]).toMatchObject({ mean: expect.closeTo(0.1, 9), interval: undefined, count: 2 });
  expect(tablesOf(rows, ["no-op"])).toContain("| mine | 0.60 \\[0.00, 1.00\\] | 50% | 10 | +0.100 |");
});

test("the overview tells of each contestant how far it came, and where it beats a control beyond doubt", () => {
  const seeds = Array.from({ length: 10 }, (_, seed) => seed);
  const other = (name: string, seed: number, score: number) => ({ ...result(name, seed, score), family: "tsp" });
  const control = seeds.flatMap((seed) => [result("no-op", seed, 0.1), other("no-op", seed, 0.1)]);
  // In the second family as many runs are worse as are better, so that it proves nothing.
  const mine = seeds.flatMap((seed) => [result("mine", seed, 1), other("mine", seed, seed % 2 === 0 ? 0.05 : 0.55)]);
  const alone = seeds.map((seed) => result("alone", seed, 1));
  const text = overviewOf(rowsOf([...control, ...mine, ...alone], ["no-op"]), ["no-op"]);
  expect(text).toContain("| no-op | 2 | 0% |  |");
  expect(text).toContain("| mine | 2 | 61% | 1 better, 0 worse |");
  expect(text).toContain("| alone | 1 | 100% | 1 better, 0 worse |");
});

test("a prompt's variables are read with their kinds, constraints and values, and with those of past steps", () => {
  const fenced = (value: string) => `\`\`\`\n${value}\n\`\`\``;
  const content = [
    "# Variables",
    `(number) x: How far.\nConstraint: A number from 0 to 9.\n${fenced("4")}`,
    `(text) note\n${fenced("Feedback is no title here\nbut a line")}`,
    "",
    "# Feedback\nToo low.",
    "",
    `# Past steps\n## Step 1\nx:\n${fenced("3")}\nnote:\n${fenced("old")}\nFeedback: Too low.`,
  ].join("\n");
  const { variables, feedback, past, leader } = readPrompt({ messages: [{ role: "user", content }] });
  expect(variables).toEqual([
    { name: "x", kind: "number", text: "4", constraint: "A number from 0 to 9." },
    { name: "note", kind: "text", text: "Feedback is no title here\nbut a line", constraint: undefined },
  ]);
  expect(feedback).toBe("Too low.");
  expect(past).toEqual([{ x: "3", note: "old" }]);
  expect(leader).toBeUndefined();
});

test("of OPRO's rendered prompt the current values and the best solution are read", async () => {
  const x = parameter(1, { name: "x", constraint: "A number from 0 to 9." });
  const asked: ModelRequest[] = [];
  const llm = scripted((request) => {
    asked.push(request);
    return { toolInput: { reasoning: "", suggestion: { x: asked.length + 1 } } };
  });
  const optimizer = opro(x, { llm });
  for (const score of [0.25, 0.75, 0.5]) {
    trace(() => add(x, 1)).backward({ text: `The score is ${score}.`, score });
    await optimizer.step();
  }
  const { variables, past, leader, feedback } = readPrompt(asked[2] as ModelRequest);
  expect(variables).toEqual([{ name: "x", kind: "number", text: "3", constraint: "A number from 0 to 9." }]);
  expect(leader).toEqual({ x: "2" });
  expect(past).toEqual([{ x: "1" }, { x: "3" }, { x: "2" }]);
  expect(feedback).toContain("The score is 0.5.");
});

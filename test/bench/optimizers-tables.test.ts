/** The statistics and tables of the optimizer benchmark. */

import { add, type ModelRequest, OPRO, parameter, trace } from "tracegrad";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import type { Result } from "../../bench/optimizers/contest.ts";
import { gaussian } from "../../bench/optimizers/problem.ts";
import { readPrompt } from "../../bench/optimizers/prompt.ts";
import { pairedDifference } from "../../bench/optimizers/statistics.ts";
import { overviewOf, rowsOf, tablesOf } from "../../bench/optimizers/tables.ts";
import { seeded } from "../../src/util/rng.ts";

test("intervals of paired differences cover the true difference about as often as they say", () => {
  const rng = seeded("coverage");
  let covered = 0;
  for (let trial = 0; trial < 200; trial++) {
    const sample = Array.from({ length: 30 }, () => 0.5 + gaussian(rng));
    const { low, high } = pairedDifference(sample, `trial ${trial}`, 300);
    if (low <= 0.5 && high >= 0.5) covered++;
  }
  // A percentile interval of 30 values covers a little less than the 95 % it is named for.
  expect(covered).toBeGreaterThan(176);
  expect(covered).toBeLessThan(200);
});

test("equal differences leave no doubt, and the same seed gives the same interval", () => {
  expect(pairedDifference([0.25, 0.25, 0.25], "a")).toEqual({ mean: 0.25, low: 0.25, high: 0.25, count: 3 });
  expect(pairedDifference([0, 1, 5], "a")).toEqual(pairedDifference([0, 1, 5], "a"));
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
  metricCalls: 10,
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
  const { mean, low, high, count } = mine?.against["no-op"] ?? { mean: 0, low: 0, high: 1, count: 0 };
  for (const value of [mean, low, high]) expect(value).toBeCloseTo(0.1);
  expect(count).toBe(2);
  expect(tablesOf(rows, ["no-op"])).toContain("| mine | 0.600 ± 0.400 | 50 % | 10 | +0.100 (+0.100 to +0.100) |");
});

test("the overview tells of each contestant how far it came, and where it beats a control beyond doubt", () => {
  const other = (name: string, seed: number, score: number) => ({ ...result(name, seed, score), family: "tsp" });
  const control = [result("no-op", 0, 0.1), result("no-op", 1, 0.1), other("no-op", 0, 0.1), other("no-op", 1, 0.1)];
  const mine = [result("mine", 0, 1), result("mine", 1, 1), other("mine", 0, 0.05), other("mine", 1, 0.55)];
  const text = overviewOf(rowsOf([...control, ...mine, result("alone", 0, 1)], ["no-op"]), ["no-op"]);
  expect(text).toContain("| no-op | 2 | 0 % |  |");
  // In the second family one run is worse and one better, so that it proves nothing.
  expect(text).toContain("| mine | 2 | 61 % | 1 better, 0 worse |");
  expect(text).toContain("| alone | 1 | 100 % | 1 better, 0 worse |");
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
  const optimizer = new OPRO(x, { llm });
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

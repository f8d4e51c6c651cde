/** PAL and self-refine on the real LangGraph: what their graphs hold, and where the model's programs run. */

import { trace, train } from "tracegrad";
import { split } from "tracegrad/data";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { makePal } from "../../../examples/langgraph/pal.ts";
import { makeSelfRefine } from "../../../examples/langgraph/self-refine.ts";
import { isRight } from "../../../examples/langgraph/tasks.ts";

const writes = (reply: string) => scripted(() => reply);

describe("PAL", () => {
  test("is a chain from the prompt to the answer", async () => {
    const pal = makePal(writes("```js\nfunction solve() { return 6 * 7; }\n```"));
    const graph = await trace(() => pal.answer("What is 6 times 7?"));
    expect(graph.value).toBe("42");
    expect(graph.parameters.map(({ name }) => name).sort()).toEqual(["prompt", "readAnswer", "takeCode"]);
    const calls = graph.nodes.filter(({ operation }) => operation.kind === "bundle");
    const read = calls.map(({ op, inputs }) => [op, Object.values(inputs).map((input) => input.op)]);
    expect(read).toEqual([
      ["writeProgram", ["prompt", "problem"]],
      ["takeCode", ["writeProgram", "takeCode"]],
      ["calculate", ["takeCode"]],
      ["readAnswer", ["calculate", "readAnswer"]],
    ]);
  });

  test.each([
    ["is no program", "I think it is 42.", /Unexpected|Missing semicolon/],
    ["runs for ever", "function solve() { for (;;); }", /1000 ms|1,000 ms|time/],
    ["reads the machine", "function solve() { return process.env.HOME; }", /process/],
  ])("a program that %s fails as an output that feedback can be given on", async (_, reply, message) => {
    const graph = await trace(() => makePal(writes(reply)).answer("What is 6 times 7?"));
    expect(String(graph.error)).toMatch(message);
    expect(graph.parameters.map(({ name }) => name)).toContain("prompt");
  });
});

describe("self-refine", () => {
  const says = (review: string) =>
    scripted(({ system }) => {
      if (system?.startsWith("Check")) return review;
      return system?.startsWith("Solve the problem anew") ? "So it is 42." : "So it is 41.";
    });
  const opsOf = async (review: string) => {
    const graph = await trace(() => makeSelfRefine(says(review)).answer("What is 6 times 7?"));
    return {
      value: graph.value,
      ops: graph.nodes.map(({ op }) => op),
      names: graph.parameters.map(({ name }) => name),
    };
  };

  test("refines what the review does not accept", async () => {
    const { value, ops, names } = await opsOf("6 times 7 is not 41: INCORRECT.");
    expect(value).toBe("42");
    expect(ops.filter((op) => ["propose", "verify", "refine"].includes(op))).toEqual(["propose", "verify", "refine"]);
    expect(names).toContain("refinePrompt");
  });

  test("keeps what the review accepts, and the answer depends on the review all the same", async () => {
    const { value, ops, names } = await opsOf("CORRECT");
    expect(value).toBe("41");
    expect(ops).not.toContain("refine");
    expect([...names].sort()).toEqual(["proposePrompt", "readAnswer", "verifyPrompt"]);
  });
});

test("a step rewrites a prompt and a node function together, and the graph runs on the new ones", async () => {
  const pal = makePal(
    scripted(({ system }) => (system?.includes("cents") ? "function solve() { return 4200; }" : "function solve() {}")),
  );
  const suggestion = {
    prompt: "Write a function solve() that returns cents.",
    readAnswer: "const readAnswer = (result: unknown): string => String(Number(result) / 100);",
  };
  const rows = ["6 times 7", "40 plus 2"].map((input) => ({ input, target: "42" }));
  const { best, baseline } = await train({
    agent: pal.answer,
    optimizer: optoPrime(pal.learns, { llm: scripted(() => ({ toolInput: { reasoning: "Cents.", suggestion } })) }),
    guide: isRight,
    data: split(rows, { train: 1, validation: 1 }),
    acceptance: "best",
    budget: { steps: 1 },
  }).result;
  expect([baseline.validation?.mean, best.validation?.mean]).toEqual([0, 1]);
  expect(best.values).toMatchObject(suggestion);
});

test.each([
  ["$1,000.00", "1000", 1],
  ["Ambiguous.", "ambiguous", 1],
  ["-3", "3", 0],
  ["", "0", 0],
  ["12", "1.2", 0],
])("the answer %j to what is %j scores %i", async (output, target, score) => {
  const judgement = await isRight("", output, target, { exampleId: "1", signal: undefined });
  expect(judgement.score).toBe(score);
});

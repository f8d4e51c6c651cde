/** The loop in a loop, with scripts in place of both optimizers' models: what they learn is written into the scripts. */

import { train } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { problems, scoreOf, shownBy, solutionOf } from "../../../examples/nested/problems.ts";
import { optionsFor } from "../../../examples/nested/setup.ts";

const promptOf = ({ messages }: ModelRequest) => String(messages[0]?.content);
const proposes = (suggestion: Readonly<Record<string, unknown>>) => ({
  toolInput: { reasoning: "Scripted.", suggestion },
});

/** Tries cubes if the instruction says so; the rest stays as it is. */
const inner = scripted((request) => {
  const prompt = promptOf(request);
  if (!prompt.includes("whole number") || !prompt.includes("cubes")) return proposes({});
  const isLow = /guess: 500, shows: "too low"/.test(prompt) || prompt.includes("512");
  return proposes({ guesses: isLow ? [512, 729, 1000] : [64, 216, 343] });
});

test("the outer loop rewrites the instruction that the inner loop then works by", async () => {
  const seen: string[] = [];
  const outer = scripted((request) => {
    seen.push(promptOf(request));
    return proposes({ instruction: "Guess cubes." });
  });
  const { baseline, best, test: sealed, spent } = await train(optionsFor({ inner, outer })).result;
  expect(best.values).toEqual({ instruction: "Guess cubes." });
  // A third of the problems are numbers, and each of theirs is found.
  const gain = (one = 0, other = 0) => (other - one) * 3;
  expect(gain(baseline.validation?.mean, best.validation?.mean)).toBeCloseTo(1 - scoreOf(problems[9]!, 500), 12);
  expect(gain(sealed?.baseline.mean, sealed?.best.mean)).toBeCloseTo(1 - scoreOf(problems[12]!, 500), 12);
  // The outer optimizer is shown what the inner loop tried and the solution, and no problem of the validation.
  expect(seen[0]).toContain('{ guess: 500, shows: "too low" }');
  expect(seen[0]).toContain("The solution was 729.");
  expect(seen.join()).not.toContain("The solution was 512.");
  // Two inner steps an inner loop, all of them calls of the outer run.
  expect(spent.byRole.agent.llmCalls).toBe(2 * spent.evaluations);
});

test("the inner optimizer sees the instruction and what its guesses showed, and neither score nor solution", async () => {
  const seen: string[] = [];
  const watching = scripted((request) => {
    seen.push(promptOf(request));
    return proposes({
      guesses: [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    });
  });
  const outer = scripted(() => proposes({}));
  await train({ ...optionsFor({ inner: watching, outer }), budget: { steps: 1 } }).result;
  const valley = seen.filter((prompt) => prompt.includes("landscape"));
  expect(valley[0]).toContain("Change the guesses so that they get better feedback.");
  expect(valley[0]).toContain("[0,0]: height 512");
  expect(seen.join()).not.toMatch(/score|solution/i);
});

test("a solution scores 1, and shows that it is one", () => {
  for (const problem of problems) expect(scoreOf(problem, solutionOf(problem))).toBe(1);
  const [, code] = problems as [unknown, (typeof problems)[number]];
  expect(shownBy(code, [6, 3, 5, 2])).toBe("digits in the right place: 2, in a wrong one: 2");
});

import { credit, graphOf, type Node, node, parameter } from "tracegrad";
import { problemOf } from "tracegrad/extend";
import { add } from "tracegrad/operators";
import { expect, test } from "vitest";
import { render } from "../../../src/optimizers/optoprime/render.ts";
import { writeWithin } from "../../../src/optimizers/prompt/within-tokens.ts";
import { countTokens } from "../../../src/util/tokens.ts";
import { leastTime } from "../../processor-time.ts";

function chainOf(length: number) {
  let sum: Node<number> = parameter(1, { name: "start" });
  const one = node(1, { name: "one" });
  for (let step = 0; step < length; step++) sum = add(sum, one);
  const made = credit(graphOf(sum), "Too low.");
  // What is known of the tables of a problem is kept with it, so each round has a problem of its own.
  return () => problemOf(made, made.signals.keys());
}

test("the time of a prompt with a limit grows with the limit, not with the graph", () => {
  const texts = { objective: "Improve.", memory: [], instructions: "Answer." };
  const [short, long] = [6_000, 96_000].map((length) => {
    const poseProblem = chainOf(length);
    const problems = Array.from({ length: 6 }, poseProblem);
    const write = () => {
      const problem = problems.pop() ?? poseProblem();
      const limit = { maxTokens: 8_000, count: countTokens };
      return writeWithin(limit, (maxCharacters) => render(problem, { ...texts, maxCharacters }));
    };
    expect(write().isWhole).toBe(false);
    return leastTime(write);
  }) as [number, number];
  // 16 times the nodes. Each is looked at, to say what all have in common, which is a small part of the work.
  expect(long / short).toBeLessThan(6);
});

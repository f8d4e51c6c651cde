/** How much too high the best of many scores is: the estimate beside a simulation, and the warning of a run. */

import { expect, test } from "vitest";
import { optimismOf } from "../../../src/training/acceptance/optimism.ts";
import type { Outcome } from "../../../src/training/types.ts";
import { seeded } from "../../../src/util/rng.ts";
import { type Metric, run } from "./candidates.ts";

const even: Metric = (_, noise) => (noise < 0.5 ? 1 : 0);
/** Equal candidates on examples that are easy or hard for all of them. */
const uneven: Metric = (_, noise, input) => (noise < (input % 2 === 0 ? 0.9 : 0.1) ? 1 : 0);

const warning =
  /^The best validation score is likely to be too high: the best of (\d+) equal candidates on (\d+) examples/;

test.each([
  ["200 candidates on 20 examples", even, 199, 20, 1],
  ["30 candidates on 12 examples", even, 29, 12, 1],
  ["5 candidates on 200 examples", even, 4, 200, 0],
  ["30 candidates on 200 examples that are easy or hard for all", uneven, 29, 200, 0],
])("%s", async (_, metric, candidates, examples, count) => {
  const { warnings } = await run({ metric, candidates, examples });
  expect(warnings.filter((text) => warning.test(text))).toHaveLength(count);
});

test("a run of many rounds says so once", async () => {
  const { warnings } = await run({
    metric: even,
    examples: 12,
    more: {
      search: {
        name: "one a round",
        settings: {},
        init: () => 1,
        async round(state, context) {
          const parents = [context.candidates()[0]?.id as string];
          const [added] = await context.add([{ values: { choice: Number(state) }, parents, origin: "given" }]);
          await context.evaluate([{ candidate: added?.candidate?.id as string }]);
          return { state: Number(state) + 1 };
        },
      },
      budget: { steps: 40 },
    },
  });
  expect(warnings.filter((text) => warning.test(text))).toHaveLength(1);
});

test("a range of scores that is a hundred times as wide has the same warning at a hundred times the error", async () => {
  const wide: Metric = (_, noise) => (noise < 0.5 ? 100 : 0);
  const range = [0, 100] as const;
  const { warnings } = await run({ metric: wide, candidates: 29, examples: 12, acceptance: { range } });
  const small = await run({
    metric: (_, noise) => (noise < 0.5 ? 1 : 0),
    candidates: 29,
    examples: 400,
    acceptance: { range },
  });
  expect(warnings.filter((text) => warning.test(text))).toHaveLength(1);
  expect(small.warnings.filter((text) => warning.test(text))).toHaveLength(0);
});

test.each([
  [5, 200],
  [20, 20],
  [200, 20],
])(
  "the estimate for the best of %i equal candidates on %i examples is that of a simulation, within a tenth",
  (rows, columns) => {
    const rng = seeded(`optimism ${rows} ${columns}`);
    const rounds = rows > 100 ? 60 : 300;
    let [found, expected] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const hardness = Array.from({ length: columns }, () => 0.2 + 0.6 * rng.float());
      const table = Array.from({ length: rows }, () => hardness.map((chance) => (rng.float() < chance ? 1 : 0)));
      const truth = hardness.reduce((sum, chance) => sum + chance, 0) / columns;
      const means = table.map((row) => row.reduce<number>((sum, score) => sum + score, 0) / columns);
      found += Math.max(...means) - truth;
      expected += optimismOf(table.map(outcomesOf));
    }
    expect(Math.abs(expected - found) / found).toBeLessThan(0.1);
  },
);

test("nothing is expected of one candidate, of one example, or of candidates that score the same", () => {
  expect(optimismOf([outcomesOf([1, 0, 1])])).toBe(0);
  expect(optimismOf([outcomesOf([1]), outcomesOf([0])])).toBe(0);
  expect(optimismOf([outcomesOf([1, 0, 1]), outcomesOf([1, 0, 1])])).toBe(0);
});

function outcomesOf(scores: readonly number[]): readonly Outcome[] {
  return scores.map((score, at) => ({ exampleId: String(at), score, feedback: "", failure: undefined }));
}

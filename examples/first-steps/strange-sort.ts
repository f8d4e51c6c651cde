/**
 * Strange sort: a function is rewritten until its tests pass. `train` runs the loop of greeting.ts, and measures.
 *
 *   npx tsx --conditions=@tracegrad/source examples/first-steps/strange-sort.ts [--mailbox DIR]
 */

import { batch, bundle, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { resultText } from "tracegrad/report";
import { answersFor } from "./answers.ts";

const strange_sort = bundle(
  /** Sorts a list in the strange order that the tests expect. */
  function strange_sort(list: number[]): number[] {
    return [...list].sort((a, b) => a - b);
  },
  { trainable: true },
);

// The tests: the smallest number comes first, then the largest, then the second smallest, and so on.
const tests = [
  { input: [1, 2, 3, 4], target: [1, 4, 2, 3] },
  { input: [5, 5, 5], target: [5, 5, 5] },
  { input: [9, 1, 8, 2, 7], target: [1, 9, 2, 8, 7] },
  { input: [], target: [] },
  { input: [3], target: [3] },
  { input: [-4, 4, 0, 10], target: [-4, 10, 0, 4] },
  { input: [100, 20, 3], target: [3, 100, 20] },
  { input: [6, 5], target: [5, 6] },
  { input: [2, 2, 1, 1], target: [1, 2, 1, 2] },
  { input: [0, -1, 7, 30, 4, 4], target: [-1, 30, 0, 7, 4, 4] },
  { input: [12, 11, 10, 9, 8, 7, 6], target: [6, 12, 7, 11, 8, 10, 9] },
  { input: [-2, -30, -1], target: [-30, -1, -2] },
];

const run = train({
  agent: (list: number[]) => strange_sort(list),
  // Scores a result, and says what is wrong with it: the optimizer reads the text.
  guide: code((list: number[], sorted: number[], expected: number[]) =>
    String(sorted) === String(expected)
      ? { score: 1, text: "The test passes." }
      : { score: 0, text: `The test fails: [${list}] gave [${sorted}], expected [${expected}].` },
  ),
  // Four tests to learn from, four to choose the best version by, and four that neither of them has seen.
  data: split(tests, { train: 4, validation: 4 }),
  optimizer: optoPrime(strange_sort, { llm: answersFor("strange-sort") }),
  template: batch(4), // all four make one update
  budget: { steps: 3 },
  maxScore: 1, // when all tests pass, there is nothing left to ask
  test: true,
});

export const result = await run.result;
console.log(resultText(result));
console.log(`What was learned:\n${result.best.values["strange_sort"]}`);

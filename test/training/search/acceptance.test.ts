/** A/A runs: two equally good programs under a noisy metric, and how often the wrong one is shipped. */

import {
  type Acceptance,
  code,
  greaterOrEqual,
  type Node,
  Optimizer,
  operators,
  pairedTest,
  parameter,
  type Search,
  split,
  strict,
  train,
} from "tracegrad";
import { describe, expect, test } from "vitest";

/** Adds one other program, scores it on all validation examples, and is done. */
const oneChallenger: Search = {
  name: "one challenger",
  settings: {},
  ends: true,
  init: () => null,
  async round(_, world) {
    const parents = [world.programs()[0]?.id as string];
    const [added] = await world.add([{ values: { choice: 1 }, parents, origin: "given" }]);
    await world.evaluate([{ program: added?.program?.id as string }]);
    return { state: null, done: true };
  },
};

/** A number from 0 to 1 by the hash of a text (FNV-1a, mixed): the noise of one judged run. */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

type Metric = (program: number, noise: number, input: number) => number;

/**
 * The share of runs that ship the challenger. 200 runs show that the rule is in force; that it keeps its promise is shown by
 * 1,500 trials of the rule alone (test/optimizers/pure/sequential-test.test.ts).
 */
async function shipped(
  metric: Metric,
  examples: number,
  rule: { acceptance?: Acceptance },
  runs = 200,
): Promise<number> {
  let count = 0;
  for (let seed = 0; seed < runs; seed++) {
    const choice = parameter(0, { name: "choice" });
    const seen = new Map<string, number>();
    /** Another number each time that a program runs on an input. */
    const noise = (run: string) => {
      seen.set(run, (seen.get(run) ?? 0) + 1);
      return chance(`${seed} ${run} ${seen.get(run)}`);
    };
    const { best } = await train({
      agent: (input: number): Node<readonly number[]> => operators.list(choice, input) as Node<readonly number[]>,
      optimizer: new Optimizer(choice, idle),
      guide: code((_, output: readonly number[]) =>
        metric(Number(output[0]), noise(output.join(" ")), Number(output[1])),
      ),
      data: split(rows(examples + 1), { train: 1, validation: examples }),
      search: oneChallenger,
      seed,
      ...rule,
    }).result;
    count += best.step === 0 ? 0 : 1;
  }
  return count / runs;
}

const idle = { name: "idle", init: () => null, propose: () => Promise.reject(new Error("It is never asked.")) };

function rows(count: number) {
  return Array.from({ length: count }, (_, index) => ({ input: index, target: index }));
}

const even: Metric = (_, noise) => (noise < 0.5 ? 1 : 0);
const rare: Metric = (_, noise) => (noise < 0.1 ? 1 : 0);
const smooth: Metric = (_, noise) => noise ** 3;

describe("of two equally good programs under a noisy metric", () => {
  test("the default acceptance ships the wrong one at most 5 % of the time", async () => {
    for (const metric of [even, rare, smooth]) expect(await shipped(metric, 40, {})).toBeLessThanOrEqual(0.05);
  });

  test("looking again and again at more visits does not spend that promise", async () => {
    const acceptance = pairedTest({ visits: 5, chunk: 4 });
    expect(await shipped(even, 20, { acceptance })).toBeLessThanOrEqual(0.05);
  });

  test("a strict minibatch gate ships it about a third of the time, a lenient one about two thirds", async () => {
    const [gate, lenient] = [
      await shipped(even, 3, { acceptance: strict() }, 400),
      await shipped(even, 3, { acceptance: greaterOrEqual() }, 400),
    ];
    expect(gate).toBeGreaterThan(0.26);
    expect(gate).toBeLessThan(0.42);
    expect(lenient).toBeGreaterThan(0.55);
  });
});

test("visits that show the same again are no evidence: a metric without noise is not judged five times", async () => {
  const byInput: Metric = (program, _noise) => program;
  expect(await shipped(byInput, 6, { acceptance: pairedTest({ visits: 5, chunk: 6 }) }, 3)).toBe(0);
});

test("of a better program, the default acceptance ships most", async () => {
  const better: Metric = (program, noise) => (noise < (program === 1 ? 0.8 : 0.5) ? 1 : 0);
  expect(await shipped(better, 120, {}, 60)).toBeGreaterThan(0.8);
});

test("a higher score that proves nothing is not shipped, and the run says so", async () => {
  const choice = parameter(0, { name: "choice" });
  const { best, warnings } = await train({
    agent: (input: number): Node<readonly number[]> => operators.list(choice, input) as Node<readonly number[]>,
    optimizer: new Optimizer(choice, idle),
    guide: code((_, output: readonly number[]) => (output[0] === 1 && Number(output[1]) % 4 === 0 ? 1 : 0.9)),
    data: split(rows(9), { train: 1, validation: 8 }),
    search: oneChallenger,
  }).result;
  expect(best.step).toBe(0);
  expect(warnings.join()).toMatch(/scored 0.925 .* no proof/);
});

/** Scores that depend on program and input alone. */
const exact =
  (scores: (program: number, input: number) => number): Metric =>
  (program, _, input) =>
    scores(program, input);

test("a repeated look takes no pair with it: however many visits are allowed, nine wins and three ties are enough", async () => {
  const wins = exact((program, input) => (program === 1 && input % 12 < 9 ? 1 : 0));
  for (const visits of [1, 2, 3]) {
    for (const chunk of [5, 8, 12, 30]) {
      expect(await shipped(wins, 12, { acceptance: pairedTest({ visits, chunk }) }, 10)).toBe(1);
    }
  }
});

test("the same scores in another order are no more and no less", async () => {
  const tenths = [0.1, 0.7, 0.3, 0.6, 0.9];
  const shifted = exact((program, input) => tenths[(input + program * 2) % 5] as number);
  expect(await shipped(shifted, 5, { acceptance: strict() }, 50)).toBe(0);
  expect(await shipped(shifted, 5, { acceptance: greaterOrEqual() }, 50)).toBe(1);
});

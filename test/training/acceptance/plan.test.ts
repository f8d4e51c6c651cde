/** Which validation examples steer a run, which decide, and what chance of error a proof may use. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, parameter, train } from "tracegrad";
import { type Split, split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { gepa, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { afterAll, describe, expect, test } from "vitest";
import { acceptancePlan, alphaOfLook } from "../../../src/training/acceptance/plan.ts";
import { textOf, variablesOf } from "../../optimizers/readers.ts";

const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ input: index, target: index }));
const dataOf = (validation: number) => split(rows(validation + 2), { train: 2, validation });
const search = gepa() as Search;
const proven = "proven" as const;

const sizes = (options: Parameters<typeof acceptancePlan>[0]) => {
  const { steering, deciding, alpha } = acceptancePlan(options);
  return [steering.length, deciding.length, alpha];
};

describe("how the validation examples are used", () => {
  test("by default all of them steer, and none is set apart", () => {
    expect(sizes({ data: dataOf(20), search })).toEqual([20, 0, 0.05 / Number.POSITIVE_INFINITY]);
    expect(sizes({ data: dataOf(20), budget: { steps: 4 } })).toEqual([20, 0, 0.0125]);
  });

  test("a proof in a search has half of them to itself, and all of alpha", () => {
    expect(sizes({ data: dataOf(20), search, acceptance: proven })).toEqual([10, 10, 0.05]);
    expect(sizes({ data: dataOf(21), search, acceptance: { ship: proven, alpha: 0.1 } })).toEqual([11, 10, 0.1]);
    expect(sizes({ data: dataOf(20), rollback: { below: 0.5 }, acceptance: proven })).toEqual([10, 10, 0.05]);
  });

  test("a proof after plain steps uses all of them, and a part of alpha for each step", () => {
    expect(sizes({ data: dataOf(20), budget: { steps: 10 }, acceptance: proven })).toEqual([20, 0, 0.005]);
  });

  test("a share that is given is taken, in plain steps as well", () => {
    const acceptance = { ship: proven, decisionShare: 0.3 };
    expect(sizes({ data: dataOf(30), budget: { steps: 10 }, acceptance })).toEqual([21, 9, 0.05]);
    expect(sizes({ data: dataOf(30), search, acceptance: { ship: "likely", decisionShare: 0.3 } })).toEqual([
      21, 9, 0.05,
    ]);
  });

  test("no example both steers and decides, the seed draws them, and the same seed draws the same", () => {
    const plan = (seed: number) => acceptancePlan({ data: dataOf(40), search, acceptance: proven, seed });
    const { steering, deciding } = plan(1);
    expect(new Set([...steering, ...deciding]).size).toBe(40);
    expect(plan(1).deciding).toEqual(deciding);
    expect(plan(2).deciding).not.toEqual(deciding);
  });

  test("an example that the program is trained on never decides", () => {
    const shared = split(rows(30), { train: 10, validation: 20 });
    const data = { ...shared, validation: [...shared.train, ...shared.validation] };
    const trained = new Set(data.train.map(({ id }) => id));
    const { deciding } = acceptancePlan({ data, search, acceptance: proven });
    expect(deciding.length).toBe(15);
    expect(deciding.filter(({ id }) => trained.has(id))).toEqual([]);
    const same = split(rows(30), { train: 30, validation: "train" });
    expect(() => acceptancePlan({ data: same, search, acceptance: proven })).toThrow("shares no example with `train`");
    expect(() => acceptancePlan({ data: same, acceptance: proven })).toThrow("none are left to decide");
  });
});

describe("a proof that could never be given is refused before the run", () => {
  test.each([
    [9, false],
    [10, true],
  ])("a search with %i validation examples: %s", (validation, isPossible) => {
    // Half of ten are five, and five wins have the p-value 1/32.
    const plan = () => acceptancePlan({ data: dataOf(validation), search, acceptance: proven });
    if (isPossible) expect(plan().deciding.length).toBe(5);
    else expect(plan).toThrow(/wins all 4 deciding validation examples .* Give 10 validation examples or more/);
  });

  test.each([
    [7, false],
    [8, true],
  ])("ten plain steps with %i validation examples: %s", (validation, isPossible) => {
    // Eight wins have 1/256, below 0.05 / 10.
    const plan = () => acceptancePlan({ data: dataOf(validation), budget: { steps: 10 }, acceptance: proven });
    if (isPossible) expect(plan().steering.length).toBe(8);
    else expect(plan).toThrow("could not be proven better at alpha 0.005");
  });

  test("the test that may stop at any time needs more", () => {
    const acceptance = { ship: proven, test: "anytime" } as const;
    expect(() => acceptancePlan({ data: dataOf(10), search, acceptance })).toThrow('by the test "anytime"');
    expect(acceptancePlan({ data: dataOf(16), search, acceptance }).deciding.length).toBe(8);
  });
});

test("of several decisions the second may use a quarter of alpha, and the third a ninth", () => {
  expect([1, 2, 3].map((look) => alphaOfLook(0.05, look))).toEqual([0.05, 0.0125, 0.05 / 9]);
  // Together they stay below 1.65 times alpha, however many there are.
  const all = Array.from({ length: 10_000 }, (_, at) => alphaOfLook(0.05, at + 1));
  expect(all.reduce((sum, one) => sum + one, 0)).toBeLessThan(0.05 * 1.65);
});

describe("a proof with the p-value 1/64 after two plain steps, which have alpha / 2", () => {
  /** The first candidate wins two of the twelve validation examples, the second wins six. */
  const wins = [0, 2, 6];
  const run = async (steps: number, folder: string) => {
    const choice = parameter(0, { name: "choice" });
    const llm = scripted((request) => {
      const shown = Number(variablesOf(textOf(request))["choice"]?.value);
      return { toolInput: { reasoning: "", suggestion: { choice: shown + 1 } } };
    });
    const { best } = await train({
      agent: (input: number): Node<readonly number[]> => operators.makeList(choice, input) as Node<readonly number[]>,
      optimizer: optoPrime(choice, { llm }),
      guide: code((input: number, [chosen]: readonly number[]) =>
        input - 2 < (wins[chosen as number] as number) && input > 1 ? 1 : 0,
      ),
      data: dataOf(12) as Split<number, number>,
      budget: { steps },
      acceptance: proven,
      folder,
    }).result;
    return best.step;
  };
  const folder = mkdtempSync(join(tmpdir(), "tracegrad-looks-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("ships when it is the first decision of the run", async () => {
    expect(await run(2, join(folder, "once"))).toBe(2);
  });

  test("does not when it is the second, which has a quarter of that", async () => {
    expect(await run(1, join(folder, "twice"))).toBe(0);
    expect(await run(2, join(folder, "twice"))).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attack, type Mode, modesOf, titleOf } from "./attack/attack.ts";
import { runBatch } from "./attack/batch.ts";
import { type Build, buildAttack } from "./attack/build.ts";
import { corpus } from "./attack/corpus.ts";
import type { FindingKind, Report } from "./attack/findings.ts";
import { limitsOf, type Plan, type PlanResult, runPlan } from "./attack/plan.ts";
import { faultsOf } from "./attack/table.ts";

/** Each attack in one of its modes, every eleventh by proposal as well. `npm run test:attack` runs all of them. */
const numbers = new Map(corpus.map((attack, index) => [attack, index]));

const seeds = Array.from({ length: 60 }, (_, seed) => seed);
const plan: Omit<Plan, "select" | "seeds"> = {
  level: "quickjs",
  limits: limitsOf(100),
  hangMs: 60_000,
  processes: 2,
};

let results: PlanResult;
let built: Build;
afterAll(() => built.remove());
beforeAll(async () => {
  built = await buildAttack({ checked: true });
  const first = await runPlan({
    ...plan,
    select: (attack, mode, route) => {
      const index = numbers.get(attack) as number;
      const modes = modesOf(attack);
      return modes[index % modes.length] === mode && (route === "direct" || index % 11 === 5);
    },
    seeds,
  });
  results = await withoutChance(first);
});

/** Processor time grows when a neighbor shares the core: a stall counts when it comes again. */
async function withoutChance(first: PlanResult): Promise<PlanResult> {
  const stalled = (report: Report): boolean => report.findings.some(({ kind }) => kind === "stall");
  const titles = new Set(
    [...first.values()].flatMap(({ reports }) => reports.filter(stalled)).map(({ title }) => title),
  );
  if (titles.size === 0) return first;
  const select = (attack: Attack): boolean => titles.has(titleOf(attack));
  const second = await runPlan({ ...plan, select, seeds: seeds.filter((seed) => titles.has(`seed ${seed}`)) });
  const again = (name: string, report: Report): Report =>
    (stalled(report) && second.get(name)?.reports.find(({ title }) => title === report.title)) || report;
  return new Map(
    [...first].map(([name, { reports, ...rest }]) => [
      name,
      { ...rest, reports: reports.map((report) => again(name, report)) },
    ]),
  );
}

describe("the sandbox", () => {
  test.each([
    "sync, as it is",
    "async, as it is",
    "sync, past the check",
    "async, past the check",
    "sync, by proposal",
    "async, by proposal",
    "sync, random programs",
    "async, random programs",
  ])("withstands every attack: %s", (name) => {
    const result = results.get(name);
    expect(result?.reports.length).toBeGreaterThan(20);
    expect(result && faultsOf(name, result)).toEqual([]);
  });
});

test("the corpus holds at least 250 attacks in at least 30 families", () => {
  expect(corpus.length).toBeGreaterThanOrEqual(250);
  expect(new Set(corpus.map(({ family }) => family)).size).toBeGreaterThanOrEqual(30);
});

describe("without a sandbox", () => {
  const limits = { callMs: 1, graceMs: 1, checkMs: 1, growthBytes: 2 ** 20 };
  const found = async (mode: Mode, titles: readonly string[], hangMs: number): Promise<unknown> => {
    const batch = { level: "no walls", route: "direct", mode, checked: true, titles, limits } as const;
    const { reports } = await runBatch(batch, { program: built.program, hangMs });
    return reports.map(({ title, findings }) => [title, findings.map(({ kind }) => kind)]);
  };
  const contains = (wanted: readonly (readonly [title: string, kind: FindingKind])[]): unknown =>
    wanted.map(([title, kind]) => [title, expect.arrayContaining([kind])]);

  test.each([
    [
      "sync",
      [
        ["constructor chains: of an argument", "escape"],
        ["modules and host globals: a name of the host", "escape"],
        ["results of odd shapes: a function", "escape"],
        ["late work: a rejection that nobody handles", "death"],
        ["one long operation on numbers: toString", "stall"],
        ["things thrown: null", "untyped"],
        ["state across sessions: a global", "wrong"],
        ["prototype pollution: a key of Array.prototype", "escape"],
        ["prototype pollution: a key of Object.prototype", "sick"],
      ],
    ],
    [
      "async",
      [
        ["modules and host globals: import()", "escape"],
        ["one long operation on numbers: toString", "stall"],
        ["late work: a host call that is answered after the result", "leak"],
      ],
    ],
  ] as const)("each kind of failure is noticed: %s", async (mode, wanted) => {
    const titles = wanted.map(([title]) => title);
    expect(await found(mode, titles, 60_000)).toEqual(contains(wanted));
  });

  // In a process of its own: what counts is the most that the process ever used.
  test("memory that is used up is noticed", async () => {
    const title = "one long operation on data: JSON.stringify of a long key";
    expect(await found("sync", [title], 60_000)).toEqual(contains([[title, "memory"]]));
  });

  test("a call that does not end is noticed, and the others are still run", async () => {
    const titles = ["endless loops: for", "things thrown: null"];
    expect(await found("sync", titles, 3_000)).toEqual([
      ["endless loops: for", ["hang"]],
      ["things thrown: null", expect.arrayContaining(["untyped"])],
    ]);
  });
});

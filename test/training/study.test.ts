import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parameter } from "tracegrad";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { crossedSummary, tInterval } from "../../src/math/intervals.ts";
import { standardError } from "../../src/math/statistics.ts";
import { batch } from "../../src/templates/batch.ts";
import { split } from "../../src/training/data/split.ts";
import { cellsOf } from "../../src/training/study/grid.ts";
import type { Grid, StudyEvent, StudyOptions, StudyResult, TrialContext } from "../../src/training/study/types.ts";
import { study } from "../../src/training/study.ts";
import type { Guide } from "../../src/training/types.ts";
import { skilful } from "../optimizers/readers.ts";

/** A number to find: the targets scatter around input + 30, so what is learnt depends on the order of the examples. */
const rows = Array.from({ length: 16 }, (_, at) => ({ id: `e${at}`, input: at, target: at + 30 + ((at * 7) % 5) - 2 }));

const near: Guide<number, number, number> = (_, output, target) => {
  const error = target - output;
  if (error === 0) return { score: 1, text: "Right." };
  return { score: 1 / (1 + Math.abs(error)), text: `bias is too ${error > 0 ? "low" : "high"} by ${Math.abs(error)}.` };
};

interface Cell {
  readonly size: number;
  readonly from: number;
}

/**
 * A loop that finds the number with a model that follows the feedback; `paid` counts the calls that were really made.
 */
function finder() {
  let paid = 0;
  const rule = skilful(1);
  const loop = ({ size, from }: Cell, { seed }: TrialContext) => {
    const llm = scripted((request) => {
      paid += 1;
      return rule.generate(request);
    });
    const bias = parameter(from, { name: "bias" });
    return {
      agent: (input: number) => bias.map((value) => value + input),
      optimizer: optoPrime(bias, { llm }),
      guide: near,
      data: split(rows, { train: 6, validation: 4 }),
      template: batch(size),
      budget: { steps: 3 },
      seed,
    };
  };
  return { loop, count: () => paid };
}

const grid = { size: [1, 2], from: [0, 29] };

/** The table without what the clock and the place decide. */
function table({ rows: found }: StudyResult): unknown {
  return found.map(({ cell, choice, baseline, best, gain, validation }) => ({
    cell,
    choice,
    start: baseline,
    best,
    gain,
    validation,
  }));
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-study-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a study", () => {
  it("runs every cell as often as asked, and compares start and chosen program on sealed test data", async () => {
    const { loop } = finder();
    const result = await study(loop, grid).result;
    expect(result.rows.map(({ choice }) => choice)).toEqual([
      { size: 1, from: 0 },
      { size: 1, from: 29 },
      { size: 2, from: 0 },
      { size: 2, from: 29 },
    ]);
    expect(result).toMatchObject({ axes: ["size", "from"], trials: 3, complete: true });
    for (const { best, baseline, gain, validation, trials, choice } of result.rows) {
      expect(trials.map(({ seed }) => seed)).toEqual([0, 1, 2]);
      expect(best?.values).toHaveLength(3);
      const mean = (best?.values.reduce((sum, value) => sum + value, 0) ?? 0) / 3;
      expect(best?.mean).toBeCloseTo(mean, 12);
      const scores = trials.map((trial) => trial.scores?.examples ?? []);
      expect(scores.map(({ length }) => length)).toEqual([rows.length - 10, rows.length - 10, rows.length - 10]);
      const crossed = crossedSummary(scores.map((all) => all.map((one) => one.best as number)));
      expect(best).toMatchObject({ standardError: crossed.standardError, interval: crossed.interval });
      // The start is one program, which all trials see score alike: its error is that of the examples, and never 0.
      const once = (scores[0] ?? []).map((one) => one.baseline as number);
      expect(baseline?.standardError).toBeCloseTo(standardError(once), 12);
      expect(baseline?.interval?.low).toBeLessThan(baseline?.mean ?? 0);
      expect(best?.standardError).toBeGreaterThan(standardError(best?.values ?? []));
      expect(gain?.mean).toBeCloseTo((best?.mean ?? 0) - (baseline?.mean ?? 0), 12);
      expect(validation?.best.mean).toBeGreaterThanOrEqual(validation?.baseline.mean ?? Number.NaN);
      if (choice.from === 0) expect(gain?.mean).toBeGreaterThan(0.1);
    }
    // Seeds decide the order of the examples, and so what is learnt.
    expect(result.rows.some(({ best }) => new Set(best?.values).size > 1)).toBe(true);
    expect(result.spent.steps).toBe(4 * 3 * 3);
  });

  it("gives the same table for the same seed, and uses another order for another seed", async () => {
    const run = async (options: StudyOptions): Promise<unknown> =>
      table(await study(finder().loop, grid, options).result);
    expect(await run({ trials: 2 })).toEqual(await run({ trials: 2, concurrency: 4 }));
    expect(await run({ trials: 1 })).not.toEqual(await run({ trials: 1, seed: 5 }));
  });

  it("stopped half-way and started again, it ends with the same table and pays no call twice", async () => {
    const whole = finder();
    const wanted = await study(whole.loop, grid, { trials: 2, folder: join(folder, "whole") }).result;
    const parts = finder();
    const kept = join(folder, "parts");
    let halves = 0;
    for (const after of [3, 10, 22]) {
      const stop = new AbortController();
      let evaluations = 0;
      const onEvent = (event: StudyEvent): void => {
        if (event.type === "trial-event" && event.event.type === "evaluation" && ++evaluations === after) stop.abort();
      };
      const cut = await study(parts.loop, grid, { trials: 2, folder: kept, signal: stop.signal, onEvent }).result;
      expect(cut.complete).toBe(false);
      const states = cut.rows.flatMap(({ trials }) => trials.map(({ status }) => status));
      expect(states).toContain("skipped");
      halves += states.filter((status) => status === "unfinished").length;
    }
    expect(halves).toBeGreaterThanOrEqual(2);
    const resumed = await study(parts.loop, grid, { trials: 2, folder: kept }).result;
    expect(resumed.complete).toBe(true);
    expect(table(resumed)).toEqual(table(wanted));
    expect(parts.count()).toBe(whole.count());
  });

  it("reads finished trials instead of running them again", async () => {
    const first = finder();
    const before = await study(first.loop, grid, { trials: 1, folder }).result;
    const again = finder();
    const events: string[] = [];
    const after = await study(again.loop, grid, { trials: 1, folder, onEvent: ({ type }) => events.push(type) }).result;
    expect(again.count()).toBe(0);
    expect(table(after)).toEqual(table(before));
    expect(after.spent).toEqual(before.spent);
    expect(after.rows.every(({ trials }) => trials.every(({ reused }) => reused))).toBe(true);
    expect(events).toEqual(["trial-end", "trial-end", "trial-end", "trial-end"]);
  });

  it("adds trials to a finished study without running the old ones again", async () => {
    await study(finder().loop, grid, { trials: 1, folder }).result;
    const { loop, count } = finder();
    const result = await study(loop, grid, { trials: 2, folder }).result;
    expect(result.rows.every(({ best }) => best?.values.length === 2)).toBe(true);
    expect(count()).toBe(4 * 3);
  });

  it("refuses to mix trials of another loop into its folder, and says what differs", async () => {
    await study(finder().loop, { size: [1], from: [0] }, { trials: 1, folder }).result;
    const { loop, count } = finder();
    const stricter: typeof loop = (choice, trial) => ({ ...loop(choice, trial), budget: { steps: 2 } });
    const { rows: found } = await study(stricter, { size: [1], from: [0] }, { trials: 1, folder }).result;
    expect(found[0]?.errors.join()).toMatch(/another loop.*budget\.steps: 3 → 2/);
    expect(count()).toBe(0);
    const same = await study(finder().loop, { size: [1], from: [0] }, { trials: 1, folder }).result;
    expect(same.complete).toBe(true);
  });

  it("tells the error of a cell in its row, and finishes the others", async () => {
    const { loop } = finder();
    const result = await study(
      (choice: Cell, trial: TrialContext) => {
        if (choice.from === 29) throw new Error("no such artifact");
        return loop(choice, trial);
      },
      grid,
      { trials: 2 },
    ).result;
    expect(result.complete).toBe(false);
    for (const { choice, best, errors, trials } of result.rows) {
      expect(best?.values.length).toBe(choice.from === 29 ? undefined : 2);
      expect(errors).toEqual(choice.from === 29 ? ["Error: no such artifact"] : []);
      expect(trials).toHaveLength(2);
    }
  });

  it("takes the error from the trials alone where each has test data of its own", async () => {
    const { loop } = finder();
    const own = (cell: Cell, trial: TrialContext) => {
      const from = (trial.seed * 3) % rows.length;
      const data = split([...rows.slice(from), ...rows.slice(0, from)], { train: 6, validation: 4 });
      return { ...loop(cell, trial), data };
    };
    const { rows: found } = await study(own, { size: [1], from: [29] }, { trials: 3 }).result;
    const { baseline } = found[0] as (typeof found)[0];
    expect(baseline?.standardError).toBeCloseTo(standardError(baseline?.values ?? []), 12);
    expect(baseline?.interval).toEqual(tInterval(baseline?.values ?? []));
  });

  it("gives every trial the same start, also when trials share the live parameters", async () => {
    const bias = parameter(3, { name: "bias" });
    const data = split(rows, { train: 6, validation: 4 });
    const agent = (input: number) => bias.map((value) => value + input);
    const loop = () => ({
      agent,
      optimizer: optoPrime(bias, { llm: skilful(1) }),
      guide: near,
      data,
      budget: { steps: 2 },
    });
    const { rows: found, complete } = await study(loop, {}, { trials: 3 }).result;
    expect(complete).toBe(true);
    expect(new Set(found[0]?.baseline?.values).size).toBe(1);
    expect(found[0]?.baseline?.standardError).toBeGreaterThan(0);
    expect(found[0]?.gain?.mean).toBeGreaterThan(0);
    expect(bias.data).toBe(3);
    // One sealed set served all trials, and was read once.
    expect(data.test.reads).toHaveLength(1);
  });

  it("refuses an optimizer that a trial before has used, and parameters that another one is changing", async () => {
    const bias = parameter(3, { name: "bias" });
    const base = { agent: (input: number) => bias.map((value) => value + input), guide: near };
    const data = () => split(rows, { train: 6, validation: 4 });
    const optimizer = optoPrime(bias, { llm: skilful(1) });
    const reused = await study(() => ({ ...base, optimizer, data: data() }), {}, { trials: 2 }).result;
    expect(reused.rows[0]?.errors.join()).toMatch(/inside the loop function/);
    expect(reused.rows[0]?.best?.values).toHaveLength(1);
    const fresh = () => ({ ...base, optimizer: optoPrime(bias, { llm: skilful(1) }), data: data() });
    const crowded = await study(fresh, {}, { trials: 2, concurrency: 2 }).result;
    expect(crowded.rows[0]?.errors.join()).toMatch(/the parameter "bias"/);
  });

  it("wants test data before it spends anything", async () => {
    const { loop, count } = finder();
    const bare = (choice: Cell, trial: TrialContext) => ({
      ...loop(choice, trial),
      data: split(rows, { train: 12, validation: 4 }),
    });
    const { rows: found } = await study(bare, { size: [1], from: [0] }, { trials: 1 }).result;
    expect(found[0]?.errors.join()).toMatch(/no.*test data|there are none/);
    expect(count()).toBe(0);
  });
});

describe("the budget of a study", () => {
  it("is never exceeded by all trials together, and a larger one goes on to the same table", async () => {
    const wanted = await study(finder().loop, grid, { trials: 1 }).result;
    const { loop, count } = finder();
    for (const llmCalls of [2, 5, 7, 10]) {
      const result = await study(loop, grid, { trials: 1, folder, budget: { llmCalls } }).result;
      expect(result.spent.llmCalls).toBeLessThanOrEqual(llmCalls);
      expect(result.complete).toBe(false);
      expect(result.rows.flatMap(({ errors }) => errors).join()).toMatch(/budget/);
      expect(result.spent.llmCalls).toBe(count());
    }
    const rest = await study(loop, grid, { trials: 1, folder, budget: { llmCalls: 12 } }).result;
    expect(rest.complete).toBe(true);
    expect(table(rest)).toEqual(table(wanted));
    expect(count()).toBe(12);
  });

  it("of steps begins no trial that it cannot end, and gives each cell a trial before any gets its second", async () => {
    const result = await study(finder().loop, grid, { trials: 2, budget: { steps: 17 } }).result;
    expect(result.spent.steps).toBe(15);
    expect(result.rows.map(({ best }) => best?.values.length)).toEqual([2, 1, 1, 1]);
    expect(result.rows[3]?.errors.join()).toMatch(/not have enough steps/);
  });

  it("is shared by trials under way at once", async () => {
    const { loop, count } = finder();
    const result = await study(loop, grid, { trials: 1, concurrency: 4, budget: { llmCalls: 8 } }).result;
    expect(count()).toBeLessThanOrEqual(8);
    expect(result.spent.llmCalls).toBe(count());
  });

  it("of seconds stops what is under way", async () => {
    const { loop } = finder();
    const slow = async (choice: Cell, trial: TrialContext) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return loop(choice, trial);
    };
    const result = await study(slow, grid, { trials: 20, budget: { seconds: 0.3 } }).result;
    expect(result.complete).toBe(false);
    expect(result.rows.flatMap(({ trials }) => trials).some(({ status }) => status === "skipped")).toBe(true);
  });
});

describe("what cannot be", () => {
  it.each([
    ["an axis without values", { size: [] }, {}, /`size` is a list of at least one value/],
    ["a value twice", { size: [1, 1] }, {}, /the value 1 twice/],
    ["a value that is no JSON", { size: [Number.NaN] }, {}, /NaN/],
    ["no trials", { size: [1] }, { trials: 0 }, /`trials`/],
    ["half a place", { size: [1] }, { concurrency: 0.5 }, /`concurrency`/],
    ["a budget below zero", { size: [1] }, { budget: { usd: -1 } }, /budget\.usd/],
    ["a seed that is no number", { size: [1] }, { seed: Number.NaN }, /`seed`/],
  ])("%s is refused at once", (_, bad, options, message) => {
    expect(() => study(finder().loop as never, bad as Grid, options)).toThrow(message);
  });

  it("a damaged file of a trial is told in its row, and says the mend", async () => {
    await study(finder().loop, { size: [1], from: [0] }, { trials: 1, folder }).result;
    const file = join(folder, "size-1_from-0", "trial-1.json");
    await writeFile(file, (await readFile(file, "utf8")).slice(0, 100));
    const { rows: found } = await study(finder().loop, { size: [1], from: [0] }, { trials: 1, folder }).result;
    expect(found[0]?.errors.join()).toMatch(/trial-1\.json cannot be read as a trial.*Delete it/);
    await rm(file);
    const { loop, count } = finder();
    const mended = await study(loop, { size: [1], from: [0] }, { trials: 1, folder }).result;
    expect(mended.complete).toBe(true);
    expect(count()).toBe(0);
  });
});

describe("the cells of a grid", () => {
  it("are its whole product, in order, with names of their own that a file system takes", () => {
    const value = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.dictionary(fc.string(), fc.nat()),
    );
    const axis = fc.uniqueArray(value, { minLength: 1, maxLength: 4, selector: (one) => JSON.stringify(one) });
    const anyGrid = fc.dictionary(fc.string({ minLength: 1 }), axis, { maxKeys: 3 });
    fc.assert(
      fc.property(anyGrid, (any) => {
        fc.pre(!Object.hasOwn(any, "__proto__"));
        const cells = cellsOf(any as Grid);
        expect(cells).toHaveLength(Object.values(any).reduce((count, { length }) => count * length, 1));
        const names = cells.map(({ name }) => name);
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
        for (const name of names) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/);
        expect(cellsOf(any as Grid)).toEqual(cells);
      }),
    );
  });

  it("have plain names for plain values", () => {
    const names = cellsOf({ batch: [3], horizon: [25], artifact: ["one"], shuffled: [true] }).map(({ name }) => name);
    expect(names).toEqual(["batch-3_horizon-25_artifact-one_shuffled-true"]);
  });
});

describe("types", () => {
  it("a choice has the type of its axis", () => {
    study(
      (choice, trial) => {
        expectTypeOf(choice.batch).toExtend<number>();
        expectTypeOf(choice.artifact).toExtend<string>();
        expectTypeOf(trial.seed).toEqualTypeOf<number>();
        expectTypeOf(choice).not.toHaveProperty("horizon");
        return finder().loop({ size: choice.batch, from: choice.artifact.length }, trial);
      },
      { batch: [1, 3], artifact: ["one", "many"] },
    );
    const run = study(finder().loop, { size: [1], from: [2] });
    expectTypeOf<Awaited<typeof run.result>["rows"][number]["choice"]["size"]>().toExtend<number>();
    expect(run.folder).toBeUndefined();
  });
});

import fc from "fast-check";
import { type EvaluationTable, evaluate } from "tracegrad";
import { checkScores, recordScores } from "tracegrad/production";
import { type ScoreMatchers, scoreMatchers } from "tracegrad/testing";
import { describe, expect, it } from "vitest";

declare module "vitest" {
  interface Matchers<T> extends ScoreMatchers {}
}
expect.extend(scoreMatchers);

const guide = (_: unknown, output: number) => ({ score: output, text: "" });
/** An evaluation of a program that gives these scores, one an example. */
const settings = (scores: readonly number[]) => ({
  agent: (at: number) => scores[at] as number,
  data: scores.map((_, at) => ({ id: `e${at}`, input: at, target: "" })),
  guide,
});
const tableOf = (scores: readonly number[]): Promise<EvaluationTable> => evaluate(settings(scores)) as never;
const shares = (right: number, all: number) => Array.from({ length: all }, (_, at) => (at < right ? 1 : 0));

describe("a check of scores", () => {
  it("passes below the minimum where noise explains it, unless it is strict", async () => {
    const table = await tableOf(shares(7, 10));
    expect(checkScores(table, { min: 0.7 })).toMatchObject({ passed: true, mean: 0.7 });
    expect(checkScores(table, { min: 0.8 })).toMatchObject({ passed: true });
    expect(checkScores(table, { min: 0.8 }).sentences.join(" ")).toContain("lower, but noise explains it");
    expect(checkScores(table, { min: 0.8, strict: true })).toMatchObject({ passed: false });
    expect(checkScores(table, { min: 0.99 })).toMatchObject({ passed: false });
  });

  it("fails against recorded scores only where it is proven worse", async () => {
    const recorded = JSON.parse(JSON.stringify(recordScores(await tableOf(shares(20, 20))))) as object;
    const checked = async (right: number) =>
      checkScores(await tableOf(shares(right, 20)), { recorded: recorded as Record<string, unknown> });
    expect(await checked(20)).toMatchObject({ passed: true, comparison: { worse: 0, pairs: 20 } });
    expect(await checked(19)).toMatchObject({ passed: true, comparison: { worse: 1 } });
    const worse = await checked(8);
    expect(worse).toMatchObject({ passed: false, comparison: { worse: 12 } });
    expect(worse.sentences[0]).toMatch(/proven worse, 1\.00 → 0\.40, −0\.60 \(p < 0\.001, 20 examples\)/);
  });

  it("does not fail more often than one time in twenty where nothing has changed", () => {
    const rows = (random: readonly number[]) =>
      random.map((score, at) => ({ id: `e${at}`, repeat: 0, score, text: "", error: undefined }));
    const table = (random: readonly number[]) =>
      ({
        rows: rows(random),
        mean: 0.5,
        reason: "done",
        failures: 0,
        interval: undefined,
      }) as unknown as EvaluationTable;
    let [failed, all] = [0, 0];
    const scores = fc.array(fc.constantFrom(0, 1), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(scores, scores, (before, after) => {
        all += 1;
        failed += checkScores(table(after), { recorded: recordScores(table(before)) }).passed ? 0 : 1;
      }),
      { numRuns: 400, seed: 7 },
    );
    expect(failed / all).toBeLessThan(0.05);
  });

  it("counts a failed program as the lowest score that the judge gave", async () => {
    const recorded = recordScores(
      (await evaluate({
        agent: (at: number) => {
          if (at === 2) throw new Error("broken");
          return -5 - at;
        },
        data: [0, 1, 2].map((at) => ({ id: `e${at}`, input: at, target: "" })),
        guide,
      })) as never,
    );
    expect(recorded.scores).toEqual({ e0: -5, e1: -6, e2: -6 });
  });

  it("fails where the program failed on every example, whatever the scores", async () => {
    const agent = (): number => {
      throw new Error("broken");
    };
    const broken = (await evaluate({ ...settings([-5, -6, -5]), agent })) as never;
    const recorded = recordScores(await tableOf([-5, -6, -5]));
    expect(checkScores(broken, { min: -5, recorded, range: [-10, 0] })).toMatchObject({ passed: false });
    await expect(expect({ ...settings([1]), agent }).not.toScoreAtLeast(0.5)).rejects.toThrow(
      "failed on every example",
    );
  });

  it("fails where examples with a recorded score are gone", async () => {
    const recorded = recordScores(await tableOf(shares(20, 20)));
    const check = checkScores(await tableOf(shares(2, 2)), { recorded });
    expect(check.passed).toBe(false);
    expect(check.sentences[0]).toContain("18 examples with a recorded score were not evaluated");
  });

  it.each([
    [{ minimum: 0.9 }],
    [{ min: Number.NaN }],
    [{ range: [0, Number.POSITIVE_INFINITY] }],
    [{ range: [1, 0] }],
    [{ range: [0] }],
  ])("refuses the options %j", async (options) => {
    const table = await tableOf([1]);
    expect(() => checkScores(table, options as object)).toThrow(expect.objectContaining({ code: "bad-option" }));
  });

  it("fails where nothing was scored, or nothing can be compared", async () => {
    const table = await tableOf([1]);
    const nothing = { ...table, rows: [], mean: Number.NaN };
    expect(checkScores(nothing)).toMatchObject({ passed: false, sentences: ["No example was scored."] });
    expect(checkScores({ ...table, reason: "budget" })).toMatchObject({ passed: false });
    const other = { format: "tracegrad-scores", version: 1, mean: 1, scores: { other: 1 } };
    expect(checkScores(table, { recorded: other })).toMatchObject({ passed: false, comparison: undefined });
  });

  it.each([
    [{}],
    [{ format: "tracegrad-scores", version: 2, scores: {} }],
    [{ format: "tracegrad-scores", version: 1, scores: { a: "1" } }],
    [{ format: "tracegrad-scores", version: 1 }],
  ])("refuses %j as recorded scores", async (recorded) => {
    const table = await tableOf([1]);
    expect(() => checkScores(table, { recorded })).toThrow(expect.objectContaining({ code: "bad-scores" }));
  });
});

describe("the matchers", () => {
  it("take the options of an evaluation, or its table", async () => {
    await expect({ ...settings(shares(9, 10)), repeats: 2 }).toScoreAtLeast(0.8);
    await expect(await tableOf(shares(9, 10))).toScoreAtLeast(0.8);
    await expect(settings(shares(10, 10))).toScoreNoWorseThan(recordScores(await tableOf(shares(10, 10))));
  });

  it("refuse to compare with nothing", async () => {
    const nothing = undefined as unknown as number;
    await expect(expect(settings([0])).toScoreAtLeast(nothing)).rejects.toThrow("needs the least mean score");
    await expect(expect(settings([0])).toScoreNoWorseThan(nothing as never)).rejects.toThrow("needs recorded scores");
  });

  it("say what failed", async () => {
    await expect(expect(settings(shares(1, 20))).toScoreAtLeast(0.8)).rejects.toThrow(/The mean is 0\.05.*too low/);
    const recorded = recordScores(await tableOf(shares(20, 20)));
    await expect(expect(settings(shares(1, 20))).toScoreNoWorseThan(recorded)).rejects.toThrow("proven worse");
    await expect(settings(shares(1, 20))).not.toScoreAtLeast(0.8);
  });
});

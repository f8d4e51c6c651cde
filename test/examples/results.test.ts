/** The page of results says what the committed outcomes say, and an outcome is refused that is none. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { train } from "tracegrad";
import { describe, expect, test } from "vitest";
import { recorded } from "../../examples/router/models.ts";
import { optionsFor } from "../../examples/router/optimizers.ts";
import { outcomeOf, type RunAbout, type RunOutcome, readOutcome, writeOutcome } from "../../examples/shared/outcome.ts";
import { resultsPage } from "../../scripts/results-page.ts";
import { temporaryFolder } from "../llm/folder.ts";

const root = join(import.meta.dirname, "..", "..");

const about: RunAbout = {
  study: "toy",
  condition: { size: "3" },
  trial: 1,
  mode: ["replay"],
  models: ["claude"],
  answerer: "one agent",
  date: "2026-11-29",
  command: "npm run toy",
  metric: { name: "accuracy", better: "higher" },
  notes: [],
};
const scored = (mean: number, count = 1) => ({ mean, count, standardError: null });

/** A folder of examples with one study, whose outcomes are these. */
function pageOf(outcomes: readonly RunOutcome[]): string {
  const folder = temporaryFolder();
  const study = join(folder, "toy");
  mkdirSync(study, { recursive: true });
  writeFileSync(join(study, "README.md"), "# A toy\n");
  for (const [at, outcome] of outcomes.entries()) writeOutcome(study, `run-${at}`, outcome);
  return resultsPage(folder);
}

test("docs/results.md is what the committed outcomes and quoted figures give", () => {
  expect(readFileSync(join(root, "docs", "results.md"), "utf8")).toBe(resultsPage(join(root, "examples")));
});

test("the outcome of a run has its scores by step, and reads back as it was written", async () => {
  const result = await train(optionsFor("optoprime", recorded("optoprime"))).result;
  const outcome = outcomeOf(about, result);
  expect(outcome.validation?.steps.map(({ step }) => step)).toEqual(result.candidates.slice(1).map(({ step }) => step));
  expect(outcome.validation?.chosen.mean).toBe(result.best.validation?.mean);
  expect(outcome.test?.chosen).toEqual({
    mean: result.test?.best.mean,
    count: 10,
    standardError: result.test?.best.standardError,
  });
  const folder = temporaryFolder();
  writeOutcome(folder, "run", outcome);
  expect(readOutcome(folder, "run")).toEqual(outcome);
});

test("a score that is a negated error is written as the error", async () => {
  const result = await train(optionsFor("optoprime", recorded("optoprime"))).result;
  const [plain, negated] = [outcomeOf(about, result), outcomeOf(about, result, (score) => -score)];
  expect(negated.test?.chosen.mean).toBe(-(plain.test?.chosen.mean as number));
  expect(negated.test?.start.standardError).toBeCloseTo(plain.test?.start.standardError as number, 12);
});

test("what is no outcome is refused, with the file and the field", () => {
  const broken = { ...about, mode: ["guessed"] } as unknown as RunOutcome;
  expect(() => writeOutcome(temporaryFolder(), "run", broken)).toThrow(/results\/run\.json[\s\S]*mode/);
});

describe("a row", () => {
  const trial = (number: number, mean: number): RunOutcome => ({
    ...about,
    trial: number,
    test: { start: scored(0), chosen: scored(mean) },
  });

  test("has the mean over its trials and the standard error of that mean", () => {
    // 1, 2, 3: standard deviation 1, over the square root of 3.
    expect(pageOf([trial(1, 1), trial(2, 2), trial(3, 3)])).toContain("| 0 ± 0 → **2.00 ± 0.58** |");
  });

  test("is another one for another mode, condition or model", () => {
    const page = pageOf([
      trial(1, 1),
      { ...trial(1, 2), mode: ["local search"], models: [] },
      { ...trial(1, 3), condition: { size: "5" } },
      { ...trial(1, 4), models: ["other"] },
    ]);
    expect(page.match(/^\| size /gm)).toHaveLength(4);
    expect(page).toContain("### toy: local search");
  });

  test("is followed by one for each further metric", () => {
    const others = (mean: number) => [
      { metric: { name: "leniency", better: "higher" as const }, start: scored(0), chosen: scored(mean) },
    ];
    const page = pageOf([
      { ...trial(1, 1), others: others(2) },
      { ...trial(2, 2), others: others(4) },
    ]);
    expect(page).toContain("| ″ | leniency, higher is better | ″ | – | 0 ± 0 → **3.0 ± 1.0** | – | ″ |");
  });

  test("says the score alone where nothing was learned", () => {
    const yardstick = {
      ...trial(1, 0),
      mode: ["no LLM" as const],
      test: { start: scored(17.6), chosen: scored(17.6) },
    };
    expect(pageOf([yardstick])).toContain("| 17.6 |");
  });
});

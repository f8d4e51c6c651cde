/** What a run of the benchmark leaves behind, and how it is told. */

import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Result } from "./contest.ts";
import { families } from "./problems/index.ts";
import { overviewOf, rowsOf, tablesOf } from "./tables.ts";

const resultSchema = z.object({
  ...{ family: z.string(), problem: z.string(), optimizer: z.string(), seed: z.number() },
  ...{ start: z.number(), score: z.number(), optimum: z.number(), solved: z.boolean() },
  ...{ evaluations: z.number(), steps: z.number(), seconds: z.number() },
}) satisfies z.ZodType<Result>;

const reportSchema = z.object({
  date: z.string(),
  seeds: z.number(),
  calls: z.number(),
  noise: z.number().optional(),
  results: z.array(resultSchema),
});

/** All results of a run, with what they were measured by. */
export interface Report {
  /** When it was measured, in ISO 8601. */
  readonly date: string;
  readonly seeds: number;
  readonly calls: number;
  readonly noise?: number | undefined;
  readonly results: readonly Result[];
}

/** The reports of several processes as one. They must have been measured alike. */
export function readReports(files: readonly string[]): Report {
  const reports = files.map((file) => reportSchema.parse(JSON.parse(readFileSync(file, "utf8"))));
  const [first] = reports;
  if (first === undefined) throw new Error("--from names one file or more.");
  const { date, seeds, calls, noise } = first;
  const other = reports.findIndex((one) => one.seeds !== seeds || one.calls !== calls || one.noise !== noise);
  if (other >= 0) throw new Error(`${files[other]} was measured with other seeds, calls or noise than ${files[0]}.`);
  const results = reports.flatMap((report) => report.results);
  return { date, seeds, calls, ...(noise === undefined ? {} : { noise }), results };
}

/** A report as Markdown: an overview, then a table for each family. */
export function textOf({ date, seeds, calls, noise, results }: Report, controls: readonly string[]): string {
  const rows = rowsOf(results, controls);
  const about = families
    .filter(({ name }) => rows.some(({ family }) => family === name))
    .map((family) => `- **${family.name}**: ${family.about}`);
  return [
    "# Optimizers without a language model",
    "",
    `${seeds} problems a family, ${calls} evaluations each${noise === undefined ? "" : `, noise ${noise}`}; measured on ` +
      `${date.slice(0, 10)}. The proposers are scripted: a number behind a name is the skill, how often the proposer does what ` +
      "the feedback says; without one it is 0.5. All run with the default acceptance, `likely`. Scores are those of the " +
      "candidate that ships, without noise, with the 95% interval of their mean; differences are paired by problem, with Student's 95% interval where there are five or more.",
    "",
    ...about,
    "",
    "## Overview",
    "",
    "The mean share of the way from the baseline to the best candidate, over families; and in how many families an " +
      "optimizer is better or worse than a control, by the sign-flip test, with Holm's correction for all contrasts of this " +
      "report: the probability that any of them is luck is at most 5%. An optimizer with one family only needs parameters " +
      "of a kind that no other family has: the family was written for it, and its share compares with no other line.",
    "",
    overviewOf(rows, controls),
    "## By family",
    "",
    tablesOf(rows, controls),
  ].join("\n");
}

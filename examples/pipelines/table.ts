/**
 * Tables that say, from the committed outcomes alone, whether the score on validation rows still says what a pipeline is worth
 * on rows that did not choose it: step by step, and at the end (the paper's figure A3).
 */

import { markdownTable } from "tracegrad/report";
import { type RunOutcome, readOutcomes } from "../shared/outcome.ts";

function nameOf({ condition, trial }: RunOutcome): string {
  return `${condition["task"]}, ${condition["start"]}, trial ${trial}`;
}

function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? "failed" : value.toFixed(4);
}

/** For each step validation / held out. A step without an entry left the program as it was. */
function stepRow(outcome: RunOutcome, step: number): string {
  const found = outcome.validation?.steps.find((one) => one.step === step);
  if (found === undefined) return "–";
  if (found.mean === null) return "failed";
  const mark = outcome.validation?.chosenStep === step ? ", chosen" : "";
  return `${figure(found.mean)} / ${figure(found.test)}${mark}`;
}

/** The best held-out score of any step, which no honest choice can count on. */
function bestHeldOut({ validation, metric }: RunOutcome): { readonly step: number; readonly test: number } | undefined {
  const scored = (validation?.steps ?? []).flatMap(({ step, test }) =>
    typeof test === "number" ? [{ step, test }] : [],
  );
  const sign = metric.better === "higher" ? -1 : 1;
  return scored.sort((a, b) => sign * (a.test - b.test))[0];
}

function summaryRow(outcome: RunOutcome): readonly string[] {
  const { validation, test, verdict } = outcome;
  const best = bestHeldOut(outcome);
  return [
    nameOf(outcome),
    outcome.metric.name,
    `step ${validation?.chosenStep}: ${figure(validation?.chosen.mean)}`,
    figure(test?.chosen.mean),
    best === undefined ? "none" : `step ${best.step}: ${figure(best.test)}`,
    String(validation?.steps.filter(({ mean }) => mean === null).length),
    verdict?.finding ?? "none",
  ];
}

const columns = [
  "run",
  "metric",
  "chosen, validation",
  "held out",
  "best held out of any step",
  "failed steps",
  "verdict",
];

/** The tables as Markdown. */
export function stepTables(): string {
  const learned = readOutcomes(import.meta.dirname).filter(({ validation }) => (validation?.steps.length ?? 0) > 0);
  const parts = [markdownTable({ columns, rows: learned.map(summaryRow) })];
  for (const task of ["housing", "spaceship"]) {
    const runs = learned.filter(({ condition }) => condition["task"] === task);
    if (runs.length === 0) continue;
    const last = Math.max(...runs.flatMap(({ validation }) => validation?.steps.map(({ step }) => step) ?? []));
    const steps = Array.from({ length: last }, (_, at) => at + 1);
    const rows = steps.map((step) => [String(step), ...runs.map((run) => stepRow(run, step))]);
    const names = runs.map((run) => `${run.condition["start"]} ${run.trial}`);
    parts.push(
      `${task}: ${runs[0]?.metric.name}, validation / held out`,
      markdownTable({ columns: ["step", ...names], rows }),
    );
  }
  return parts.join("\n\n");
}

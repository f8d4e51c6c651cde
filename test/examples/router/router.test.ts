/** The router with each optimizer, on a real model's recorded answers: what they learnt is what the docs say. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TrainResult, train } from "tracegrad";
import { markdownTable } from "tracegrad/report";
import { describe, expect, test } from "vitest";
import { ready, recorded } from "../../../examples/router/models.ts";
import { optionsFor, setups } from "../../../examples/router/optimizers.ts";
import { columns, rowOf } from "../../../examples/router/table.ts";

const docs = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "optimizers.md"), "utf8");
const names = ready();

test("whoever asks a model has its answers on record", () => {
  expect(ready()).toEqual(Object.keys(setups));
});

const run = (name: string, concurrency: number): Promise<TrainResult> =>
  train({ ...optionsFor(name, recorded(name)), concurrency }).result;
const told = ({ candidates, best, spent }: TrainResult) => ({
  best: best.id,
  programs: candidates.map(({ values, validation }) => ({ values, score: validation?.mean })),
  calls: spent.llmCalls,
});

describe.each(names)("%s", (name) => {
  test("learns the same by its recorded answers at any concurrency, and what the docs say of it", async () => {
    const [one, many] = [await run(name, 1), await run(name, 16)];
    expect(told(many)).toEqual(told(one));
    const [row] = markdownTable({ columns, rows: [rowOf(name, one)] })
      .split("\n")
      .slice(2);
    expect(docs).toContain(row);
  });

  test("finds a program that does better than the start on messages that it did not learn from", async () => {
    // The best of its 151 programs is no likely gain by twelve messages, so by default the start ships.
    const acceptance = name === "localsearch" ? { acceptance: "best" as const } : {};
    const { best, baseline, test: sealed } = await train({ ...optionsFor(name, recorded(name)), ...acceptance }).result;
    expect(best.values).not.toEqual(baseline.values);
    expect(sealed?.best.mean).toBeGreaterThan(sealed?.baseline.mean as number);
  });
});

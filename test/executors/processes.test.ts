/** Runs whose evaluations are made in child processes: real ones, with a model on a loopback server. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { processes } from "tracegrad/executors";
import { readRun } from "tracegrad/report";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Service, startModel } from "../e2e/killed-training.ts";
import { temporaryFolder } from "../llm/folder.ts";
import { runFixture, withoutCosts } from "./run-fixture.ts";

let service: Service;
beforeAll(async () => {
  service = await startModel(inject("builtPackage"), () => 0);
});
afterAll(() => service.server.close());

describe("a run whose evaluations are made in other processes", () => {
  it.each(["steps", "feedback", "limited", "gepa", "environment", "study", "evaluate"])(
    "is the same to the byte: %s",
    async (program) => {
      const here = await runFixture("programs", { PROGRAM: program, EXECUTOR: "none" }, { service });
      const there = await runFixture("programs", { PROGRAM: program, EXECUTOR: "processes:2:4" }, { service });
      expect(here.final).toBeDefined();
      expect(there).toEqual(here);
    },
  );

  it("is held to the budget by what the model counts", async () => {
    const here = await runFixture("programs", { PROGRAM: "counted", EXECUTOR: "none" }, { service });
    expect(JSON.parse(here.final ?? "{}")).toMatchObject({ reason: "budget", spent: { llmCalls: 6 } });
    const there = await runFixture("programs", { PROGRAM: "counted", EXECUTOR: "processes:1" }, { service });
    expect(there).toEqual(here);
  });

  it("ends with the same error in an outage", async () => {
    const env = { PROGRAM: "steps", MODEL_URL: "http://127.0.0.1:9" };
    const here = await runFixture("programs", { ...env, EXECUTOR: "none" });
    const there = await runFixture("programs", { ...env, EXECUTOR: "processes:2" });
    const errorIn = (output: string) => /^\w*Error: .*$/m.exec(output)?.[0];
    expect(errorIn(here.output)).toContain("Connection error");
    expect(errorIn(there.output)).toBe(errorIn(here.output));
  });

  it("is the same after kills of the run, and pays again at most for the calls under way", async () => {
    const folder = join(temporaryFolder(), "run");
    const settings = { PROGRAM: "feedback", EXECUTOR: "processes:2:2" };
    const { final, requests } = await runFixture("programs", settings, { service });
    service.forget();
    for (const killAt of [4, 25]) await runFixture("programs", settings, { service, folder, killAt });
    const resumed = await runFixture("programs", settings, { service, folder, killAt: Number.POSITIVE_INFINITY });
    expect(withoutCosts(resumed.final)).toEqual(withoutCosts(final));
    // Prompts of the optimizer too, whose feedback names the steps before.
    expect(requests.join()).toMatch(/Step 3, 0\.\d+ after 0\.\d+:/);
    expect(new Set(resumed.requests)).toEqual(new Set(requests));
    const repeats = resumed.requests.length - new Set(resumed.requests).size;
    expect(repeats).toBeLessThanOrEqual(2 * 4);
  });

  it("goes on when a process ends, and scores what ends each of them as a failed program", async () => {
    const notes = temporaryFolder();
    const folder = join(notes, "run");
    const { final = "{}", output } = await runFixture("unruly", { NOTES: notes }, { folder });
    const { rows, reason } = JSON.parse(final) as {
      readonly reason: string;
      readonly rows: readonly {
        readonly id: string;
        readonly score: number;
        readonly error?: { readonly of: string };
      }[];
    };
    expect(output).not.toContain("unhandled");
    expect(reason).toBe("done");
    expect(rows.map(({ score, error }) => [score, error?.of])).toEqual([
      [1, undefined],
      [1, undefined],
      [0, "agent"],
      [1, undefined],
    ]);
    const starts = readFileSync(join(notes, "starts"), "utf8").trim().split("\n");
    const count = (input: string) => starts.filter((one) => one === input).length;
    expect([count("dies once"), count("dies always")]).toEqual([2, 3]);
    const { workers } = await readRun(folder);
    const sum = (of: "done" | "failed"): number => workers?.workers.reduce((total, one) => total + one[of], 0) ?? 0;
    expect(workers).toMatchObject({ executor: "processes", waiting: 0, perMinute: 4 });
    expect(workers?.workers.filter(({ isGone }) => isGone)).toHaveLength(4);
    expect([sum("done"), sum("failed")]).toEqual([3, 4]);
  });

  it("scores only the program that ends a process, not those beside it, and asks its model once", async () => {
    const { final = "{}", requests } = await runFixture(
      "programs",
      { PROGRAM: "deadly", EXECUTOR: "processes:1:4" },
      { service },
    );
    const { rows } = JSON.parse(final) as { readonly rows: readonly { readonly score: number }[] };
    expect(rows.map(({ score }) => score)).toEqual([1, 1, 0, 1]);
    expect(requests).toHaveLength(4);
  });

  it.each([
    ["a file that does not load", { LOAD: "throws" }, "This file does not load."],
    ["other data", { OTHER: "data" }, "they differ in data.rows"],
  ])("is refused before anything runs for %s", async (_, env, message) => {
    const notes = temporaryFolder();
    const { final, output } = await runFixture("unruly", { NOTES: notes, ...env });
    expect(final).toBeUndefined();
    expect(output).toContain(message);
    expect(existsSync(join(notes, "starts"))).toBe(false);
  });
});

describe("processes", () => {
  it.each([{ count: 0 }, { concurrency: 1.5 }])("refuses %j at once", (options) => {
    expect(() => processes("run.js", options)).toThrow(expect.objectContaining({ code: "bad-option" }) as Error);
  });
});

/** The verdict on a run: what was shown of its best candidate, in the result and when its folder is read. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run, TrainEvent } from "tracegrad";
import { readRun, viewOf } from "tracegrad/report";
import type { Search } from "tracegrad/search";
import { afterEach, beforeEach, expect, test } from "vitest";
import { begin, type Metric, run } from "./candidates.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tracegrad-verdict-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const better: Metric = (candidate, noise) => (noise < (candidate === 1 ? 0.9 : 0.4) ? 1 : 0);
const even: Metric = (_, noise) => (noise < 0.5 ? 1 : 0);

async function eventsOf(begun: Run): Promise<readonly TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of begun) events.push(event);
  return events;
}

test("a run folder tells the verdict of its result", async () => {
  const more = { folder, test: true };
  const { verdict } = await run({ metric: better, examples: 60, sealed: 40, acceptance: "proven", more });
  expect(verdict?.validation.finding).toBe("proven better");
  expect(verdict?.test?.finding).toBe("proven better");
  expect((await readRun(folder)).verdict).toEqual(verdict);
});

test("there is no verdict before the end, nor of a run whose spec does not say how it used its examples", async () => {
  const events = await eventsOf(begin({ metric: better, examples: 8, more: { folder } }));
  const withSpec = (change: object): readonly TrainEvent[] =>
    events.map((event) =>
      event.type === "start" ? { ...event, spec: { ...(event.spec as object), ...change } } : event,
    );
  expect(viewOf(events).verdict).toEqual((await readRun(folder)).verdict);
  expect(viewOf(events).verdict).toBeDefined();
  expect(viewOf(events.slice(0, -1)).verdict).toBeUndefined();
  expect(viewOf(withSpec({ acceptance: { name: "pairedTest", settings: { alpha: 0.05 } } })).verdict).toBeUndefined();
  expect(viewOf(withSpec({ acceptance: undefined })).verdict).toBeUndefined();
});

test("means, difference and counts are those of the examples that only decide", async () => {
  const { verdict, baseline, best } = await run({ metric: better, examples: 60, acceptance: "proven" });
  const scores = (of: typeof best) => of.decision?.outcomes.map(({ score }) => score ?? 0) ?? [];
  const [before, after] = [scores(baseline), scores(best)];
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const { comparison } = verdict?.validation ?? {};
  expect(comparison?.pairs).toBe(30);
  expect(comparison?.before).toBeCloseTo(mean(before), 12);
  expect(comparison?.after).toBeCloseTo(mean(after), 12);
  expect(comparison?.difference).toBeCloseTo(mean(after) - mean(before), 12);
  expect(comparison?.better).toBe(after.filter((score, at) => score > (before[at] as number)).length);
  expect(verdict).toMatchObject({ isIndependent: true, isDecided: true, candidates: 2, ship: "proven" });
});

test("a gain that is gone when it is corrected for the choice is no difference, and the start ships", async () => {
  const findings = [];
  for (let seed = 0; seed < 12; seed++) {
    const { verdict, best } = await run({ metric: even, examples: 20, candidates: 20, seed });
    if (best.step === 0) findings.push(verdict?.validation.finding);
    else expect(verdict?.validation.finding).toBe("better but not proven");
  }
  expect(findings.length).toBeGreaterThan(3);
  expect(new Set(findings)).toEqual(new Set(["no difference"]));
});

test("a run that is cancelled on the examples that decide has not decided: the start stays, the finalist is named", async () => {
  const stop = new AbortController();
  let calls = 0;
  const metric: Metric = (...given) => {
    calls += 1;
    if (calls === 20 * 3 + 3) stop.abort();
    return better(...given);
  };
  const setting = { examples: 40, candidates: 2, acceptance: "proven" as const };
  const cut = await run({ ...setting, metric, more: { folder, signal: stop.signal } });
  const finalist = cut.candidates[1]?.id;
  expect(cut.best).toBe(cut.baseline);
  expect(cut.verdict).toMatchObject({ isDecided: false, isIndependent: false, finalist, shipped: cut.baseline.id });
  expect(cut.verdict?.validation.finding).toBe("better but not proven");
  expect(cut.warnings.join()).toContain("has not decided whether the finalist ships");
  const whole = await run({ ...setting, metric, more: { folder } });
  expect(whole.verdict).toMatchObject({ isDecided: true, isIndependent: true, finalist });
});

test("a run that goes on decides again with a quarter of alpha about another finalist, and not again about the same", async () => {
  const metric: Metric = (candidate, _, input) => (input % 10 < 2 + Math.min(candidate, 2) * 2 ? 1 : 0);
  const oneEach: Search<number> = {
    name: "one each",
    settings: {},
    init: () => 1,
    async round(state, context) {
      const parents = [context.candidates()[0]?.id as string];
      const [added] = await context.add([{ values: { choice: state }, parents, origin: "given" }]);
      await context.evaluate([{ candidate: added?.candidate?.id as string }]);
      return { state: state + 1 };
    },
  };
  const found = [];
  for (const steps of [1, 2, 3]) {
    const more = { folder, search: oneEach, budget: { steps } };
    const { verdict } = await run({ metric, examples: 60, acceptance: "proven", more });
    found.push([verdict?.finalist, verdict?.validation.alpha]);
    expect(verdict?.isIndependent).toBe(true);
  }
  const [first, second] = (await readRun(folder)).candidates.slice(1).map(({ id }) => id);
  expect(found).toEqual([
    [first, 0.05],
    [second, 0.0125],
    [second, 0.0125],
  ]);
});

test("the sealed test has a verdict of its own on what ships", async () => {
  const worseOnTest: Metric = (candidate, _, input) => (candidate === 0 ? 0.5 : input < 25 ? 1 : 0);
  const verdicts = [];
  for (let seed = 0; seed < 8; seed++) {
    const setting = { metric: worseOnTest, examples: 12, sealed: 60, acceptance: "best", seed } as const;
    const { verdict, best } = await run({ ...setting, more: { test: true } });
    if (best.step > 0) verdicts.push(verdict);
  }
  expect(verdicts.length).toBeGreaterThan(0);
  for (const verdict of verdicts) {
    expect(verdict?.validation.finding).toBe("better but not proven");
    expect(verdict?.test?.finding).toBe("worse");
  }
});

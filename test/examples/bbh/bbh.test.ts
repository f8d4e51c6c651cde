/** The study of batch sizes, as a user starts it. Its recorded runs are replayed by test/examples/replay. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { runExample } from "../run-example.ts";

test("the sample's answers are learned, by a search that is named as one, and a second run finds it done", async () => {
  const options = ["--out", join(temporaryFolder(), "bbh")];
  const first = await runExample("bbh", options);
  expect(first.output).toContain("sample, local search");
  expect(first.output).toMatch(/^ +3 +0\.00 \[0\.00, 0\.39\] +1\.00 \[0\.61, 1\.00\].* 3\/3/m);
  expect(await runExample("bbh", options)).toEqual(first);
});

test.each([
  [["nonsense"], /no study "nonsense"\. There are: sample, /],
  [["codex"], /--data DIR/],
  [["codex", "--data", ".", "--task", "nonsense"], /no task "nonsense"\. It has: codex-boolean_expressions/],
])("%j is refused with what to do", async (options, message) => {
  const { code, output } = await runExample("bbh", options);
  expect(code).toBe(1);
  expect(output).toMatch(message);
});

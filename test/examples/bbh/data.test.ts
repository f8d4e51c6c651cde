/** The data of the studies, as their authors publish them. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadQuestions, loadRecorded, paperTasks } from "../../../examples/bbh/data.ts";
import { temporaryFolder } from "../../llm/folder.ts";

const data = join(import.meta.dirname, "../../../../shared/data");
const atHand = paperTasks.filter((task) => existsSync(join(data, "bbeh", `${task}.json`)));

test("the paper has eight tasks", () => {
  expect(new Set(paperTasks).size).toBe(8);
});

test("tasks of BIG-Bench Extra Hard that are at hand have 200 questions, disambiguation_qa 120", async ({ skip }) => {
  if (atHand.length === 0) {
    console.warn("No task of BIG-Bench Extra Hard is at hand: this test is left out.");
    skip();
  }
  for (const task of atHand) {
    const { rows, recorded } = await loadQuestions(join(data, "bbeh"), task);
    expect([task, rows.length]).toEqual([task, task === "disambiguation_qa" ? 120 : 200]);
    expect(rows.every(({ input, target }) => input !== "" && target !== "")).toBe(true);
    expect(recorded).toBeUndefined();
  }
});

test("recorded outputs are answered for exactly their prompts", async () => {
  const folder = temporaryFolder();
  const outputs = [3, 5].map((n) => ({
    input: `Count.\n\nQ: 1?\nA: 1.\n\nQ: ${n}?\nA:`,
    prediction: `It is ${n}.`,
    target: `${n}`,
  }));
  writeFileSync(join(folder, "count.json"), JSON.stringify({ outputs }));
  const { rows, recorded } = await loadRecorded(folder, "count");
  expect(rows).toEqual([
    { input: "Q: 3?\nA:", target: "3" },
    { input: "Q: 5?\nA:", target: "5" },
  ]);
  const ask = (content: string) => recorded?.llm.generate({ messages: [{ role: "user", content }] });
  expect(await ask(`${recorded?.prompt}\n${rows[1]?.input}`)).toMatchObject({ text: "It is 5." });
  await expect(ask(`Think hard.\n${rows[1]?.input}`)).rejects.toThrow("No response was recorded");
});

test("recorded outputs to prompts of several kinds are refused", async () => {
  const folder = temporaryFolder();
  const outputs = ["Count.", "Add."].map((input) => ({ input: `${input}\n\nQ: 1?`, prediction: "1", target: "1" }));
  writeFileSync(join(folder, "mixed.json"), JSON.stringify({ outputs }));
  await expect(loadRecorded(folder, "mixed")).rejects.toMatchObject({ code: "bad-data" });
});

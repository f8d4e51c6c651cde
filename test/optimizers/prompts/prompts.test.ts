import { readFileSync } from "node:fs";
import { join } from "node:path";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { credit, parameter, trace } from "tracegrad";
import { contextOf, type Problem, problemOf } from "tracegrad/extend";
import { expect, test } from "vitest";
import { defaultObjective, systemPrompt } from "../../../src/optimizers/optoprime/prompt-text.ts";
import { render } from "../../../src/optimizers/optoprime/render.ts";
import { jsonReply } from "../../../src/optimizers/prompt/reply.ts";
import { writeWithin } from "../../../src/optimizers/prompt/within-tokens.ts";
import { batchProblem, episodeProblem, readmeProblem, toolAgentProblem } from "./programs.ts";

/** The prompt within tokens of the tokenizer o200k. */
function promptOf(problem: Problem, maxTokens = 24_000): string {
  const rendering = { objective: defaultObjective, memory: [], instructions: jsonReply.instructions(problem) };
  const write = (maxCharacters: number) => render(problem, { ...rendering, maxCharacters });
  return writeWithin({ maxTokens, count: countTokens }, write).text;
}

const snapshot = (name: string): string => join(import.meta.dirname, `${name}.txt`);

/** One prompt each, kept as a file so that a change can be read. */
test.each([
  ["readme", readmeProblem],
  ["batch", batchProblem],
  ["tool-agent", toolAgentProblem],
  ["episode", () => episodeProblem(120)],
])("the prompt of %s is the one on record", async (name, make) => {
  await expect(`${promptOf(await make())}\n`).toMatchFileSnapshot(snapshot(name));
});

test("the page on prompts shows the one of the agent", () => {
  const [page, prompt] = ["docs/prompts.md", snapshot("tool-agent")].map((path) => readFileSync(path, "utf8"));
  expect(page).toContain(prompt?.trimEnd());
});

test("the page on prompts has their lengths; `npm run bench:prompts` prints them", async () => {
  const page = readFileSync("docs/prompts.md", "utf8");
  const problems = [await readmeProblem(), await batchProblem(), await toolAgentProblem(), await episodeProblem(400)];
  const lengthOf = (text: string): string => countTokens(text).toLocaleString("en");
  const prompts = problems.map((problem) => promptOf(problem));
  const [one, eight, agent, episode] = prompts.map(lengthOf);
  expect(page).toContain(`which has ${one}, ${eight}, ${agent} and ${episode} tokens;`);
  for (const prompt of prompts) expect(page).toContain(`| ${lengthOf(prompt.split("# Your answer")[0] as string)} / `);
  expect(page).toContain(`system message has ${lengthOf(systemPrompt)}.`);
  const short = lengthOf(readFileSync(snapshot("episode-short"), "utf8").trimEnd());
  expect(page).toContain(`user message of the episode has ${short},`);
});

test("the agent has five turns, and in three of them the tool fails", async () => {
  const values = [...contextOf(await toolAgentProblem())];
  const results = values.filter(({ name }) => name.startsWith("runTool_")).map(({ value }) => String(value));
  expect(results).toHaveLength(5);
  expect(results.filter((text) => text.startsWith("Error: "))).toHaveLength(3);
});

test("the system prompt is the one on record", async () => {
  await expect(`${systemPrompt}\n`).toMatchFileSnapshot(snapshot("system"));
});

test("an episode of 400 steps has every value that varies within 14,000 tokens", async () => {
  const prompt = promptOf(await episodeProblem(400));
  expect(prompt).not.toContain("left out");
  expect(countTokens(prompt)).toBeLessThan(14_000);
});

test("a longer episode keeps the steps around rewards, and says what is left out", async () => {
  const problem = await episodeProblem(400);
  const prompt = promptOf(problem, 9_000);
  expect(countTokens(prompt)).toBeLessThanOrEqual(9_000);
  const rewards = [...contextOf(problem)].filter(({ name }) => name.startsWith("environment_step_1["));
  const lost = rewards.flatMap(({ value }, index) => ((value as { reward: number }).reward === 0 ? [] : [index + 1]));
  expect(lost.length).toBeGreaterThan(1);
  for (const step of lost) expect(prompt).toMatch(new RegExp(`^${step}\\|`, "m"));
  expect(prompt).toMatch(/^… \(\d+ to \d+ left out\)$/m);
  expect(prompt).toContain("Over all rows:");
});

/** Every value of a column, read back from where a prompt has it in full. */
function readColumn(prompt: string, name: string): readonly string[] {
  const line = prompt.split("\n").find((text) => text.startsWith(`${name}: `)) ?? "";
  const rows: string[] = [];
  for (const text of line.slice(name.length + 2).split(",")) {
    const [, mark, value = "", times = "1"] = /^(?:@(\d+) )?(.*?)(?: x(\d+))?$/.exec(text) ?? [];
    if (mark !== undefined) expect(Number(mark)).toBe(rows.length + 1);
    for (let time = 0; time < Number(times); time++) rows.push(value);
  }
  return rows;
}

const shortLimit = 6_000;

test("the prompt of an episode that is far too long is the one on record", async () => {
  await expect(`${promptOf(await episodeProblem(400), shortLimit)}\n`).toMatchFileSnapshot(snapshot("episode-short"));
});

test("an episode that does not fit has all actions and rewards, its ends, and whole rows where points are lost", async () => {
  const problem = await episodeProblem(400);
  const prompt = promptOf(problem, shortLimit);
  expect(countTokens(prompt)).toBeLessThanOrEqual(shortLimit);
  const valuesOf = (name: string) => [...contextOf(problem)].filter((value) => value.name.startsWith(`${name}[`));
  const actions = valuesOf("select_action_1").map(({ value }) => String(value));
  const rewards = valuesOf("environment_step_1").map(({ value }) => String((value as { reward: number }).reward));
  expect(actions).toHaveLength(400);
  expect(readColumn(prompt, "select_action_1")).toEqual(actions);
  expect(readColumn(prompt, "environment_step_1.reward")).toEqual(rewards);
  const lost = rewards.flatMap((reward, index) => (reward === "0" ? [] : [index + 1]));
  const width = prompt.match(/^k\|.*/m)?.[0].split("|").length ?? 0;
  for (const step of [...lost, 400]) {
    expect(prompt.match(new RegExp(`^${step}\\|.*`, "m"))?.[0].split("|")).toHaveLength(width);
  }
  expect(prompt).toMatch(/^1( to \d+)?\|/m);
  expect(prompt).toMatch(/^observation_2\.Ball\.x: 20 to 154, mean 106\.9, .*a number in 236 rows$/m);
});

test("eight runs alike take at most 1.3 times the tokens of one, and their values", async () => {
  const [one, eight] = [promptOf(await readmeProblem()), promptOf(await batchProblem())];
  const sectionsOf = (prompt: string) => prompt.split(/^(?=# )/m);
  const isOf = (title: RegExp) => (section: string) => title.test(section);
  const tokensOf = (sections: readonly string[]) => countTokens(sections.join(""));
  const code = isOf(/^# Code/);
  expect(tokensOf(sectionsOf(eight).filter(code))).toBeLessThanOrEqual(1.3 * tokensOf(sectionsOf(one).filter(code)));
  const runs = sectionsOf(eight).filter(isOf(/^# Run \d/));
  expect(runs).toHaveLength(8);
  expect(countTokens(eight) - tokensOf(runs)).toBeLessThanOrEqual(1.3 * countTokens(one));
});

test("values that differ beyond what is shown of them are not called the same", () => {
  const p = parameter("x", { name: "p" });
  const long = (end: number): string => `${"the same beginning, ".repeat(200)}${end}`;
  const graph = trace(() => {
    let at = p.map((text) => ({ text, of: long(0) }), "step");
    for (let step = 1; step < 6; step++) at = at.map(({ text }) => ({ text, of: long(step) }), "step");
    return at;
  });
  const prompt = promptOf(problemOf(credit(graph, "f"), [p as never]));
  expect(prompt).toContain('.text = "x" for every k');
  expect(prompt).not.toContain(".of = ");
  expect(prompt.match(/^\d\|"the same beginning/gm)?.length).toBeGreaterThan(3);
});

test("a mapped function says what it does by its source, and two of one name each their own", () => {
  const p = parameter({ words: ["a", "b"] }, { name: "p" });
  const graph = trace(() =>
    p
      .map(({ words }) => words.join(" "))
      .map((text) => `${text}!`)
      .map(String),
  );
  const prompt = promptOf(problemOf(credit(graph, "f"), [p as never]));
  expect(prompt).toMatch(/^\[map_1\] Applies .*words.*join\(" "\).* to x\.$/m);
  expect(prompt).toMatch(/^\[map_2\] Applies .* to x\.$/m);
  expect(prompt).not.toContain("native code");
});

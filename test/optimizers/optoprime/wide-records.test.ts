/** Loops over values so wide that a table of them does not fit. */

import { bundle, node, parameter, trace } from "tracegrad";
import { type OptoPrimeAlgorithmOptions, optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { textOf } from "../readers.ts";

const fields = (width: number, prefix: string, make: (index: number) => unknown) =>
  Object.fromEntries(Array.from({ length: width }, (_, index) => [`${prefix}${index}`, make(index)]));

/** The prompt on twenty steps of an environment whose every observation is what `observe` makes of a step. */
async function promptOf(
  observe: (step: number) => unknown,
  maxPromptTokens: number,
  more: OptoPrimeAlgorithmOptions = {},
) {
  const policy = parameter("go left", { name: "policy" });
  const act = bundle((_policy: string, _state: unknown) => "left", { name: "act" });
  let step = 0;
  const env = bundle((_state: unknown, _action: string): unknown => observe(++step), { name: "env" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
  const graph = trace(() => {
    let state: unknown = node("start", { name: "start" });
    for (let k = 0; k < 20; k++) state = env(state, act(policy, state));
    return state;
  });
  graph.backward("Too slow.");
  await optoPrime(policy, { llm, maxPromptTokens, maxRetries: 0, ...more }).step();
  return textOf(llm.calls[0] as never);
}

test("a record of hundreds of numbers in each step leaves code, values and output in the prompt", async () => {
  const observe = (step: number) =>
    fields(12, "player", (player) =>
      fields(8, "stat", (stat) => fields(8, "v", (v) => (step * 7919 + player * 101 + stat * 13 + v) % 1_000)),
    );
  const prompt = await promptOf(observe, 24_000);
  expect(prompt).toMatch(/^# Code\nfor k = 1 to 20, with env_1\[0\] = start:\n/m);
  expect(prompt).toMatch(/^# Outputs\n\(record\) env_1\[20\] = \{ player0: /m);
  expect(prompt).toMatch(/^20\|/m);
  expect(prompt).not.toContain("left out");
});

test("as little room as there is, the code and the output stay when they fit", async () => {
  const observe = (step: number) => fields(30, "a_field_with_a_long_name_", (field) => `${step} ${field} `.repeat(60));
  const lengths = [6_000, 3_000, 1_500, 700, 500].map(async (maxPromptTokens) => {
    const prompt = await promptOf(observe, maxPromptTokens);
    expect(prompt).toMatch(/^# Code\nfor k = 1 to 20/m);
    expect(prompt).toMatch(/^# Outputs\n\(record\) env_1\[20\] = /m);
    return prompt;
  });
  const prompts = await Promise.all(lengths);
  expect(prompts.at(-1)).toContain("… (the values of k = 1 to 20 left out)");
});

test("a wide pattern on the way is written as calls where its table would take the place of all else", async () => {
  const policy = parameter("go left", { name: "policy" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
  const graph = trace(() => {
    let at = policy.map((text) => text.length, "begin");
    for (let call = 0; call < 150; call++) at = at.map((value) => value + 1, `early_${call}_${"x".repeat(30)}`);
    for (let k = 0; k < 20; k++) {
      for (let call = 0; call < 60; call++) at = at.map((value) => (value * 48_271) % 2_147_483_647, `part_${call}_`);
    }
    return at.map((value) => value % 2, "score");
  });
  graph.backward("Too slow.");
  await optoPrime(policy, { llm, maxPromptTokens: 5_000, maxRetries: 0 }).step();
  const prompt = textOf(llm.calls[0] as never);
  expect(prompt).toMatch(/^for k = 1 to 20/m);
  expect(prompt).toMatch(/^# Outputs\n\(number\) score_1 = /m);
  expect(prompt).toMatch(/^\d+ values and calls farther from the output are left out\./m);
});

test("values of a table are as long as the user says where all of them fit, else as long as by default", async () => {
  const observe = (step: number) => ({ cars: Array.from({ length: 40 }, (_, lane) => ({ lane, x: step * lane })) });
  const whole = (step: number) =>
    `[${observe(step)
      .cars.map(({ lane, x }) => `{ lane: ${lane}, x: ${x} }`)
      .join(", ")}]`;
  const isWhole = (prompt: string) => [1, 7, 19].map((step) => prompt.includes(whole(step)));
  expect(isWhole(await promptOf(observe, 24_000))).toEqual([false, false, false]);
  expect(isWhole(await promptOf(observe, 24_000, { maxValueCharacters: 1_000 }))).toEqual([true, true, true]);
  const short = await promptOf(observe, 4_000, { maxValueCharacters: 1_000 });
  expect(short).toBe(await promptOf(observe, 4_000));
});

/** The prompts of the algorithms beside OptoPrime, kept as files so that a change can be read. */

import { join } from "node:path";
import type { ModelRequest } from "tracegrad/llm";
import { expect, test } from "vitest";
import { textOf } from "../readers.ts";
import * as algorithms from "./algorithms.ts";

const record = (name: string): string => join(import.meta.dirname, "algorithms", `${name}.txt`);

/** A request as text: what the system says, what the user says, and the tool. */
function requestText(request: ModelRequest): string {
  const { system = "", tool } = request;
  const parts = [`=== system\n${system}`, `=== user\n${textOf(request)}`];
  if (tool !== undefined) parts.push(`=== tool\n${JSON.stringify(tool, undefined, 1)}`);
  return parts.join("\n\n");
}

/** What a search or a variant adds to OptoPrime's prompt, which has files of its own. */
function additionText(request: ModelRequest): string {
  return /^# Context\n[^]*/m.exec(textOf(request))?.[0] ?? "";
}

test.each([
  ["textgrad", algorithms.textGradPrompts, requestText],
  ["opro", algorithms.oproPrompts, requestText],
  ["ace", algorithms.acePrompts, requestText],
  ["mipro", algorithms.miproPrompts, requestText],
  ["optoprime-multi", algorithms.optoPrimeMultiPrompts, additionText],
  ["evolution", algorithms.evolutionPrompts, additionText],
  ["beam-search", algorithms.beamPrompts, additionText],
] as const)("the prompts of %s are the ones on record", async (name, make, textOfRequest) => {
  const requests = await make();
  expect(requests.every((request) => request !== undefined)).toBe(true);
  await expect(`${requests.map(textOfRequest).join("\n\n")}\n`).toMatchFileSnapshot(record(name));
});

test("the prompts of priority-search are the ones on record", async () => {
  const [summary, noted] = await algorithms.priorityPrompts();
  const text = [requestText(summary as ModelRequest), additionText(noted as ModelRequest)].join("\n\n");
  await expect(`${text}\n`).toMatchFileSnapshot(record("priority-search"));
});

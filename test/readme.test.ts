/**
 * The README's example is a file that is type-checked with the rest, and runs here on the real SDK against a loopback
 * server.
 */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import {
  type Behaviour,
  end,
  type Received,
  START,
  STOP,
  startServer,
  streams,
  textBlock,
  toolBlock,
} from "./llm/messages-server.ts";

const root = join(import.meta.dirname, "..");

test("the README shows the example as it runs", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const shown = /<!-- example -->\n```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  expect(shown).toBe(readFileSync(join(root, "examples", "readme", "example.ts"), "utf8"));
});

test("the README shows the example of evaluate as it runs, and it prints its table", async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const file = join(root, "examples", "readme", "evaluate.ts");
  expect(/<!-- evaluate -->\n```ts\n([\s\S]*?)```/.exec(readme)?.[1]).toBe(readFileSync(file, "utf8"));
  const { stdout } = await run("evaluate", {});
  expect(stdout).toMatch(/^1 +0\.00 +no idea/m);
  expect(stdout).toContain("mean 0.50 [0.09, 0.91] (95 %) over 2 examples");
});

test("the README's example learns to read the answers", async () => {
  const server = await startServer([answer]);
  const env = { ANTHROPIC_API_KEY: "test", ANTHROPIC_BASE_URL: server.url };
  const { stdout } = await run("example", env).finally(() => server.close());
  expect(stdout).toContain("step 0: 0 of 2 right");
  expect(stdout).toContain("extract is now");
  expect(stdout).toContain("step 1: 2 of 2 right");
});

function run(example: string, env: Readonly<Record<string, string>>): Promise<{ readonly stdout: string }> {
  const options = { cwd: inject("builtPackage"), env: { ...process.env, ...env } };
  return promisify(execFile)(process.execPath, [join("examples", "readme", `${example}.js`)], options);
}

/**
 * Plays both models by rule: it does the sum it is asked for, and mends `extract` when the feedback says what was
 * expected.
 */
const answer: Behaviour = (response, request) => {
  const prompt = textOf(request);
  if (request.body["tools"] === undefined)
    return streams(START, textBlock(sum(prompt)), end("end_turn"), STOP)(response, request);
  const expectsNumbers = /expected "\d+"/.test(prompt) && prompt.includes("function extract(response: string): string");
  const extract = 'function extract(response: string): string {\n  return response.match(/\\d+/g)?.at(-1) ?? "";\n}';
  const suggestion = expectsNumbers ? { extract } : {};
  const input = JSON.stringify({
    reasoning: "The expected answers are the last numbers of the responses.",
    suggestion,
  });
  return streams(START, toolBlock(0, "propose_update", input), end("tool_use"), STOP)(response, request);
};

function textOf({ body }: Received): string {
  const [message] = body["messages"] as [{ content: string | { text: string }[] }];
  return typeof message.content === "string" ? message.content : message.content.map((part) => part.text).join("\n");
}

function sum(prompt: string): string {
  const [, a, word, b] = /What is (\d+) (times|plus) (\d+)/.exec(prompt) ?? [];
  const result = word === "times" ? Number(a) * Number(b) : Number(a) + Number(b);
  return `Let me see: ${a} ${word} ${b}. So the result is ${result}.`;
}

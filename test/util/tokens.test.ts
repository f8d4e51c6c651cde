import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { countTokens as countReal } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { countTokens, estimatedTokens } from "../../src/util/tokens.ts";

const read = (path: string): string => readFileSync(path, "utf8");

test.each([
  ["a prompt", read("test/optimizers/prompts/tool-agent.txt"), 0.08],
  ["a table of numbers", read("test/optimizers/prompts/episode.txt"), 0.08],
  ["English", read("README.md"), 0.08],
  ["source code", read("src/optimizers/problem.ts"), 0.08],
  ["JSON", JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id, name: `user${id}`, score: id / 7 }))), 0.08],
  ["decimals", Array.from({ length: 500 }, (_, index) => Math.sqrt(index + 2)).join(", "), 0.08],
  ["base64", randomBytes(3_000).toString("base64"), 0.2],
  ["hexadecimal", randomBytes(3_000).toString("hex"), 0.2],
  ["identifiers", Array.from({ length: 50 }, () => crypto.randomUUID()).join("\n"), 0.25],
])("the tokens of %s are about those of a real tokenizer", (_, text, error) => {
  const real = countReal(text);
  expect(Math.abs(countTokens(text) - real) / real).toBeLessThan(error);
});

test("no text has no tokens", () => {
  expect(countTokens("")).toBe(0);
});

test("a request counts by its texts and keys, and a picture as one", () => {
  const picture = { type: "image", data: "x".repeat(100_000) };
  const request = { system: read("README.md"), messages: [{ content: [picture] }] };
  expect(estimatedTokens(request)).toBe(countTokens(request.system) + 1_600 + 3);
});

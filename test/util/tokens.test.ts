import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { countTokens as countReal } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { countTokens, estimatedTokens } from "../../src/util/tokens.ts";

const read = (path: string): string => readFileSync(path, "utf8");
/** Bytes that look random, the same each time. */
const bytes = (length: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, at) => createHash("sha256").update(`${at}`).digest()),
  ).subarray(0, length);
const uuid = (at: number): string =>
  bytes(16 * (at + 1))
    .subarray(-16)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

test.each([
  ["a prompt", read("test/optimizers/prompts/tool-agent.txt"), 0.08],
  ["a table of numbers", read("test/optimizers/prompts/episode.txt"), 0.08],
  ["English", read("README.md"), 0.08],
  ["source code", read("src/optimizers/problem.ts"), 0.08],
  ["JSON", JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id, name: `user${id}`, score: id / 7 }))), 0.08],
  ["decimals", Array.from({ length: 500 }, (_, index) => Math.sqrt(index + 2)).join(", "), 0.08],
  ["base64", bytes(3_000).toString("base64"), 0.2],
  ["hexadecimal", bytes(3_000).toString("hex"), 0.2],
  ["identifiers", Array.from({ length: 50 }, (_, at) => uuid(at)).join("\n"), 0.25],
])("the tokens of %s are about those of a real tokenizer", (_, text, error) => {
  const real = countReal(text);
  expect(Math.abs(countTokens(text) - real) / real).toBeLessThan(error);
});

test("no text has no tokens", () => {
  expect(countTokens("")).toBe(0);
});

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test.each([
  ["the AI SDK", { type: "image", image: png, mediaType: "image/png" }],
  ["the AI SDK, as a file", { type: "file", data: png, mediaType: "image/png" }],
  ["Anthropic", { type: "image", source: { type: "base64", media_type: "image/png", data: png } }],
  ["OpenAI", { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } }],
  ["OpenAI's Responses", { type: "input_image", image_url: "https://example.com/a.png" }],
  ["Gemini", { inlineData: { mimeType: "image/png", data: png } }],
])("an image of %s counts as one picture", (_, part) => {
  const tokens = estimatedTokens([part]);
  expect(tokens).toBeGreaterThanOrEqual(1_600);
  expect(tokens).toBeLessThan(1_620);
});

test("a request counts by its texts and keys, and a picture as one", () => {
  const picture = { type: "image", data: "x".repeat(100_000) };
  const request = { system: read("README.md"), messages: [{ content: [picture] }] };
  expect(estimatedTokens(request)).toBe(countTokens(request.system) + 1_600 + 3);
});

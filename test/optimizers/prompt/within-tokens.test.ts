import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { bundle, credit, parameter, trace } from "tracegrad";

import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { TooLongError, writeWithin } from "../../../src/optimizers/prompt/within-tokens.ts";

describe("writing within tokens", () => {
  /** A writer whose text begins with `fixed` characters of one density, and goes on with as many as it may of another. */
  const writer = (fixed: number, all: number) => (maxCharacters: number) => {
    if (fixed > maxCharacters) throw new TooLongError("the rest", "x".repeat(fixed));
    const more = Math.min(all, Math.floor(maxCharacters)) - fixed;
    return { text: "a".repeat(fixed) + "b".repeat(Math.max(0, more)), isWhole: maxCharacters >= all };
  };

  it("keeps within the limit whatever the text, and fills it unless all fits", () => {
    const density = fc.double({ min: 0.2, max: 1, noNaN: true });
    const sizes = fc.record({ fixed: fc.integer({ min: 0, max: 2_000 }), more: fc.integer({ min: 0, max: 100_000 }) });
    fc.assert(
      fc.property(sizes, density, density, ({ fixed, more }, a, b) => {
        const maxTokens = 3_000;
        const count = (text: string) => {
          const first = text.lastIndexOf("a") + 1;
          return first * a + (text.length - first) * b;
        };
        const { text, isWhole } = writeWithin({ maxTokens, count }, writer(fixed, fixed + more));
        expect(count(text)).toBeLessThanOrEqual(maxTokens);
        if (!isWhole) expect(count(text)).toBeGreaterThan(0.9 * maxTokens);
      }),
    );
  });

  it("finds a text that fits where what is never cut is dense and the rest is cheap", () => {
    for (const share of [0.8, 0.9, 0.95, 0.99]) {
      const maxTokens = 8_000;
      const count = (text: string) => text.lastIndexOf("a") + 1 + (text.length - text.lastIndexOf("a") - 1) / 5;
      const { text } = writeWithin({ maxTokens, count }, writer(Math.floor(share * maxTokens), 1_000_000));
      expect(count(text)).toBeLessThanOrEqual(maxTokens);
      expect(count(text)).toBeGreaterThan(0.9 * maxTokens);
    }
  });

  it("fills the limit where a token has more characters than most", () => {
    const { text } = writeWithin({ maxTokens: 1_000, count: ({ length }) => length / 40 }, writer(100, 1_000_000));
    expect(text.length).toBeGreaterThan(0.9 * 40_000);
    expect(text.length).toBeLessThanOrEqual(40_000);
  });

  it("takes the fullest text of a writer that has a shorter form for a longer limit", () => {
    const write = (maxCharacters: number) => {
      if (maxCharacters >= 1_101 && maxCharacters < 1_110) return { text: "c" };
      return { text: "b".repeat(maxCharacters < 1_110 ? 700 : 1_110) };
    };
    const { text } = writeWithin({ maxTokens: 1_000, count: ({ length }) => length }, write);
    expect(text).toHaveLength(700);
  });

  it("fails as the writer does when what is never cut has no room", () => {
    const write = writer(10_000, 20_000);
    expect(() => writeWithin({ maxTokens: 1_000, count: (text) => text.length }, write)).toThrow(
      "may have 1000 tokens, and needs 10000 for the rest alone",
    );
    expect(() => writeWithin({ maxTokens: 1_700, count: (text) => text.length / 2 }, write)).toThrow("needs 5000");
  });
});

describe("the limit of a prompt", () => {
  const step = bundle((at: readonly number[], seed: number) => at.map((one) => (one * 31 + seed) % 977), {
    name: "step",
  });
  const seed = parameter(1, { name: "seed" });
  const long = () =>
    credit(
      trace(() => {
        let at = step([1, 2, 3, 4, 5, 6, 7, 8], seed);
        for (let index = 0; index < 2_000; index++) at = step(at as never, seed);
        return at;
      }),
      "Larger.",
    );
  const reply = (inputTokens: number) => ({
    toolInput: { reasoning: "", suggestion: {} },
    usage: { inputTokens, outputTokens: 1 },
  });
  const sizeOf = (request: { readonly messages: readonly { readonly content: unknown }[] }): number =>
    countTokens(String(request.messages[0]?.content));

  it("is held within 5 % from the second step on, by what the provider counted", async () => {
    // A provider whose tokenizer makes 1.4 times as many tokens as the one that the estimate is made by.
    const llm = scripted((request) =>
      reply(1.4 * (sizeOf(request) + countTokens(request.system ?? "") + countTokens(JSON.stringify(request.tool)))),
    );
    const optimizer = optoPrime(seed, { llm, maxPromptTokens: 4_000 });
    for (let index = 0; index < 2; index++) await optimizer.step(long());
    const [first, second] = llm.calls.map((request) => 1.4 * sizeOf(request));
    expect(first).toBeGreaterThan(4_000 * 1.2);
    expect(second).toBeLessThanOrEqual(4_000 * 1.05);
    expect(second).toBeGreaterThan(4_000 * 0.85);
    expect(optimizer.memory.tokenScale).toBeGreaterThan(1.2);
  });

  it("is held at the first step by a tokenizer of the user's", async () => {
    const llm = scripted(() => reply(0));
    await optoPrime(seed, { llm, maxPromptTokens: 4_000, countTokens: (text) => 1.4 * countTokens(text) }).step(long());
    const tokens = 1.4 * sizeOf(llm.calls[0] as never);
    expect(tokens).toBeLessThanOrEqual(4_000);
    expect(tokens).toBeGreaterThan(4_000 * 0.9);
  });

  it("knows nothing more from a provider that says no usage", async () => {
    const optimizer = optoPrime(seed, { llm: scripted(() => reply(0)), maxPromptTokens: 4_000 });
    await optimizer.step(long());
    expect(optimizer.memory).toEqual({ rounds: [] });
  });
});

/** Placeholders of a text survive its rewrites. */

import { commit, ParameterState, parameter, t, trace } from "tracegrad";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const rewriteOf = (first: string, next: string, placeholders = true) => {
  const prompt = parameter(first, { name: "prompt", placeholders });
  return () => commit([{ parameter: prompt, value: next }]);
};

describe("a text with placeholders", () => {
  it.each([
    ["Hello {{name}}, you are {{ age }}.", "{{age}} and {{name}}"],
    ["Hello ${user.name}.", "Good day, ${user.name}!"],
    ["Hello {name}.", "Good day, {name}, {name}!"],
    ["Hello {{name}}.", 'Good day, {{name}}. Answer as {"name": {age}}.'],
    ["No placeholder.", "Answer as {name}."],
    ["Answer in \\boxed{answer}, or \\frac{a}{b}.", "Answer in plain text."],
  ])("takes what has the same: %s", (first, next) => {
    expect(rewriteOf(first, next)).not.toThrow();
  });

  it.each([
    ["Hello {{name}}, you are {{age}}.", "Hello {{name}}.", /lacks {{age}}: keep the placeholders {{name}}, {{age}}/],
    ["Hello ${name}.", "Hello name.", /lacks \${name}/],
    ["Hello {name}.", "Hello {name}, from {city}.", /has {city}, which the program does not fill in/],
    ["Hello {name}.", "Hello {{name}}.", /lacks {name}/],
  ])("refuses what lost or added one: %s", (first, next, message) => {
    expect(rewriteOf(first, next)).toThrow(message);
  });

  it("takes everything where that is switched off", () => {
    expect(rewriteOf("Hello {name}.", "Hello.", false)).not.toThrow();
  });

  it.each([
    ["takes one away", "{name}", "you", /"prompt" is not acceptable: it lacks {name}/],
    ["adds one", "Hello", "{greeting}", /"prompt" is not acceptable: it has {greeting}, which the program/],
  ])("refuses a first value whose schema %s", (_, from, to, message) => {
    const schema = z.string().transform((text) => text.replace(from, to));
    expect(() => parameter("Hello {name}.", { name: "prompt", schema })).toThrow(message);
    expect(parameter("Hello {name}.", { schema, placeholders: false }).data).toBe("Hello {name}.".replace(from, to));
    expect(parameter(" Hello {name}. ", { schema: z.string().trim() }).data).toBe("Hello {name}.");
  });

  it("says so to the optimizer before and after a proposal, whose second one is taken", async () => {
    const prompt = parameter("Greet {name}.", { name: "prompt" });
    const values = ["Greet.", "Greet {name} warmly."];
    const llm = scripted((_, index) => ({ toolInput: { reasoning: "", suggestion: { prompt: values[index] } } }));
    const optimizer = optoPrime([prompt], { llm });
    trace(() => t`${prompt}!`).backward("Be warmer.");
    await optimizer.step();
    expect(ParameterState.of([prompt]).get(prompt)).toBe("Greet {name} warmly.");
    const [first, second] = llm.calls.map(({ messages }) => JSON.stringify(messages));
    expect(first).toContain("Placeholders to keep, with none added: {name}");
    expect(second).toContain("it lacks {name}: keep the placeholders {name}");
  });
});

import { batchify, bundle, parameter, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { checkPrompt, promptCheckText } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";

const prompt = parameter("Answer the question.", { name: "prompt" });
const ask = bundle((prompt: string, question: string) => `${prompt} ${question}`, { name: "ask" });

async function promptAfter(run: () => void): Promise<ModelRequest> {
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
  run();
  await optoPrime(prompt, { llm }).step();
  return llm.calls[0] as ModelRequest;
}

describe("the check of a prompt", () => {
  it("counts the tokens of each section, and names what the program does not declare", async () => {
    const check = checkPrompt(await promptAfter(() => trace(() => ask(prompt, "Why?")).backward("Longer.")));
    const titles = check.sections.map(({ title }) => title);
    expect(titles).toEqual([
      ...["system", "tool", "Objective", "Code", "Variables", "Inputs", "Outputs", "Feedback", "Your answer"],
    ]);
    expect(check.tokens).toBe(check.sections.reduce((sum, { tokens }) => sum + tokens, 0));
    expect(check).toMatchObject({ images: 0, repeated: [], cuts: 0, leftOut: 0 });
    expect(check.missing).toEqual([
      "What `prompt` is for: give it a `doc`.",
      "What `ask` does: give it a `doc`, or a comment above it.",
      "A score: the feedback has none.",
    ]);
  });

  it("finds nothing missing where all is declared", async () => {
    const described = parameter("Answer.", { name: "described", doc: "What the model is told." });
    const asking = bundle((text: string) => `${text}!`, { name: "asking", doc: "Asks the model." });
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
    trace(() => asking(described)).backward({ text: "Longer.", score: 0.5, maxScore: 1 });
    await optoPrime(described, { llm }).step();
    const check = checkPrompt(llm.calls[0] as ModelRequest);
    expect(check.missing).toEqual([]);
    expect(promptCheckText(check)).toContain("Not told: nothing that it looks for.");
  });

  it("finds lines that are repeated, and what was cut", async () => {
    const request = await promptAfter(() => {
      const graphs = ["1", "2"].map((index) => trace(() => ask(prompt, `Question ${index} ${"is long ".repeat(400)}`)));
      batchify(graphs).backward(
        ["a", "b"].map((text) => `${text}\nAn answer has to be as short as it can be, always.`),
      );
    });
    const check = checkPrompt(request);
    expect(check.repeated).toMatchObject([{ line: "An answer has to be as short as it can be, always.", count: 2 }]);
    expect(check.cuts).toBeGreaterThan(1);
    const text = promptCheckText(check);
    expect(text).toMatch(/^ {2}2 times \(\d+ tokens\): An answer has to be/m);
  });

  it("takes titles inside of values for text", () => {
    const content = "# Objective\nImprove.\n\n# Variables\n```\n# Not a title\n```";
    const check = checkPrompt({ messages: [{ role: "user", content }] });
    expect(check.sections.map(({ title }) => title)).toEqual(["Objective", "Variables"]);
  });
});

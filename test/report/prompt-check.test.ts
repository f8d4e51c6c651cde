import { batchify, bundle, parameter, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { opro, optoPrime } from "tracegrad/optimizers";
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
    const described = parameter("Answer.", { name: "described", doc: "The instruction." });
    const asking = bundle((text: string) => `${text}!`, { name: "asking", doc: "Asks the model." });
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
    trace(() => asking(described)).backward({ text: "Longer.", score: 0.5, maxScore: 1 });
    await optoPrime(described, { llm }).step();
    const check = checkPrompt(llm.calls[0] as ModelRequest);
    expect(check.missing).toEqual([]);
    expect(promptCheckText(check)).toContain("Missing: nothing that the check looks for.");
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

  it("counts a cut around the middle of a text once, and no rows of a table that are left out", () => {
    const cutsIn = (content: string) => checkPrompt({ messages: [{ role: "user", content }] }).cuts;
    expect(cutsIn("… (5 left out)\n… (7 to 9 left out)")).toBe(0);
    expect(cutsIn("… (the values of k = 1 to 20 left out)")).toBe(0);
    expect(cutsIn("abc… (100 characters left out) …def")).toBe(1);
    expect(cutsIn("abc… (100 characters left out) …def\n… (5 left out)\nabc…")).toBe(2);
  });

  it("asks for no highest score where the prompt has the scale", async () => {
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
    const described = parameter("Answer.", { name: "described", doc: "The instruction." });
    for (const [score, missing] of [
      [0, []],
      [2, ["The highest score: give `train` a `maxScore`."]],
    ] as const) {
      trace(() => described.map((text) => `${text}!`)).backward({ text: "Longer.", score });
      await opro(described, { llm, maxRetries: 0, maxExemplars: score === 0 ? 3 : 0 }).step();
      expect(checkPrompt(llm.calls.at(-1) as ModelRequest).missing).toEqual(missing);
    }
  });

  it("says one image, and two images", () => {
    const image = { type: "image", mediaType: "image/png", data: "" } as const;
    const textWith = (content: readonly (typeof image)[]) =>
      promptCheckText(checkPrompt({ messages: [{ role: "user", content }] }));
    expect(textWith([image])).toMatch(/^1 image\.$/m);
    expect(textWith([image, image])).toMatch(/^2 images\.$/m);
  });

  it("takes what values say for text", () => {
    const content =
      "# Variables\n(text) p: What it is for.\n```\n(text) foo\n```\n(text) bar\n# Feedback\nScore: 1 of 1";
    const check = checkPrompt({ messages: [{ role: "user", content }] });
    expect(check.missing).toEqual(["What `bar` is for: give it a `doc`."]);
  });

  it("counts what a value says of scores and of rows left out for nothing", () => {
    const content =
      "# Variables\n(text) p: What it is for.\n```\nScore: 1 of 1\n3 left out\n```\n(2 more are left out.)";
    const check = checkPrompt({ messages: [{ role: "user", content }] });
    expect(check.leftOut).toBe(1);
    expect(check.missing).toEqual(["A score: the feedback has none."]);
  });

  it("takes titles inside of values for text", () => {
    const content = "# Objective\nImprove.\n\n# Variables\n```\n# Not a title\n```";
    const check = checkPrompt({ messages: [{ role: "user", content }] });
    expect(check.sections.map(({ title }) => title)).toEqual(["Objective", "Variables"]);
  });
});

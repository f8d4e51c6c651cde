import { bundle, credit, parameter, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import * as propagators from "tracegrad/propagators";
import { type ScriptedAnswer, scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { countTokens } from "../../../src/util/tokens.ts";
import { textOf } from "../readers.ts";
import { calculus, chainTask, hints, judgedIn, judgingAll, partsOf } from "./readers.ts";

const [semantic, textGradient] = [judgingAll(propagators.semantic), judgingAll(propagators.textGradient)];

/** Two parameters and a value in one call. */
function siblings() {
  const [a, b] = [parameter("one", { name: "a" }), parameter("two", { name: "b" })];
  const meet = bundle(function meet(first: string, between: string, second: string): string {
    return first + between + second;
  });
  return { a, b, graph: trace(() => meet(a, " and ", b)) };
}

const textsOf = async (answer: ScriptedAnswer) => {
  const { a, b, graph } = siblings();
  const llm = scripted(() => answer);
  const made = await credit(graph, "Wrong.", semantic({ llm }));
  const texts = [a, b].map((one) => made.signals.get(one as never)?.feedback.text);
  return { texts, fallbacks: made.fallbacks, request: llm.calls[0] as NonNullable<(typeof llm.calls)[0]> };
};

describe("semantic", () => {
  it("shows all inputs of a call at once, numbered, and asks for a hint for each", async () => {
    const { request } = await textsOf(hints("x", "y"));
    expect(judgedIn(request)).toEqual(["a", "b"]);
    expect(partsOf(request)["Inputs to judge"]).toBe(
      '1. `first` (`a`), text parameter = "one"\n2. `second` (`b`), text parameter = "two"',
    );
    expect(partsOf(request)["Other inputs"]).toBe('`between`, string = " and "');
    expect(request.tool?.inputSchema).toMatchObject({ required: ["hint_1", "hint_2"], additionalProperties: false });
    expect(partsOf(request)["Your task"]).toContain("Hint 2: <feedback on the input `second` (`b`)>");
  });

  it("keeps within its limit of tokens however many inputs it asks about, and asks about all of them", async () => {
    const doc = "What is said to whoever asks, and when, and why. ".repeat(30);
    const prompts = Array.from({ length: 300 }, (_, at) => parameter(`${at}`, { name: `prompt${at}`, doc }));
    const meet = bundle((...texts: unknown[]) => texts.join(" ").repeat(50), { name: "meet", doc });
    const graph = trace(() => meet(...prompts));
    for (const options of [{}, { maxPromptTokens: 20_000 }]) {
      const llm = scripted(() => hints(...prompts.map((_, at) => `Hint for ${at}.`)));
      const made = await credit(graph, "Wrong. ".repeat(1_000), semantic({ llm, ...options }));
      const [request] = llm.calls as [ModelRequest];
      expect(countTokens(textOf(request))).toBeLessThanOrEqual(options.maxPromptTokens ?? 24_000);
      expect(judgedIn(request)).toHaveLength(300);
      expect(made.signals.get(prompts[299] as never)?.feedback.text).toBe("Hint for 299.");
    }
    const llm = scripted(() => "x");
    await expect(credit(graph, "Wrong.", semantic({ llm, maxPromptTokens: 1_000 }))).rejects.toMatchObject({
      code: "prompt-too-large",
      message: expect.stringContaining("maxPromptTokens"),
    });
    expect(llm.calls).toEqual([]);
  });

  it.each([
    ["a tool call", hints("Shorter.", "Longer.")],
    ["lines", "Hint 1: Shorter.\nHint 2: Longer."],
    ["lines between prose and marks", "Let me see.\n\n- **Hint 1:** Shorter.\n- **Hint 2:** Longer."],
    ["JSON in a fence", '```json\n{"hint_1": "Shorter.", "hint_2": "Longer."}\n```'],
    ["JSON behind thinking", '<think>{"hint_1": "x"}</think>{"hint_1": "Shorter.", "hint_2": "Longer.",}'],
    ["lines behind thinking", "<think>Hint 1: x</think>\nHint 1: Shorter.\nHint 2: Longer."],
    ["lines in another order", "Hint 2: Longer.\nHint 1: Shorter."],
    ["lines beside a hint of nothing", "Hint 1: Shorter.\nHint 2: Longer.\nHint 3: Nothing."],
  ])("reads hints from %s", async (_what, answer) => {
    const { texts, fallbacks } = await textsOf(answer);
    expect(texts).toEqual(["Shorter.", "Longer."]);
    expect(fallbacks).toEqual([]);
  });

  it("keeps a hint of several lines whole", async () => {
    const { texts } = await textsOf('Hint 1: Shorter:\n- by {"a": 1}\n- by half\nHint 2: Longer.');
    expect(texts).toEqual(['Shorter:\n- by {"a": 1}\n- by half', "Longer."]);
  });

  it.each([
    ["is missing", "Hint 1: Shorter."],
    ["is empty", hints("Shorter.", " ")],
    ["is no text", { toolInput: { hint_1: "Shorter.", hint_2: 5 } }],
    ["is given twice", "Hint 1: Shorter.\nHint 2: Longer.\nHint 2: Shorter."],
    ["has another name", { toolInput: { hint_1: "Shorter.", second: "Longer." } }],
  ])("tells an input the raw feedback when its hint %s, and keeps the other's", async (_what, answer) => {
    const { texts, fallbacks } = await textsOf(answer);
    expect(texts).toEqual(["Shorter.", "Wrong."]);
    expect(fallbacks).toEqual([{ node: "meet", input: "b", reason: expect.stringContaining("no single hint 2") }]);
  });

  it.each([
    ["a list", { toolInput: ["Shorter.", "Longer."] }],
    ["null", { toolInput: null }],
    ["two answers in JSON", '{"hint_1": "a", "hint_2": "c"} {"hint_1": "b", "hint_2": "c"}'],
    ["JSON that gives a hint twice", '{"hint_1": "a", "hint_1": "b", "hint_2": "c"}'],
    ["hints of __proto__", { toolInput: JSON.parse('{"__proto__": {"hint_1": "x"}}') }],
    ["prose", "Make both of them better."],
  ])("takes no hint from %s", async (_what, answer) => {
    const { texts, fallbacks } = await textsOf(answer as ScriptedAnswer);
    expect(texts).toEqual(["Wrong.", "Wrong."]);
    expect(fallbacks).toHaveLength(2);
  });

  it("lets siblings share a change of which edge by edge each would be told all", async () => {
    const { x, z, run, feedback, error } = chainTask();
    const steps = async (make: typeof semantic) => {
      const made = await credit(run(), feedback(), make({ llm: calculus(1) }));
      return [x, z].map((one) =>
        Number(/-?[\d.]+(?=\.$)/.exec(made.signals.get(one as never)?.feedback.text ?? "")?.[0]),
      );
    };
    const effect = ([dx, dz]: readonly number[]) => 2 * (dx as number) + 3 * (dz as number);
    expect(effect(await steps(semantic))).toBeCloseTo(error());
    expect(effect(await steps(textGradient))).toBeCloseTo(2 * error());
  });
});

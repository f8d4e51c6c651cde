/** Settings of requests as parameters, by the names of their fields and their values. */

import { generateText } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import OpenAI from "openai";
import { evaluate, type Parameter, ParameterState, parameter, trace, train, withParameters } from "tracegrad";
import { learn, setting, traceFetch, traceModel } from "tracegrad/agents";
import { split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

const SYSTEM = "You write the word in capitals.";

interface Body {
  readonly model: string;
  readonly temperature?: number;
  readonly reasoning?: { readonly effort: string; readonly summary: string };
}

/** A program over Responses whose answer is right where it is not warm. */
function start() {
  const bodies: Body[] = [];
  const client = new OpenAI({
    ...{ apiKey: "none", baseURL: "http://127.0.0.1:9", maxRetries: 0 },
    fetch: traceFetch(async (_, init) => {
      const body = JSON.parse(String(init?.body)) as Body;
      bodies.push(body);
      const text = (body.temperature ?? 1) < 0.5 ? "right" : "wrong";
      const output = [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }];
      return Response.json({ id: "r", object: "response", output, usage: { input_tokens: 1, output_tokens: 1 } });
    }),
  });
  const answer = async (input: string): Promise<string> => {
    const reasoning = { effort: "low" as const, summary: "auto" as const };
    const common = { model: "small", instructions: SYSTEM, temperature: 0.7, reasoning };
    return (await client.responses.create({ ...common, input })).output_text;
  };
  return { answer, bodies };
}

const under = <R>(values: readonly (readonly [Parameter, unknown])[], run: () => R): R =>
  withParameters(ParameterState.of(values.map(([one]) => one)).set(values), run);
const data = ["a", "b"].map((input) => ({ input, target: "right" }));

describe("a setting", () => {
  it("goes out with the value of now, in a field of a field too, beside its neighbours", async () => {
    const { answer, bodies } = start();
    const agent = learn(answer, {
      ...{ temperature: setting("temperature", 0.7), effort: setting("reasoning.effort", "low") },
      model: setting("model", "small"),
    });
    await agent("a");
    const { temperature, effort, model } = agent.parameters;
    const values = [
      [temperature, 0.2],
      [effort, "high"],
      [model, "large"],
    ] as readonly (readonly [Parameter, unknown])[];
    await under(values, () => agent("a"));
    expect(bodies).toMatchObject([
      { model: "small", temperature: 0.7, reasoning: { effort: "low", summary: "auto" } },
      { model: "large", temperature: 0.2, reasoning: { effort: "high", summary: "auto" } },
    ]);
    const { nodes } = await under(values, () => trace(() => agent("a")));
    const call = nodes.find(({ op }) => op === "call_model");
    expect(Object.keys(call?.inputs ?? {})).toEqual(["temperature", "effort", "model", "input", "request"]);
    expect(call?.details?.figures?.model).toBe("large");
  });

  it("is that of the inner program where two programs declare it, also where only the outer one's has changed", async () => {
    const { answer, bodies } = start();
    const inner = learn(answer, { temperature: setting("temperature", 0.7) });
    const outer = learn(async (input: string) => inner(input), { temperature: setting("temperature", 0.7) });
    const both = [inner, outer].map(({ parameters }) => parameters.temperature as Parameter);
    for (const [own, around] of [
      [0.7, 0.1],
      [0.2, 0.1],
    ]) {
      const values = [
        [both[0] as Parameter, own],
        [both[1] as Parameter, around],
      ] as const;
      await under(values, () => outer("a"));
    }
    expect(bodies.map(({ temperature }) => temperature)).toEqual([0.7, 0.2]);
  });

  it("may be one of several for a field, each for its value", async () => {
    const { answer, bodies } = start();
    const agent = learn(answer, { model: setting("model", "small"), other: setting("model", "large") });
    const { model, other } = agent.parameters;
    const values = [
      [model, "large"],
      [other, "huge"],
    ] as readonly (readonly [Parameter, unknown])[];
    await under(values, () => agent("a"));
    expect(bodies.map((body) => body.model)).toEqual(["large"]);
    expect(() => learn(answer, { one: setting("model", "small"), two: setting("model", "small") })).toThrow(
      "are the same",
    );
  });

  it("is a parameter of its type, beside those of texts and lists", () => {
    const { parameters } = learn(start().answer, {
      ...{ system: SYSTEM, temperature: setting("temperature", 0.7), effort: setting("reasoning.effort", "low") },
      rules: parameter(["Be brief.", "Be kind."]),
    });
    expectTypeOf(parameters.system.data).toEqualTypeOf<string>();
    expectTypeOf(parameters.temperature.data).toEqualTypeOf<number>();
    expectTypeOf(parameters.effort.data).toEqualTypeOf<string>();
    expectTypeOf(parameters.rules.data).toExtend<readonly string[]>();
    expect(Object.values(parameters).map(({ kind, name }) => `${name}: ${kind}`)).toEqual([
      ...["system: text", "temperature: number", "effort: text", "rules: json"],
    ]);
  });

  it("learns in a run, within its schema", async () => {
    const { answer } = start();
    const schema = z.number().min(0).max(1);
    const agent = learn(answer, { system: SYSTEM, temperature: setting("temperature", 0.7, { schema }) });
    const values = [9, 0.1];
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { temperature: values.shift() ?? 0.1 } } }));
    const { best, warnings } = await train({
      ...{ agent, guide: exactMatch(), optimizer: optoPrime(agent, { llm }), budget: { steps: 2 } },
      data: split(data, { train: 1, validation: 1 }),
    }).result;
    expect([best.validation?.mean, best.values["temperature"], warnings]).toEqual([1, 0.1, []]);
  });

  it("is named before much is spent where no request has its field with its value", async () => {
    const { answer, bodies } = start();
    const one = learn(answer, { temperature: setting("temperature", 0.3) });
    await expect(evaluate({ agent: one, data, guide: exactMatch(), concurrency: 1 })).rejects.toMatchObject({
      code: "text-not-sent",
      message: expect.stringContaining('"temperature"'),
    });
    expect(bodies).toHaveLength(1);
    const both = learn(answer, { system: SYSTEM, limit: setting("max_output_tokens", 100) });
    const { warnings } = await evaluate({ agent: both, data, guide: exactMatch() });
    expect(warnings).toEqual([expect.stringContaining('held "limit" so far')]);
  });

  it("does not take the request of another program with the same value for its own", async () => {
    const { answer } = start();
    const agent = learn(answer, { system: SYSTEM, temperature: setting("temperature", 0.7) });
    const judge = async (_: string, output: string) => {
      const send = traceFetch(async () => Response.json({ id: "c", choices: [{ message: { content: output } }] }));
      const body = JSON.stringify({ model: "judge", temperature: 0.7, messages: [{ role: "user", content: "Hi" }] });
      await send("http://127.0.0.1:9/v1/chat/completions", { method: "POST", body });
      return { score: 1, text: "" };
    };
    expect(await evaluate({ agent, data, guide: judge as never })).toMatchObject({ mean: 1 });
  });

  it("is found in the options of a call of the AI SDK", async () => {
    const usage = {
      inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: 1, text: 1, reasoning: undefined },
    };
    const model = new MockLanguageModelV3({
      doGenerate: async () => ({
        ...{ content: [{ type: "text" as const, text: "ok" }], usage, warnings: [] },
        finishReason: { unified: "stop" as const, raw: "stop" },
      }),
    });
    const ask = async (prompt: string) =>
      (await generateText({ model: traceModel(model), temperature: 0.7, prompt })).text;
    const agent = learn(ask, { temperature: setting("temperature", 0.7) });
    await under([[agent.parameters.temperature as Parameter, 0.1]], () => agent("a"));
    expect(model.doGenerateCalls.map(({ temperature }) => temperature)).toEqual([0.1]);
  });

  it.each([
    [() => setting("", 1), "no name of a field"],
    [() => setting("a..b", 1), "no name of a field"],
    [() => setting("temperature", undefined as never), 'The setting "temperature" is undefined'],
  ])("refuses what cannot be found", (make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: "bad-setting", message: expect.stringContaining(message) }));
  });
});

/** Spans of traces, calls, requests and runs, written through the real SDK of OpenTelemetry. */

import { trace as otel, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { BasicTracerProvider, type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace-base";
import { bundle, model, parameter, trace, train } from "tracegrad";
import { split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import { callLlm } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { emitSpans } from "tracegrad/otel";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { collectSpans, spanNamed, treeOf } from "./spans.ts";

const llm = scripted(() => "PARIS");
const clean = bundle(function clean(text: string) {
  return text.toLowerCase();
});
const ask = bundle(async function ask(question: string) {
  return await callLlm(llm, "Answer in capitals.", question);
});
const answer = async (question: string) => clean(await ask(question));

describe("spans of a trace", () => {
  it("nest as the calls do, and lie below the program's own span", async () => {
    const { ended } = collectSpans();
    await otel.getTracer("program").startActiveSpan("GET /answer", async (span) => {
      await trace(() => answer("Where is the Louvre?"));
      span.end();
    });
    expect(treeOf(ended())).toBe(
      ["GET /answer", "  invoke_workflow", "    ask", "      chat scripted", "    clean"].join("\n"),
    );
  });

  it("say of a request what the GenAI conventions ask for", async () => {
    const { ended } = collectSpans();
    await trace(() => answer("Where is the Louvre?"));
    const chat = spanNamed(ended(), "chat scripted");
    expect(chat.kind).toBe(SpanKind.CLIENT);
    expect(chat.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "scripted",
      "gen_ai.response.model": "scripted",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": expect.any(Number),
      "gen_ai.usage.output_tokens": expect.any(Number),
    });
    expect(spanNamed(ended(), "invoke_workflow").attributes).toEqual({ "gen_ai.operation.name": "invoke_workflow" });
  });

  it("hold nothing of what was said, unless that is asked for", async () => {
    const silent = collectSpans();
    await trace(() => answer("Where is the Louvre?"));
    silent.stop();
    const said = JSON.stringify(silent.ended().map(({ attributes, events }) => ({ attributes, events })));
    expect(said).not.toMatch(/Louvre|paris|capitals/i);
    const { ended } = collectSpans({ content: (text) => text.replace("Louvre", "[museum]") });
    await trace(() => answer("Where is the Louvre?"));
    const { attributes } = spanNamed(ended(), "chat scripted");
    expect(JSON.parse(attributes["gen_ai.input.messages"] as string)).toEqual([
      { role: "user", parts: [{ type: "text", content: "Where is the [museum]?" }] },
    ]);
    expect(JSON.parse(attributes["gen_ai.system_instructions"] as string)).toEqual([
      { type: "text", content: "Answer in capitals." },
    ]);
    expect(JSON.parse(attributes["gen_ai.output.messages"] as string)).toEqual([
      { role: "assistant", parts: [{ type: "text", content: "PARIS" }] },
    ]);
    expect(spanNamed(ended(), "clean").attributes).toMatchObject({
      "tracegrad.inputs": '{"text":"PARIS"}',
      "tracegrad.output": "paris",
    });
  });

  it("carry the kind of a failure, and its text only with content", async () => {
    const fails = bundle(function fails(text: string): string {
      throw new RangeError(`too long: ${text}`);
    });
    const { ended, stop } = collectSpans();
    expect(trace(() => fails("secret")).error).toBeDefined();
    for (const name of ["fails", "invoke_workflow"]) {
      const span = spanNamed(ended(), name);
      expect(span.attributes["error.type"]).toBe("RangeError");
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    }
    stop();
    const loud = collectSpans({ content: true });
    trace(() => fails("secret"));
    expect(spanNamed(loud.ended(), "fails").status.message).toBe("RangeError: too long: secret");
  });

  it("leave the program as it is where a value cannot be written", async () => {
    const { ended } = collectSpans({ content: true });
    const odd = bundle(function odd(_value: object) {
      return 1;
    });
    const hostile = {
      get text(): string {
        throw new Error("no");
      },
    };
    for (const value of [{ toJSON: () => 1n }, hostile]) expect(trace(() => odd(value)).value).toBe(1);
    expect(ended().filter(({ name }) => name === "odd")).toHaveLength(2);
  });

  it("leave the program as it is where the tracer fails", async () => {
    const tracer = new BasicTracerProvider({
      sampler: {
        shouldSample: () => {
          throw new Error("no sample");
        },
      },
    }).getTracer("program");
    collectSpans({ tracer });
    expect((await trace(() => answer("Where is the Louvre?"))).value).toBe("paris");
  });

  it("begin with what a sampler decides by", async () => {
    const sampled: unknown[] = [];
    const shouldSample = (...[, , name, , attributes]: Parameters<Sampler["shouldSample"]>) => {
      sampled.push([name, attributes["gen_ai.request.model"]]);
      return { decision: SamplingDecision.NOT_RECORD };
    };
    const tracer = new BasicTracerProvider({ sampler: { shouldSample } }).getTracer("program");
    collectSpans({ tracer });
    await trace(() => ask("Where is the Louvre?"));
    expect(sampled).toContainEqual(["chat scripted", "scripted"]);
  });

  it("are emitted for one caller at a time, and no more once it has ended them", () => {
    const { ended, stop } = collectSpans();
    expect(() => emitSpans()).toThrow(expect.objectContaining({ code: "spans-emitted" }));
    stop();
    trace(() => clean("A"));
    expect(ended()).toEqual([]);
    emitSpans()();
  });

  it("keep what a call gives, whether it is followed or not", async () => {
    const run = async () => (await trace(() => answer("Where?"))).toJSON();
    const before = await run();
    collectSpans({ content: true });
    expect(await run()).toEqual(before);
  });
});

class Speaker {
  readonly prompt = parameter("Say it quietly.", { name: "prompt" });
  readonly say = bundle(async (prompt: string, word: string) => (/loud/.test(prompt) ? word.toUpperCase() : word));
  speak(word: string) {
    return this.say(this.prompt, word);
  }
}

describe("spans of a run", () => {
  it("hold its rounds, proposals and evaluations, with scores and what was decided", async () => {
    const { ended } = collectSpans();
    const agent = model(Speaker);
    const expert = scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "Say it loud." } } }));
    const rows = ["a", "b", "c"].map((input) => ({ input, target: input.toUpperCase() }));
    await train({
      agent: (word: string) => agent.speak(word),
      ...{ guide: exactMatch(), data: split(rows, { train: 1, validation: 2 }), budget: { steps: 1 }, concurrency: 1 },
      optimizer: optoPrime(agent, { llm: expert }),
    }).result;
    const spans = ended();
    expect(treeOf(spans)).toBe(
      [
        "tracegrad.train",
        "  tracegrad.round",
        ...["    tracegrad.evaluation", "      say", "    tracegrad.evaluation", "      say"],
        "  tracegrad.round",
        ...["    tracegrad.evaluation", "      invoke_workflow", "        say"],
        ...["    tracegrad.proposal", "      chat scripted"],
        ...["    tracegrad.evaluation", "      say", "    tracegrad.evaluation", "      say"],
      ].join("\n"),
    );
    const scores = spans.flatMap(({ events }) =>
      events.flatMap(({ attributes = {} }) => attributes["gen_ai.evaluation.score.value"] ?? []),
    );
    expect(scores).toEqual([0, 0, 0, 1, 1]);
    const events = spans.flatMap((span) => span.events.map(({ name }) => `${span.name}: ${name}`));
    expect(events).toEqual(
      expect.arrayContaining(["tracegrad.round: tracegrad.step", "tracegrad.train: tracegrad.end"]),
    );
  });
});

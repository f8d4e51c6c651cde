/** Spans of running systems as graphs and as rows, from the SDK and from the JSON of the OpenTelemetry protocol. */

import { bundle, evaluate, parameter, trace, type WorkflowGraph } from "tracegrad";
import { split } from "tracegrad/data";
import { callLlm } from "tracegrad/operators";
import { examplesFromSpans, graphsFromSpans } from "tracegrad/otel";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { collectSpans, stopClock } from "./spans.ts";

const SYSTEM = "You answer questions about the weather.";
const text = (content: string) => ({ type: "text", content });
const say = (role: string, ...parts: object[]) => ({ role, parts });
const json = (value: unknown) => ({ stringValue: JSON.stringify(value) });

interface Raw {
  readonly id: string;
  readonly parent?: string;
  readonly name?: string;
  readonly at: readonly [number, number];
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly more?: object;
}

/** An export as the collector's file exporter writes it, a line. */
function otlp(...spans: readonly Raw[]): string {
  const written = spans.map(({ id, parent, name = id, at: [start, end], attributes = {}, more }) => ({
    ...{ traceId: "5b8efff798038103d269b633813fc60c", spanId: id, name, kind: 1 },
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    ...{ startTimeUnixNano: `${start}`, endTimeUnixNano: `${end}` },
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
    ...more,
  }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: written }] }] });
}

const question = say("user", text("Rain in Paris?"));
const call = say("assistant", { type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Paris" } });
const result = say("tool", { type: "tool_call_response", id: "call_1", response: "rainy, 57°F" });
const chat = (input: object[], output: object) => ({
  "gen_ai.operation.name": { stringValue: "chat" },
  "gen_ai.system_instructions": json([text(SYSTEM)]),
  "gen_ai.input.messages": json(input),
  "gen_ai.output.messages": json([output]),
});
const scored = {
  name: "gen_ai.evaluation.result",
  attributes: [
    { key: "gen_ai.evaluation.name", value: { stringValue: "correct" } },
    { key: "gen_ai.evaluation.score.value", value: { doubleValue: 0.5 } },
    { key: "gen_ai.evaluation.explanation", value: { stringValue: "No advice." } },
  ],
};
const agent: readonly Raw[] = [
  { id: "a", at: [0, 90], attributes: { "gen_ai.operation.name": { stringValue: "invoke_agent" } } },
  { id: "b", parent: "a", at: [1, 10], attributes: chat([question], call) },
  { id: "http", parent: "b", at: [2, 9], attributes: { "http.request.method": { stringValue: "POST" } } },
  {
    ...{ id: "c", parent: "a", at: [11, 20] },
    attributes: {
      "gen_ai.tool.name": { stringValue: "weather" },
      "gen_ai.tool.call.id": { stringValue: "call_1" },
      "gen_ai.tool.call.result": { stringValue: "rainy, 57°F" },
    },
  },
  {
    ...{ id: "d", parent: "a", at: [21, 30], more: { events: [scored] } },
    attributes: chat([question, call, result], say("assistant", text("Take an umbrella."))),
  },
];

/** Each node with its inputs, a line each. */
const edges = (graph: WorkflowGraph | undefined) =>
  graph?.nodes.map((node) => `${graph.nameOf(node)}(${node.parents.map((one) => graph.nameOf(one)).join(", ")})`);

describe("graphs from spans", () => {
  it("link a conversation with a tool by what really went in", () => {
    const [graph, ...others] = graphsFromSpans(otlp(...agent));
    expect(others).toEqual([]);
    expect(edges(graph)?.sort()).toEqual(
      [
        ...["system_instructions()", "user()", "chat(system_instructions, user)", "weather(chat)"],
        ...["chat_1(system_instructions, user, chat, weather)", "invoke_agent(chat_1)"],
      ].sort(),
    );
    expect(graph?.value).toBe("Take an umbrella.");
  });

  it("lead feedback to the program's own parameter where its value stands in a prompt", () => {
    const prompt = parameter(SYSTEM, { name: "prompt" });
    const [graph] = graphsFromSpans(otlp(...agent), { parameters: [prompt] });
    const credit = graph?.backward("It should say why.");
    expect([...(credit?.signals.keys() ?? [])]).toEqual([prompt]);
  });

  it("come from the spans that tracegrad itself emits, with the same output", async () => {
    stopClock();
    const { ended } = collectSpans({ content: true });
    const llm = scripted(() => "TAKE AN UMBRELLA");
    const lower = bundle(function lower(answer: string) {
      return answer.toLowerCase();
    });
    const graph = await trace(async () => lower(await callLlm(llm, SYSTEM, "Rain in Paris?")));
    const [read] = graphsFromSpans(ended());
    expect(read?.value).toBe(graph.value);
    expect(edges(read)).toEqual(
      expect.arrayContaining(["chat(system_instructions, user)", "lower(chat)", "invoke_workflow(lower)"]),
    );
  });

  it("take spans that began in the same millisecond in the order in which they were exported", () => {
    const named = (name: string) => ({ "code.function.name": { stringValue: name } });
    const first = { id: "b", parent: "a", at: [1, 9] as const };
    const second = { id: "c", parent: "a", at: [1, 3] as const };
    const spans: readonly Raw[] = [
      { ...first, attributes: { ...named("draft"), "tracegrad.output": { stringValue: "Rain." } } },
      {
        ...second,
        attributes: {
          ...named("shout"),
          "tracegrad.inputs": json({ text: "Rain." }),
          "tracegrad.output": { stringValue: "RAIN." },
        },
      },
      { id: "a", at: [1, 10], attributes: named("run") },
    ];
    expect(edges(graphsFromSpans(otlp(...spans))[0])).toEqual(["draft()", "shout(draft)", "run(shout)"]);
  });

  it("hold a failure as the exception that it was", () => {
    const failed = { more: { status: { code: 2, message: "no such city" } } };
    const attributes = { "gen_ai.tool.name": { stringValue: "weather" }, "error.type": { stringValue: "KeyError" } };
    const [graph] = graphsFromSpans(otlp({ id: "a", at: [0, 1], attributes, ...failed }));
    expect(graph?.error).toMatchObject({ message: expect.stringContaining("KeyError: no such city") });
  });

  it("take a span whose parent was not exported as a root, and each span once", () => {
    const orphan: Raw = { id: "b", parent: "gone", at: [1, 2], attributes: chat([question], call) };
    expect(graphsFromSpans([orphan, orphan].map((span) => otlp(span)).join("\n"))).toHaveLength(1);
  });

  it("refuse what cannot be read, with the span or the line", () => {
    const own = { "gen_ai.operation.name": { stringValue: "chat" } };
    const cycle = otlp(
      { id: "a", parent: "b", at: [0, 1], attributes: own },
      { id: "b", parent: "a", at: [0, 1], attributes: own },
    );
    const refused = (source: string | object, said: RegExp) =>
      expect(() => graphsFromSpans(source)).toThrow(
        expect.objectContaining({ code: "bad-spans", message: expect.stringMatching(said) }),
      );
    refused(cycle, /span [ab] .*cycle/);
    refused(`${otlp(...agent)}\n{"resource`, /Line 2 is not JSON/);
    refused([{ spans: [] }], /Item 0 is neither/);
    refused(otlp({ id: "a", at: [0, Number.NaN] }), /span a .*no end/);
    refused({ resourceSpans: [{ scopeSpans: 3 }] }, /scopeSpans/);
    refused({ resourceLogs: [{ scopeLogs: 3 }] }, /scopeLogs/);
    const hostile = { toString: 1, valueOf: 1 };
    const ids = { traceId: "t", spanId: "a" };
    const spanOf = (span: object) => ({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    refused(spanOf({ ...ids, traceId: hostile }), /no trace id/);
    refused(spanOf({ ...ids, startTimeUnixNano: hostile, endTimeUnixNano: "1" }), /no start/);
  });

  it("stand deep trees and large attributes", () => {
    const own = { "gen_ai.operation.name": { stringValue: "invoke_agent" } };
    const deep = Array.from({ length: 20_000 }, (_, index): Raw => {
      const parent = index === 0 ? {} : { parent: `s${index - 1}` };
      return { id: `s${index}`, ...parent, at: [index, 100_000 - index], attributes: own };
    });
    expect(graphsFromSpans(otlp(...deep))[0]?.nodes).toHaveLength(20_000);
    const large = say("user", text("x".repeat(2_000_000)));
    const [graph] = graphsFromSpans(
      otlp({ id: "a", at: [0, 1], attributes: chat([large], say("assistant", text("y"))) }),
    );
    expect(graph?.nodes).toHaveLength(3);
  });
});

describe("examples from spans", () => {
  it("are rows with the question, the answer and its score, which split takes", async () => {
    const rows = examplesFromSpans(otlp(...agent));
    expect(rows).toEqual([
      {
        id: "5b8efff798038103d269b633813fc60c/a",
        ...{
          input: "Rain in Paris?",
          output: "Take an umbrella.",
          score: 0.5,
          feedback: "No advice.",
          error: undefined,
        },
      },
    ]);
    expect(examplesFromSpans(otlp(...agent), { evaluation: "other" })[0]?.score).toBeUndefined();
    const data = split(rows, { train: 1, validation: "train", target: ({ output }) => output });
    expect(data.train[0]).toMatchObject({ input: "Rain in Paris?", target: "Take an umbrella." });
  });

  it("come from evaluations of tracegrad itself", async () => {
    stopClock();
    const { ended } = collectSpans({ content: true });
    const guide = (output: string, target: string) => ({ score: output === target ? 1 : 0, text: "judged" });
    await evaluate({
      agent: (word: string) => word.toUpperCase(),
      data: [{ input: "lyra", target: "LYRA" }],
      guide: (_: string, output: string, target: string) => guide(output, target),
    });
    expect(examplesFromSpans(ended())).toMatchObject([{ input: "lyra", output: "LYRA", score: 1, feedback: "judged" }]);
  });

  it("say that content must be recorded where none was", () => {
    const bare = otlp({ id: "a", at: [0, 1], attributes: { "gen_ai.operation.name": { stringValue: "chat" } } });
    expect(() => examplesFromSpans(bare)).toThrow(expect.objectContaining({ code: "no-content" }));
  });
});

describe("spans of OpenInference", () => {
  const said = (attributes: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, { stringValue: value }]));
  const asked = {
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.0.message.content": SYSTEM,
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.contents.0.message_content.type": "text",
    "llm.input_messages.1.message.contents.0.message_content.text": "Rain in Paris?",
  };
  const toolCall = (side: string) => ({
    [`llm.${side}.message.role`]: "assistant",
    [`llm.${side}.message.tool_calls.0.tool_call.id`]: "call_1",
    [`llm.${side}.message.tool_calls.0.tool_call.function.name`]: "weather",
    [`llm.${side}.message.tool_calls.0.tool_call.function.arguments`]: '{"city": "Paris"}',
  });
  const llm = { "openinference.span.kind": "LLM" };
  const spans: readonly Raw[] = [
    {
      ...{ id: "a", name: "agent", at: [0, 90] },
      attributes: said({
        ...{ "openinference.span.kind": "AGENT", "agent.name": "helper" },
        ...{ "input.value": "Rain in Paris?", "output.value": "Take an umbrella." },
      }),
    },
    { id: "b", parent: "a", at: [1, 10], attributes: said({ ...llm, ...asked, ...toolCall("output_messages.0") }) },
    {
      ...{ id: "c", parent: "a", at: [11, 20] },
      attributes: said({
        ...{ "openinference.span.kind": "TOOL", "tool.name": "weather", "tool.id": "call_1" },
        ...{ "input.value": '{"city": "Paris"}', "output.value": "rainy, 57°F" },
      }),
    },
    {
      ...{ id: "d", parent: "a", at: [21, 30] },
      attributes: said({
        ...llm,
        ...asked,
        ...toolCall("input_messages.2"),
        "llm.input_messages.10.message.role": "tool",
        "llm.input_messages.10.message.content": "rainy, 57°F",
        "llm.input_messages.10.message.tool_call_id": "call_1",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "Take an umbrella.",
      }),
    },
  ];

  const documents = [
    { id: "d1", content: "Umbrellas are sold at the corner.", score: 0.9 },
    { id: "d2", content: "Paris has rain on 111 days.", score: 0.4 },
  ];
  const retrieved = documents.flatMap(({ id, content, score }, index) => {
    const key = `retrieval.documents.${index}.document`;
    const values = { id: { stringValue: id }, content: { stringValue: content }, score: { doubleValue: score } };
    return Object.entries(values).map(([field, value]) => [`${key}.${field}`, value]);
  });
  const search = said({ "openinference.span.kind": "RETRIEVER", "input.value": "Rain in Paris?" });
  const searching: readonly Raw[] = [
    { id: "a", name: "agent", at: [0, 90], attributes: said({ "openinference.span.kind": "CHAIN" }) },
    { id: "b", parent: "a", name: "search", at: [1, 10], attributes: { ...search, ...Object.fromEntries(retrieved) } },
    {
      ...{ id: "c", parent: "a", at: [11, 20] },
      attributes: said({ ...llm, "input.value": `Rain in Paris? ${documents[1]?.content}`, "output.value": "Often." }),
    },
  ];

  it("have the documents of a retriever as its value, and an edge to the request that holds one", () => {
    const [graph] = graphsFromSpans(otlp(...searching));
    expect(graph?.nodes.find(({ op }) => op === "search")?.data).toEqual(documents);
    expect(edges(graph)).toContain("chat(search, user_1)");
  });

  it.each([
    ["annotations.0.annotation", undefined, { score: 0.5, feedback: "Too short." }],
    ["evaluations.0.evaluation", undefined, { score: 0.5, feedback: "Too short." }],
    ["trace.annotations.0.annotation", undefined, { score: 0.5, feedback: "Too short." }],
    ["evaluations.3.evaluation", "correct", { score: 0.5, feedback: "Too short." }],
    ["evaluations.3.evaluation", "kind", { score: undefined, feedback: undefined }],
  ])("have a row with the score and the explanation in %s", (key, evaluation, row) => {
    const judged = { ...said({ [`${key}.name`]: "correct", [`${key}.explanation`]: "Too short." }) };
    const [first, ...rest] = spans;
    const attributes = { ...first?.attributes, ...judged, [`${key}.score`]: { doubleValue: 0.5 } };
    const rows = examplesFromSpans(otlp({ ...(first as Raw), attributes }, ...rest), evaluation ? { evaluation } : {});
    expect(rows).toMatchObject([{ input: "Rain in Paris?", output: "Take an umbrella.", ...row }]);
  });

  it("have a row with the label of a judgement that has no more", () => {
    const [first, ...rest] = spans;
    const label = said({ "annotations.0.annotation.name": "tone", "annotations.0.annotation.label": "rude" });
    const rows = examplesFromSpans(
      otlp({ ...(first as Raw), attributes: { ...first?.attributes, ...label } }, ...rest),
    );
    expect(rows).toMatchObject([{ score: undefined, feedback: "rude" }]);
  });

  it("give the same graph as those of the GenAI conventions", () => {
    const [graph] = graphsFromSpans(otlp(...spans));
    expect(edges(graph)).toEqual([
      ...["user()", "system_instructions()", "chat(system_instructions, user)", "weather(chat)"],
      ...["chat_1(system_instructions, user, chat, weather)", "helper(user, chat_1)"],
    ]);
  });

  it("give the row of the agent", () => {
    expect(examplesFromSpans(otlp(...spans))).toMatchObject([{ input: "Rain in Paris?", output: "Take an umbrella." }]);
  });
});

describe("events in logs", () => {
  const traceId = "5b8efff798038103d269b633813fc60c";
  const logs = (...records: readonly object[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] });
  const span = otlp({ id: "a", at: [0, 1], attributes: { "gen_ai.operation.name": { stringValue: "chat" } } });
  const list = (values: Readonly<Record<string, object>>) =>
    Object.entries(values).map(([key, value]) => ({ key, value }));

  it("hold what was said in the span that they belong to", () => {
    const attributes = chat([question], say("assistant", text("Yes.")));
    const details = "gen_ai.client.inference.operation.details";
    const record = { traceId, spanId: "a", eventName: details, attributes: list(attributes) };
    const other = { traceId, spanId: "gone", eventName: details };
    const source = [span, JSON.stringify(logs(record, other, { body: { stringValue: "no event" } }))].join("\n");
    expect(examplesFromSpans(source)).toMatchObject([{ input: "Rain in Paris?", output: "Yes." }]);
    const [graph] = graphsFromSpans(source);
    expect(edges(graph)).toEqual(["system_instructions()", "user()", "chat(system_instructions, user)"]);
  });

  it("are read in the form of older conventions, with the name in an attribute and the text in the body", () => {
    const event = (name: string, body: Readonly<Record<string, object>>) => ({
      ...{ traceId, spanId: "a", attributes: list({ "event.name": { stringValue: name } }) },
      body: { kvlistValue: { values: list(body) } },
    });
    const message = { kvlistValue: { values: list({ content: { stringValue: "Yes." } }) } };
    const records = [
      event("gen_ai.user.message", { content: { stringValue: "Rain?" } }),
      event("gen_ai.choice", { message }),
    ];
    const rows = examplesFromSpans([JSON.parse(span), logs(...records)]);
    expect(rows).toMatchObject([{ input: "Rain?", output: "Yes." }]);
  });
});

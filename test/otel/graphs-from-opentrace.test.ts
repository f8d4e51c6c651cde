/** JSON that OpenTrace wrote, and what it may have wrong, as graphs and as rows. */

import { readFileSync } from "node:fs";
import { parameter, type WorkflowGraph } from "tracegrad";
import { split } from "tracegrad/data";
import { examplesFromOpenTrace, graphsFromOpenTrace } from "tracegrad/otel";
import { describe, expect, it } from "vitest";

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/opentrace/${name}.json`, import.meta.url), "utf8");
const written = fixture("graphs");

const edges = (graph: WorkflowGraph | undefined) =>
  graph?.nodes.map((node) => `${graph.nameOf(node)}(${node.parents.map((one) => graph.nameOf(one)).join(", ")})`);

/** A document of the canonical version. */
const tgj = (nodes: object, more: object = {}) => ({
  tgj: "1.0",
  run_id: "r",
  agent_id: "a",
  graph_id: "g",
  nodes,
  ...more,
});
const message = (id: string, inputs: object, value: unknown = id) => ({
  ...{ id, kind: "message", name: id, op: "op", inputs },
  output: { name: `${id}:out`, value },
});
const value = (id: string, data: unknown = id) => ({ id, kind: "value", name: id, value: data });

describe("graphs of OpenTrace", () => {
  it("hold what its exporter wrote: values, operations, parents, parameters", () => {
    const [graph, failed, ...others] = graphsFromOpenTrace(written);
    expect(others).toEqual([]);
    expect(edges(graph)?.sort()).toEqual([
      "__code()",
      "ask(prompt, question)",
      "concat(eval_, style)",
      "eval_(ask, __code)",
      "prompt()",
      "question()",
      "style()",
    ]);
    expect(graph?.value).toBe("Answer in one word. Capital of Peru?!upper");
    expect(graph?.parameters.map(({ name, kind, trainable }) => [name, kind, trainable])).toEqual(
      ["prompt", "__code", "style"].map((name) => [name, "text", true]),
    );
    expect(graph?.nodes.find(({ op }) => op === "ask")?.doc).toBe("Asks a model..");
    expect(failed?.error).toMatchObject({ message: expect.stringContaining("ValueError: no such country") });
    // The same parameter in both: what is learned of one is learned for both.
    expect(failed?.parameters).toEqual([graph?.parameters[0]]);
  });

  it("lead feedback to the program's own parameter of the same name", () => {
    const prompt = parameter("Say it in one word.", { name: "prompt" });
    const [graph] = graphsFromOpenTrace(written, { parameters: [prompt] });
    const reached = [...(graph?.backward("It should be Lima.").signals.keys() ?? [])];
    expect(reached).toContain(prompt);
    expect(reached.map(({ name }) => name).sort()).toEqual(["__code", "prompt", "style"]);
    expect(prompt.data).toBe("Say it in one word.");
    expect(graph?.read(prompt).value).toBe("Answer in one word.");
  });

  it("are read from what OpenTrace makes of spans", () => {
    const [graph, ...others] = graphsFromOpenTrace(fixture("trace-json"));
    expect(others).toEqual([]);
    expect(edges(graph)?.sort()).toEqual([
      "answer(plan, plan, answer_prompt)",
      "answer_prompt()",
      "plan(query, plan_prompt)",
      "plan_prompt()",
      "query()",
    ]);
    expect(graph?.nodes.find(({ op }) => op === "query")?.data).toBe("Capital of Peru?");
    expect(graph?.parameters.map(({ name }) => name)).toEqual(["plan_prompt", "answer_prompt"]);
  });

  it("take each form of an input: nodes by id, name and output, values, secrets, exports of other documents", () => {
    const first = tgj([{ ...value("v1", 3), name: "x" }], { exports: { port: { ref: "v1" } } });
    const inputs = {
      ...{ hidden_0: { ref: "p" }, a: { ref: "m" }, b: "m:out", c: { literal: [1] }, e: { export: "port" } },
      d: { hash: "sha256:0123456789", preview: "sk-…" },
    };
    const second = tgj({
      p: { kind: "PARAM", value: null, trainable: false },
      m: message("m", {}),
      end: message("end", inputs),
    });
    const [graph] = graphsFromOpenTrace([first, second]);
    const end = graph?.output;
    expect(end?.parents.map(({ data }) => data)).toEqual(["m", "m", [1], 3, "sk-…", null]);
    expect(graph?.parameters).toMatchObject([{ name: "p", trainable: false, kind: "json" }]);
    expect(edges(graph)?.at(-1)).toBe("end(m, m, c, x, d, p)");
  });

  it("are one for each output, with what leads to it", () => {
    const shared = tgj([value("q"), message("a", { q: "q" }), message("b", { q: "q" }), value("unused")]);
    expect(graphsFromOpenTrace(shared).map(edges)).toEqual([
      ["q()", "a(q)"],
      ["q()", "b(q)"],
    ]);
    expect(graphsFromOpenTrace(tgj([value("only")]))).toEqual([]);
  });

  it("refuse what cannot be read, and name it", () => {
    const refused = (source: string | object, said: RegExp) =>
      expect(() => graphsFromOpenTrace(source)).toThrow(
        expect.objectContaining({ code: "bad-graph", message: expect.stringMatching(said) }),
      );
    refused({ ...tgj([]), tgj: "2.0" }, /Document 0 is of version "2\.0"; tracegrad reads "1\.0"/);
    refused([tgj([]), { nodes: [] }], /Document 1 is no graph of OpenTrace/);
    refused(`${JSON.stringify(tgj([]))}\n{"tgj`, /Line 2 is not JSON/);
    refused('{"tgj": "1.0", "nodes": [NaN]}', /not JSON.*allow_nan=False/);
    refused(tgj(3 as never), /nodes of Document 0 are no list/);
    refused(tgj([3]), /Node 0 of Document 0 is not a record/);
    refused(tgj([{ kind: "value" }]), /Node 0 of Document 0 has no id/);
    refused(tgj([value("x"), value("x")]), /Two nodes of Document 0 have the id "x"/);
    refused(tgj([{ ...value("x"), kind: { toString: 1 } }]), /Node "x".*not a kind/);
    refused(tgj([message("a", { q: "gone" })]), /Input "q" of node "a" of Document 0 is "gone", which is not a node/);
    refused(tgj([message("a", { q: { ref: 3 } })]), /Input "q" of node "a".*neither/);
    refused(tgj([message("a", { q: { export: "p" } })]), /export "p", which no document has/);
    refused(
      tgj([{ ...value("x"), name: "n" }, { ...value("y"), name: "n" }, message("a", { q: "n" })]),
      /several nodes/,
    );
    const urls = {
      version: "trace-json/1.0+otel",
      nodes: { "s:a": { kind: "msg", inputs: { url: "http://x:param_y" } } },
    };
    expect(edges(graphsFromOpenTrace(urls)[0])).toEqual(["url()", "s_a(url)"]);
    const missing = {
      version: "trace-json/1.0+otel",
      nodes: { "s:a": { kind: "msg", inputs: { parent: "s:00000000000000b1" } } },
    };
    refused(missing, /Input "parent" of node "s:a".*"s:00000000000000b1", which is not a node/);
    refused(
      tgj([message("a", { x: "b" }), message("b", { x: "a" }), message("c", { x: "a" })]),
      /themselves: "a" needs "b" needs "a"/,
    );
    refused(tgj([message("a", { x: "a" })]), /themselves: "a" needs "a"/);
  });

  it("stand deep chains and data, and refuse outputs that share too much", () => {
    const size = 20_000;
    const chain = Array.from({ length: size }, (_, at) => message(`n${at}`, at === 0 ? {} : { x: `n${at - 1}` }));
    expect(graphsFromOpenTrace(tgj(chain.toReversed()))[0]?.nodes).toHaveLength(size);
    const ends = Array.from({ length: 60 }, (_, at) => message(`end${at}`, { x: `n${size - 1}` }));
    expect(() => graphsFromOpenTrace(tgj([...chain, ...ends]))).toThrow(
      expect.objectContaining({
        code: "bad-graph",
        message: expect.stringMatching(/"end49" have more than 1000000 nodes/),
      }),
    );
    const deep = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) as object;
    const ofValue = tgj([value("v", deep), message("m", { v: "v" })]);
    expect(graphsFromOpenTrace(ofValue)[0]?.value).toBe("m");
    const ofParameter = tgj([{ ...value("p", deep), kind: "parameter" }, message("m", { p: "p" })]);
    expect(() => graphsFromOpenTrace(ofParameter)).toThrow(
      expect.objectContaining({ code: "bad-parameter", message: expect.stringContaining('"p"') }),
    );
  });
});

describe("examples of OpenTrace", () => {
  it("are rows with what went in and what came out, which split takes", () => {
    const rows = examplesFromOpenTrace(written);
    expect(rows).toEqual([
      {
        ...{ id: "qa/capital/run-1/concat", input: "Capital of Peru?" },
        ...{ output: "Answer in one word. Capital of Peru?!upper", error: undefined },
      },
      {
        ...{ id: "qa/capital/run-2/exception_fail", input: "Capital of Atlantis?", output: undefined },
        error: "ValueError: no such country",
      },
    ]);
    const data = split(rows.slice(0, 1), { train: 1, validation: "train", target: ({ output }) => output });
    expect(data.train[0]).toMatchObject({ input: "Capital of Peru?", target: rows[0]?.output });
  });

  it("hold several values by name", () => {
    const [row] = examplesFromOpenTrace(
      tgj([value("x", 1), value("y", { z: 2 }), message("sum", { x: "x", y: "y" }, 3)]),
    );
    expect(row).toMatchObject({ input: { x: 1, y: { z: 2 } }, output: 3 });
  });

  it("say so where no graph begins with a value", () => {
    expect(() => examplesFromOpenTrace(tgj([message("m", {})]))).toThrow(
      expect.objectContaining({ code: "no-content" }),
    );
    expect(examplesFromOpenTrace([])).toEqual([]);
  });
});

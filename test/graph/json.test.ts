import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { credit } from "../../src/graph/credit.ts";
import { type Graph, WorkflowGraph } from "../../src/graph/graph.ts";
import type { GraphJson, NodeJson } from "../../src/graph/json.ts";
import { trace } from "../../src/graph/trace.ts";
import { bundleWith } from "../../src/nodes/bundle.ts";
import { commit } from "../../src/nodes/commit.ts";
import { node } from "../../src/nodes/input-node.ts";
import { Node } from "../../src/nodes/node.ts";
import { add, concat, identity, makeList } from "../../src/nodes/operators/index.ts";
import { Parameter, parameter } from "../../src/nodes/parameter.ts";
import { batchify } from "../../src/templates/batchify.ts";
import { chain } from "../../src/templates/chain.ts";
import { Opaque } from "../../src/util/encode.ts";
import { anyGraph } from "./hostile.ts";

/** Through a file and back. */
function reloaded(graph: Graph): WorkflowGraph {
  return WorkflowGraph.fromJSON(JSON.parse(JSON.stringify(graph)) as GraphJson);
}

function codeParameter(source: string): Parameter<string> {
  const spec = { entry: "f", params: ["x"], async: false, scope: ["log"] };
  const code = {
    spec,
    signature: "function f(x: string)",
    types: [],
    check: () => undefined,
    load: () => Promise.resolve(),
  };
  return new Parameter(source, { name: "f", code });
}

describe("a graph as JSON", () => {
  test("comes back with the same JSON and the same text, whatever the program", () => {
    const property = fc.property(anyGraph, (graph) => {
      const again = reloaded(graph);
      expect(again.toJSON()).toEqual(graph.toJSON());
      expect(again.show()).toBe(graph.show());
      expect(again.kind).toBe(graph.kind);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("has each node once, with its inputs by name, also where one node went in twice", () => {
    const one = node(1, { name: "one", doc: "A number." });
    const json = trace(() => add(one, one)).toJSON();
    expect(json).toEqual({
      format: "tracegrad-graph",
      version: 1,
      kind: "workflow",
      output: "add",
      nodes: [
        { name: "one", kind: "input", op: "one", doc: "A number.", inputs: [], value: 1 },
        {
          name: "add",
          kind: "operator",
          op: "add",
          doc: "The sum of x and y.",
          inputs: [
            ["x", "one"],
            ["y", "one"],
          ],
          value: 2,
        },
      ],
    });
  });

  test("holds the parameter values that the run read, not those that came later", () => {
    const prompt = parameter("old", { name: "prompt", constraint: "Short." });
    const graph = trace(() => concat(prompt, "!"));
    commit([{ parameter: prompt as Parameter, value: "new" }]);
    const later = trace(() => concat(prompt, "!"));
    expect(graph.toJSON().nodes[0]).toMatchObject({
      value: "old",
      parameter: { kind: "text", trainable: true, order: 0, constraint: "Short.", version: 0 },
    });
    expect(later.toJSON().nodes[0]).toMatchObject({ value: "new", parameter: { version: 1 } });
    const [loaded] = reloaded(later).parameters as [Parameter];
    expect([loaded.data, loaded.version, loaded.constraint, loaded.kind]).toEqual(["new", 1, "Short.", "text"]);
  });

  test("keeps a failed run failed, with the error's name and message", () => {
    const fail = bundleWith()(
      (x: number) => {
        throw new RangeError(`no ${x}:\nreally`);
      },
      { name: "fail" },
    );
    const graph = trace(() => fail(1));
    expect(graph.toJSON().nodes.at(-1)).toMatchObject({ kind: "exception", error: "RangeError: no 1:\nreally" });
    const again = reloaded(graph);
    expect(again.value).toBeUndefined();
    expect(again.error?.message).toBe(graph.error?.message);
    expect(again.error?.cause).toMatchObject({ name: "RangeError", message: "no 1:\nreally" });
  });

  test("keeps values that JSON does not have, and a preview of those that nothing can hold", () => {
    const value = { at: new Date(0), ids: new Set([1n]), miss: undefined, rate: Number.NaN };
    const again = reloaded(trace(() => makeList<unknown>(value, () => 1)));
    expect(again.value).toEqual([value, expect.any(Opaque)]);
  });

  test("keeps batches and episodes with a horizon, with what was cut off as inputs", () => {
    const prompt = parameter("go", { name: "prompt" });
    let state: Node<string> = node("s", { name: "state" });
    const steps = [1, 2, 3].map(() => trace(() => (state = concat(state, prompt))));
    for (const graph of [
      batchify(steps),
      chain(steps, { horizon: 1 }),
      batchify<unknown>([batchify(steps), chain(steps)]),
    ]) {
      const again = reloaded(graph);
      expect(again.show()).toBe(graph.show());
      expect(again.toJSON()).toEqual(graph.toJSON());
      expect(again.kind).toBe("learning");
    }
  });
});

describe("a code parameter", () => {
  const graph = trace(() => identity(codeParameter("function f(x) { return x; }")));

  test("keeps its signature and what its text must define", () => {
    const [loaded] = reloaded(graph).parameters as [Parameter];
    expect(loaded.kind).toBe("code");
    expect(loaded.code?.signature).toBe("function f(x: string)");
    expect(loaded.code?.spec).toEqual({ entry: "f", params: ["x"], async: false, scope: ["log"] });
  });

  test("takes no new code without its program, and says so", async () => {
    const [loaded] = reloaded(graph).parameters as [Parameter];
    const fault = expect.objectContaining({
      code: "no-program",
      message: expect.stringContaining("loaded without its program"),
    });
    expect(() => loaded.code?.check("function f(x) { return 1; }")).toThrow(fault);
    await expect(loaded.code?.load()).rejects.toThrow(fault);
    expect(() => commit([{ parameter: loaded, value: "function f(x) { return 1; }" }])).toThrow(
      /loaded without its program/,
    );
  });

  test("stays apart from the arguments of the call that it ran in", () => {
    const operation = { kind: "bundle" as const, name: "f", inputs: ["x"], rest: false, doc: undefined };
    const source = codeParameter("function f(x) { return x; }") as Node;
    const details = { inner: [], hidden: ["code"] };
    const made = trace(() => Object.assign(new Node(operation, 1, [node(1, { name: "x" }), source]), { details }));
    expect(made.toJSON().nodes.at(-1)).toMatchObject({
      inputs: [
        ["x", "x"],
        ["code", "f"],
      ],
      hidden: 1,
    });
    expect(reloaded(made).show()).toBe(made.show());
    expect(reloaded(made).show()).toContain("f_1 = f(x=x)");
  });
});

describe("a graph loaded with its program", () => {
  test("sends feedback to the program's parameters, with the values and versions that were recorded", () => {
    const prompt = parameter("old", { name: "prompt" }) as Parameter;
    const json = trace(() => concat(prompt as Parameter<string>, parameter("!", { name: "mark" }))).toJSON();
    commit([{ parameter: prompt, value: "new" }]);
    const graph = WorkflowGraph.fromJSON(json, { parameters: [prompt] });
    const { signals } = credit(graph, "Good.");
    expect(signals.get(prompt)).toMatchObject({ value: "old", version: 0 });
    expect([...signals.keys()].map((one) => [one.name, one === prompt])).toEqual([
      ["prompt", true],
      ["mark", false],
    ]);
    expect(graph.valueOf(prompt as Node)).toBe("old");
    expect(() => commit([{ parameter: prompt, value: "stale", seen: 0 }])).toThrow(
      expect.objectContaining({ code: "stale-update" }),
    );
  });

  test("tells parameters of one name apart by their order", () => {
    const [first, second] = [parameter("a", { name: "p" }), parameter("b", { name: "p" })];
    const json = trace(() => concat(second, first)).toJSON();
    const graph = WorkflowGraph.fromJSON(json, { parameters: [second, first] as Parameter[] });
    expect(graph.parameters).toEqual([first, second]);
    expect(graph.show()).toContain("concat(x=p_1, y=p)");
  });

  test("refuses a program in which it is not clear which parameter is which, or of what kind", () => {
    const [first, second] = [parameter("a", { name: "p" }), parameter("b", { name: "p" })];
    const json = trace(() => concat(second, "c")).toJSON();
    const load = (parameters: unknown[]) => WorkflowGraph.fromJSON(json, { parameters: parameters as Parameter[] });
    expect(() => load([first, second])).toThrow(/1 parameters named "p" and the program 2/);
    expect(() => load([parameter(1, { name: "p" })])).toThrow(
      /of kind text in the graph, but of kind number in the program/,
    );
  });
});

describe("what is not the JSON of a graph", () => {
  const good = trace(() => add(parameter(1, { name: "one" }), identity(node(2, { name: "two" })))).toJSON();
  const at = (index: number, changes: object) =>
    good.nodes.map((item, place) => (place === index ? { ...item, ...changes } : item)) as readonly NodeJson[];
  const names = good.nodes.map(({ name }) => name);

  test("is judged against a graph that loads", () => {
    expect(names).toEqual(["one", "two", "identity", "add"]);
    expect(WorkflowGraph.fromJSON(good).value).toBe(3);
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, "not a tracegrad graph"],
    ["a text", JSON.stringify(good), "not a tracegrad graph"],
    ["another format", { ...good, format: "graphml" }, "not a tracegrad graph"],
    ["a newer version", { ...good, version: 2 }, "version 2"],
    ["another kind", { ...good, kind: "tree" }, '"tree"'],
    ["no nodes", { ...good, nodes: undefined }, "no list of nodes"],
    ["a node that is none", { ...good, nodes: [null] }, "Node 0"],
    ["a node without a name", { ...good, nodes: at(1, { name: "" }) }, "Node 1 has no name"],
    ["a name twice", { ...good, nodes: at(1, { name: "one" }) }, '"one"'],
    ["an unknown kind of node", { ...good, nodes: at(1, { kind: "magic" }) }, '"two"'],
    ["an op that is no text", { ...good, nodes: at(1, { op: 1 }) }, '"two"'],
    ["a doc that is no text", { ...good, nodes: at(1, { doc: 1 }) }, '"two": doc'],
    ["inputs that are no pairs", { ...good, nodes: at(3, { inputs: [["x"]] }) }, '"add": inputs'],
    ["no value", { ...good, nodes: at(1, { value: undefined }) }, '"two": it has no value'],
    ["too many hidden inputs", { ...good, nodes: at(2, { hidden: 2 }) }, '"identity": hidden'],
    ["an unknown parent", { ...good, nodes: at(2, { inputs: [["x", "ghost"]] }) }, '"ghost"'],
    ["a node that is its own parent", { ...good, nodes: at(2, { inputs: [["x", "identity"]] }) }, "is the node itself"],
    ["a cycle", { ...good, nodes: at(2, { inputs: [["x", "add"]] }) }, '"add", which comes after it'],
    ["an output that is no node", { ...good, output: "ghost" }, '"ghost"'],
    ["a node beside the way", { ...good, nodes: at(2, { inputs: [] }) }, 'does not depend on node "two"'],
    ["a parameter without a record", { ...good, nodes: at(0, { parameter: undefined }) }, '"one"'],
    ["a parameter of an unknown kind", { ...good, nodes: at(0, { parameter: { kind: "tensor" } }) }, '"tensor"'],
    [
      "a parameter without a version",
      { ...good, nodes: at(0, { parameter: { kind: "text", trainable: true, order: 0 } }) },
      '"one": version',
    ],
    [
      "code without a record",
      { ...good, nodes: at(0, { parameter: { kind: "code", trainable: true, order: 0, version: 0 } }) },
      '"one": code',
    ],
    ["an exception without an error", { ...good, nodes: at(3, { kind: "exception" }) }, '"add"'],
  ])("is refused by what is wrong with it: %s", (_, json, culprit) => {
    const fault = { code: "bad-graph", message: expect.stringContaining(culprit) };
    expect(() => WorkflowGraph.fromJSON(json as GraphJson)).toThrow(expect.objectContaining(fault));
  });
});

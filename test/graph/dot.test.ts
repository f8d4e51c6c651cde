import { instance } from "@viz-js/viz";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toDot } from "../../src/graph/dot.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { minimalSubgraphOf } from "../../src/graph/subgraph.ts";
import { graphOf, trace } from "../../src/graph/trace.ts";
import { bundleWith } from "../../src/nodes/bundle.ts";
import { node } from "../../src/nodes/input-node.ts";
import type { Node } from "../../src/nodes/node.ts";
import { add, concat, identity, makeRecord, neg } from "../../src/nodes/operators/index.ts";
import { Parameter, parameter } from "../../src/nodes/parameter.ts";
import { batchify } from "../../src/templates/batchify.ts";
import { chain } from "../../src/templates/chain.ts";
import { leastTime } from "../processor-time.ts";
import { anyGraph, hostileTexts } from "./hostile.ts";

const viz = await instance();

interface Parsed {
  readonly objects?: readonly {
    readonly name: string;
    readonly label?: string;
    readonly shape?: string;
    readonly style?: string;
  }[];
  readonly edges?: readonly { readonly tail: number; readonly head: number; readonly headlabel?: string }[];
}

/** What Graphviz itself reads, without a layout: the boxes by id, and the edges by ids. */
function parse(dot: string) {
  const json = JSON.parse(viz.renderString(dot, { format: "dot_json", engine: "dot" })) as Parsed;
  const objects = json.objects ?? [];
  const boxes = new Map(objects.filter(({ name }) => !name.startsWith("cluster")).map((box) => [box.name, box]));
  const nameAt = (index: number) => objects[index]?.name;
  const edges = (json.edges ?? []).map(({ tail, head, headlabel }) => [nameAt(tail), nameAt(head), headlabel ?? ""]);
  return { boxes, edges };
}

/** What the escapes of a label stand for. */
function readable(label: string | undefined): string {
  return (label ?? "").replace(/\\([nl\\])/g, (_, c: string) => (c === "\\" ? "\\" : "\n")).replaceAll("&amp;", "&");
}

function chainOf(length: number): Graph {
  return trace(() => {
    let last: Node<number> = node(0, { name: "start" });
    for (let index = 0; index < length; index++) last = neg(last);
    return last;
  });
}

describe("toDot", () => {
  test("gives DOT that Graphviz reads, with a box for each node and an edge for each input, whatever the names and values", () => {
    const property = fc.property(anyGraph, (graph) => {
      const { boxes, edges } = parse(toDot(graph, { maxNodes: Infinity, fold: false }));
      const names = graph.nodes.map((one) => graph.nameOf(one));
      expect([...boxes.keys()].filter((name) => !name.includes("#")).sort()).toEqual(names.sort());
      const wanted = graph.nodes.flatMap((one) =>
        graph.parentsOf(one).map((parent) => [graph.nameOf(parent), graph.nameOf(one)]),
      );
      const got = edges.map(([from, to]) => [from?.replace(/#\d+$/, ""), to]);
      expect(got.sort()).toEqual(wanted.sort());
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("shows the same bytes for the same graph", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        expect(toDot(graph)).toBe(toDot(graph));
      }),
      { numRuns: 30 },
    );
  });

  test.each(hostileTexts)("shows the text %j of a failure as text, not as DOT", (text) => {
    const graph = trace(() =>
      identity(1).map(() => {
        throw new Error(text);
      }, "fail"),
    );
    const { boxes, edges } = parse(graph.toDot({ valueLimit: 200 }));
    expect(boxes.size).toBe(graph.nodes.length);
    expect(edges).toHaveLength(graph.nodes.length - 1);
    const shown = readable(boxes.get("fail_error")?.label);
    const plain = text
      .replace(/\r\n?|[\u2028\u2029]/g, "\n")
      // oxlint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0009\u000b-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
      .replace(/[\p{Cs}\u007f-\u009f\ufffe\uffff]/gu, "\ufffd");
    expect(shown).toBe(`fail_error\nfail(x=identity)\nError: ${plain}`);
  });

  // Graphviz 13 writes beyond its memory for an edge whose label is only a line break, and fails some drawings later.
  test.each(["\n", "\r", "\r\n"])("shows an input named %j on one line", (name) => {
    const graph = trace(() => makeRecord({ [name]: node(1), other: node(2) }));
    expect(parse(graph.toDot()).edges.map(([, , label]) => label)).toEqual(["\u2424", "other"]);
  });

  test("labels a box with its name, the call, and the value", () => {
    const price = node(6, { name: "price" });
    const { boxes } = parse(trace(() => add(price, 1)).toDot());
    expect(readable(boxes.get("price")?.label)).toBe("price\n6");
    expect(readable(boxes.get("add")?.label)).toBe("add\nadd(x=price, y=y)\n7");
  });

  test("tells parameters, fixed ones, inputs, operators, bundles and exceptions apart without colour", () => {
    const shout = bundleWith()((text: string) => text.toUpperCase(), { name: "shout" });
    const fail = bundleWith()(
      (text: string) => {
        throw new RangeError(text);
      },
      { name: "fail" },
    );
    const graph = trace(() => {
      const prompt = parameter("hi", { name: "prompt" });
      const fixed = parameter("!", { name: "fixed", trainable: false });
      return fail(shout(concat(concat(prompt, fixed), node("?", { name: "mark" }))));
    });
    const { boxes } = parse(graph.toDot());
    const names = ["prompt", "fixed", "mark", "concat", "shout", "fail_error"];
    const looks = names.map((name) => `${boxes.get(name)?.shape} ${boxes.get(name)?.style}`);
    expect(new Set(looks).size).toBe(names.length);
  });

  test("names the input on an edge only where there are several", () => {
    const { edges } = parse(trace(() => add(neg(node(1, { name: "one" })), 2)).toDot());
    expect(edges).toEqual([
      ["one", "neg", ""],
      ["neg", "add", "x"],
      ["y", "add", "y"],
    ]);
  });

  test("draws both edges of a node that is an input twice", () => {
    const one = node(1, { name: "one" });
    expect(parse(trace(() => add(one, one)).toDot()).edges).toEqual([
      ["one", "add", "x"],
      ["one", "add", "y"],
    ]);
  });

  test("keeps the nodes nearest to the output and says how many it left out", () => {
    const graph = chainOf(1_000);
    const { boxes } = parse(graph.toDot({ fold: false }));
    const note = boxes.get("#left_out");
    expect(note?.label).toBe("801 nodes left out");
    expect(boxes.size).toBe(201);
    const kept = graph.nodes.slice(-200).map((one) => graph.nameOf(one));
    expect(kept.every((name) => boxes.has(name))).toBe(true);
    expect(parse(chainOf(199).toDot({ fold: false })).boxes.has("#left_out")).toBe(false);
    expect(parse(chainOf(2).toDot({ maxNodes: 2 })).boxes.get("#left_out")?.label).toBe("1 node left out");
  });

  test("draws a parameter with many uses once in full, and small at each use", () => {
    const step = parameter(1, { name: "step" });
    const sum = (uses: number) =>
      trace(() => {
        let last = node(0, { name: "start" });
        for (let index = 0; index < uses; index++) last = add(last, step);
        return last;
      });
    const few = parse(sum(3).toDot({ fold: false }));
    expect([...few.boxes.keys()].filter((name) => name.startsWith("step"))).toEqual(["step"]);
    const many = parse(sum(4).toDot({ fold: false }));
    expect(many.boxes.get("step")?.label).toBe("step\\n1");
    expect(many.edges.filter(([from]) => from === "step")).toEqual([]);
    const uses = [...many.boxes.values()].filter(({ name }) => name.startsWith("step#"));
    expect(uses.map(({ name, label }) => [name, label])).toEqual([1, 2, 3, 4].map((at) => [`step#${at}`, "step"]));
  });

  test("draws the feedback that was delivered as a note at the output", () => {
    const graph = trace(() => concat(parameter("a", { name: "prompt" }), "b"));
    expect(graph.toDot()).not.toContain("#feedback");
    graph.backward({ text: 'Too "short"; <b>', score: 0.5, data: { id: 1n } });
    const { boxes, edges } = parse(graph.toDot());
    expect(readable(boxes.get("#feedback")?.label)).toBe('Feedback\nToo "short"; <b>\nScore: 0.5\nData: { id: 1n }');
    expect(edges).toContainEqual(["concat", "#feedback", ""]);
  });

  test("draws a subgraph only, with what enters it as inputs", () => {
    const prompt = parameter("a", { name: "prompt" });
    const graph = trace(() => concat(prompt, identity(identity(node("b", { name: "far" })))));
    const { boxes } = parse(graph.toDot({ subgraph: minimalSubgraphOf(graph) }));
    expect([...boxes.keys()].sort()).toEqual(["concat", "identity_1", "prompt"]);
    expect(boxes.get("identity_1")?.shape).toBe("ellipse");
    const other = trace(() => concat(prompt, "c"));
    expect(() => graph.toDot({ subgraph: minimalSubgraphOf(other) })).toThrow(/another graph/);
  });

  test("draws each use of a value that enters a subgraph as it draws the value", () => {
    const prompt = parameter("a", { name: "prompt" });
    const graph = trace(() => {
      const shared = identity(node("b", { name: "far" }));
      let text = concat(prompt, shared);
      for (let use = 0; use < 5; use++) text = concat(concat(text, prompt), shared);
      return text;
    });
    const { boxes } = parse(graph.toDot({ subgraph: minimalSubgraphOf(graph), fold: false }));
    const shapes = [...boxes].filter(([name]) => name.startsWith("identity")).map(([, { shape }]) => shape);
    expect(shapes).toEqual(Array.from({ length: 7 }, () => "ellipse"));
  });

  test("draws batches, and episodes with what a horizon cut off as an input", () => {
    const prompt = parameter("go", { name: "prompt" });
    let state: Node<string> = node("s", { name: "state" });
    const steps = [1, 2, 3].map(() => trace(() => (state = concat(state, prompt))));
    const episode = chain(steps, { horizon: 1 });
    const { boxes, edges } = parse(episode.toDot());
    expect(edges.map(([from, to]) => [from, to])).toEqual([
      ["concat", "concat_1"],
      ["prompt", "concat_1"],
    ]);
    expect(boxes.get("concat")?.shape).toBe("ellipse");
    const batch = parse(batchify(steps).toDot());
    expect(batch.edges.filter(([, to]) => to === "batchify").map(([, , input]) => input)).toEqual([
      "item_0",
      "item_1",
      "item_2",
    ]);
  });

  test("shows source with its lines from the left", () => {
    const check = () => undefined;
    const spec = { entry: "f", params: [], async: false, scope: [] };
    const code = { spec, signature: "function f()", types: [], check, load: () => Promise.resolve() };
    const source = new Parameter("function f() {\n  return 1;\n}", { name: "f", code });
    const { boxes } = parse(trace(() => identity(source)).toDot());
    expect(boxes.get("f")?.label).toBe("f\\nfunction f() {\\l  return 1;\\l}\\l");
  });

  test.each([
    [{ maxNodes: 0 }, "maxNodes"],
    [{ maxNodes: 1.5 }, "maxNodes"],
    [{ valueLimit: Number.NaN }, "valueLimit"],
    [{ direction: "TB]; evil [" as "TB" }, "direction"],
  ])("refuses %j by name", (options, name) => {
    expect(() => chainOf(1).toDot(options)).toThrow(
      expect.objectContaining({ code: "bad-option", message: expect.stringContaining(name) }),
    );
  });

  test("draws 20,000 nodes in time that grows with their number only", () => {
    const draws = [
      { options: { maxNodes: Infinity, fold: false }, edges: (length: number) => length },
      { options: {}, edges: () => 2 },
    ];
    for (const { options, edges } of draws) {
      const times = [2_500, 20_000].map((length) => {
        const graph = chainOf(length);
        graph.nameOf(graph.output as Node);
        expect(toDot(graph, options).split("->")).toHaveLength(edges(length) + 1);
        return leastTime(() => toDot(graphOf(graph.output), options));
      }) as [number, number];
      // 8 times the nodes: 64 times the time if that grew with the square.
      expect(times[1] / times[0]).toBeLessThan(30);
    }
  });
});

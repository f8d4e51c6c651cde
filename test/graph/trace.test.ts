import { runInNewContext } from "node:vm";
import {
  bundle,
  commit,
  ExceptionNode,
  ExecutionError,
  graphOf,
  type Node,
  node,
  ParameterState,
  parameter,
  t,
  trace,
  untraced,
  withParameters,
} from "tracegrad";
import * as operators from "tracegrad/operators";
import { checkGraph } from "tracegrad/testing";
import { describe, expect, it } from "vitest";

const { add } = operators;
const later = () => new Promise((resolve) => setTimeout(resolve, 1));
const names = (graph: ReturnType<typeof graphOf>) => graph.nodes.map((one) => graph.nameOf(one));

describe("trace", () => {
  it("takes a node, a plain value, and data with nodes inside as the output", async () => {
    const p = parameter(2, { name: "p" });
    expect(trace(() => add(p, 1)).value).toBe(3);
    expect(trace(() => 7).value).toBe(7);
    expect(trace(() => undefined).value).toBeUndefined();
    const inside = trace(() => ({ sum: add(p, 1), list: [p] }));
    expect(inside.value).toEqual({ sum: 3, list: [2] });
    expect(inside.parameters).toEqual([p]);
    expect((await trace(async () => add(p, 1))).value).toBe(3);
    expect(trace(() => p).output).toBe(p);
  });

  it("awaits promises of another realm, as `await` does", async () => {
    const query = () => runInNewContext("Promise.resolve('rows')") as PromiseLike<string>;
    expect(query()).not.toBeInstanceOf(Promise);
    expect((await trace(query)).value).toBe("rows");
  });

  it("makes a failed operation the output, and feedback on it reaches the parameter", async () => {
    const p = parameter("bad", { name: "p" });
    const parse = bundle(function parse(text: string) {
      return JSON.parse(text) as unknown;
    });
    const parseLater = bundle(async function parseLater(text: string) {
      await later();
      return JSON.parse(text) as unknown;
    });
    for (const graph of [trace(() => parse(p)), await trace(() => parseLater(p))]) {
      expect(graph.output).toBeInstanceOf(ExceptionNode);
      expect(graph.error).toBeInstanceOf(ExecutionError);
      expect(graph.error).toBe(graph.error);
      expect(graph.value).toBeUndefined();
      expect([...graph.backward("It failed.").signals.keys()]).toEqual([p]);
      checkGraph(graph);
    }
  });

  it("makes an error of plain code a failure that depends on the values which that code had read", async () => {
    const p = parameter("{", { name: "p" });
    const reply = () => t`${p} no json`;
    const parse = (text: Node<string>) => JSON.parse(text.data) as unknown;
    const graphs = [trace(() => parse(reply())), await trace(async () => parse(reply()))];
    for (const graph of graphs) {
      expect(graph.error?.message).toMatch(/^"program" failed: SyntaxError: /);
      expect(graph.show()).toContain("program(text=text)");
      expect([...graph.backward("It failed.").signals.keys()]).toEqual([p]);
      checkGraph(graph);
    }
  });

  it("makes an error of plain code a failure that depends on the failed operation which it was thrown for", () => {
    const p = parameter("{", { name: "p" });
    const graph = trace(() => {
      try {
        return p.map(JSON.parse, "parse");
      } catch (cause) {
        throw new Error("no reply", { cause });
      }
    });
    expect(graph.error?.message).toBe('"program" failed: Error: no reply');
    expect([...graph.backward("It failed.").signals.keys()]).toEqual([p]);
  });

  it("has no parameter to teach when plain code fails before it has read anything", () => {
    const mistake = () => {
      throw new TypeError("a mistake");
    };
    const graph = trace(mistake);
    expect([graph.error?.cause, graph.parameters]).toEqual([expect.any(TypeError), []]);
  });

  it("forgets all but the last thousand reads of plain code, so that an endless run stays small", () => {
    const graph = trace(() => {
      for (let index = 0; index < 3_000; index++) expect(node(index).data).toBe(index);
      throw new Error("at last");
    });
    expect(graph.output.parents).toHaveLength(1_000);
    expect(graph.valueOf(graph.output.parents[999] as Node)).toBe(2_999);
  });

  it("throws on what says nothing about the program: an outage, a cancelled run, a mistake in the use of the library", async () => {
    const outage = Object.assign(new Error("slow down"), { status: 429 });
    const abort = new DOMException("stop", "AbortError");
    const sum = bundle((x: number) => x + before.data, { name: "sum" });
    const before = node(1);
    for (const thrown of [outage, abort]) {
      const fail = () => {
        throw thrown;
      };
      expect(() => trace(fail)).toThrow(thrown);
      await expect(trace(async () => fail())).rejects.toBe(thrown);
    }
    expect(() => trace(() => sum(1))).toThrow(expect.objectContaining({ code: "external-read" }));
  });

  it("has what was made before the run as inputs, without their history", () => {
    const p = parameter(1, { name: "p" });
    const before = add(p, 1);
    const graph = trace(() => add(before, 2));
    expect(graph.nodes).toContain(before);
    expect(graph.parentsOf(before)).toEqual([]);
    expect(graph.parameters).toEqual([]);
    expect(graphOf(graph.output).parameters).toEqual([p]);
  });

  it("can be nested: the outer run sees through the inner one, the inner one ends at its own start", () => {
    const p = parameter(1, { name: "p" });
    const outer = trace(() => {
      const first = add(p, 1);
      const inner = trace(() => add(first, 2));
      expect(inner.parameters).toEqual([]);
      return add(inner.output, 3);
    });
    expect(outer.value).toBe(7);
    expect(outer.parameters).toEqual([p]);
  });

  it("never shares edges between runs that take turns", async () => {
    const p = parameter(0, { name: "p" });
    const graphs = await Promise.all(
      Array.from({ length: 200 }, (_, run) =>
        trace(async () => {
          let at: Node<number> = add(p, run);
          for (let step = 0; step < 5; step++) {
            await later();
            at = add(at, 1);
          }
          return at;
        }),
      ),
    );
    for (const [run, graph] of graphs.entries()) {
      expect(graph.value).toBe(run + 5);
      expect(graph.nodes).toHaveLength(1 + 6 * 2);
    }
  });

  it("reads one consistent set of values from start to end, in the output too", async () => {
    const p = parameter("old", { name: "p" });
    const graph = await trace(async () => {
      const first = t`${p}`;
      commit([{ parameter: p as never, value: "new" }]);
      await later();
      return { first, second: t`${p}`, p };
    });
    expect(graph.value).toEqual({ first: "old", second: "old", p: "old" });
    expect(graph.read(p as never)).toMatchObject({ value: "old", version: 0 });
    expect(p.data).toBe("new");
  });

  it("reads the state it runs on, and remembers it afterwards", () => {
    const p = parameter(1, { name: "p" });
    const state = ParameterState.of([p as never]).set([[p as never, 10]]);
    const graph = withParameters(state, () => trace(() => add(p, 1)));
    expect(graph.value).toBe(11);
    expect(graph.valueOf(p as never)).toBe(10);
  });

  it("is recorded inside `untraced`, whatever form its output has", async () => {
    const p = parameter(1, { name: "p" });
    const graphs = await untraced(async () => [
      trace(() => ({ sum: add(p, 1) })),
      await trace(async () => [add(p, 1)]),
    ]);
    for (const graph of graphs) expect(graph.parameters).toEqual([p]);
  });
});

describe("graphOf", () => {
  it("looks into one bundle call", () => {
    const double = bundle(function double(x: number) {
      return add(node(x, { name: "given" }), x);
    });
    const made = double(4) as unknown as Node<number>;
    const inner = graphOf(made.inner[0] as Node);
    expect(inner.value).toBe(8);
    expect(names(inner)).toContain("given");
    expect(names(graphOf(made))).not.toContain("given");
  });

  it("takes a parameter or a failed node as it is", () => {
    const p = parameter(1, { name: "p" });
    expect(graphOf(p).nodes).toEqual([p]);
    const parse = bundle(function parse(text: string) {
      return JSON.parse(text) as unknown;
    });
    const { error } = trace(() => parse("{"));
    expect(graphOf(error?.node as Node).error?.node).toBe(error?.node);
  });
});

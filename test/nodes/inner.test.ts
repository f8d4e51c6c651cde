import { setTimeout as sleep } from "node:timers/promises";
import { bundle, ExecutionError, ExternalReadError, graphOf, type Node, node, parameter, trace } from "tracegrad";
import { add, makeList } from "tracegrad/operators";
import { describe, expect, test } from "vitest";

const double = bundle((x: number) => x * 2, { name: "double" });
const next = bundle((x: number) => x + 1, { name: "next", trainable: true });
const nextCode = trace(() => next(1)).parameters[0] as Node;

function namesOf(nodes: readonly Node[]): string[] {
  return nodes.map((one) => one.name);
}

describe("a bundle that calls a bundle", () => {
  const quadruple = bundle((x: number) => double(double(x)), { name: "quadruple" });

  test("gives one node for the call, and keeps the graph inside", () => {
    const x = node(3, { name: "x" });
    const made = quadruple(x);
    expect(made.data).toBe(12);
    expect(made.parents).toEqual([x]);
    const inside = graphOf(made.inner[0] as Node);
    expect(namesOf(inside.nodes)).toEqual(["x", "double", "double"]);
  });

  test("may read the nodes that it made", () => {
    const sum = bundle((x: number) => double(x).data + double(x + 1).data, { name: "sum" })(1);
    expect(sum.data).toBe(6);
    expect(namesOf(sum.inner)).toEqual(["double", "double"]);
  });

  test("may give an array or a record with nodes", () => {
    const both = bundle((x: number) => ({ twice: double(x), more: [double(x + 1), 7] }), { name: "both" })(1);
    expect(both.data).toEqual({ twice: 2, more: [4, 7] });
    expect(both.inner).toHaveLength(2);
  });

  test("passes credit on to the code of the bundles inside, in sync and async bodies, returned or only read", async () => {
    const returned = bundle((x: number) => next(double(x)), { name: "returned" });
    const read = bundle((x: number) => next(x).data + 1, { name: "read" });
    const later = bundle(
      async (x: number) => {
        await sleep(1);
        return next(x);
      },
      { name: "later" },
    );
    for (const made of [returned(1), read(1), await later(1)]) {
      expect(made.parents).toContain(nextCode);
      expect(graphOf(made).parameters).toEqual([nextCode]);
      expect(Object.keys(made.inputs)).toEqual(["x", "next"]);
    }
    const graph = trace(() => returned(1));
    expect([...graph.backward("Too small.").signals.keys()]).toEqual([nextCode]);
  });

  test("through several levels", () => {
    const inner = bundle((x: number) => next(x), { name: "inner" });
    const middle = bundle((x: number) => inner(x).data, { name: "middle" });
    const outer = bundle((x: number) => middle(x), { name: "outer" });
    expect(outer(1).parents).toContain(nextCode);
  });

  test("keeps what a failed call inside led to, so that feedback reaches it", async () => {
    const boom = bundle(
      (x: number): number => {
        throw new Error(`no ${x}`);
      },
      { name: "boom" },
    );
    const outer = bundle((x: number) => boom(next(x)), { name: "outer" });
    const later = bundle(
      async (x: number) => {
        await sleep(1);
        return boom(next(x));
      },
      { name: "later" },
    );
    for (const graph of [trace(() => outer(1)), await trace(() => later(1))]) {
      expect(graph.error?.message).toMatch(/^"(outer|later)" failed: .*"boom" failed: Error: no 2/);
      expect(graph.parameters).toEqual([nextCode]);
      expect(graph.backward("It failed.").signals.size).toBe(1);
    }
  });

  test("keeps what it read before it failed itself", () => {
    const outer = bundle(
      (x: number): number => {
        const value = next(x).data;
        throw new Error(`bad ${value}`);
      },
      { name: "outer" },
    );
    expect(trace(() => outer(1)).parameters).toEqual([nextCode]);
  });

  test("may catch a failure inside and go on", () => {
    const boom = bundle((): number => {
      throw new Error("no");
    });
    const safe = bundle(
      (x: number) => {
        try {
          return boom();
        } catch (error) {
          return error instanceof ExecutionError ? x : -1;
        }
      },
      { name: "safe" },
    );
    expect(safe(3).data).toBe(3);
  });
});

describe("a body that reads a node which is not an input", () => {
  const rate = parameter(2, { name: "rate" });
  const message =
    /The body of "scale" read the node "rate", which is not one of its inputs\. Pass it as an argument, or set `external: "record"`/;

  test("is refused, and says how to mend it", () => {
    const scale = bundle((x: number) => x * rate.data, { name: "scale" });
    expect(() => scale(1)).toThrow(ExternalReadError);
    expect(() => scale(1)).toThrow(message);
    // A mistake in the program is no failure of the run: it is not made data.
    expect(() => trace(() => scale(1))).toThrow(ExternalReadError);
  });

  test("is refused after an await, too", async () => {
    const scale = bundle(
      async (x: number) => {
        await sleep(1);
        return x * rate.data;
      },
      { name: "scale" },
    );
    await expect(scale(1)).rejects.toThrow(message);
  });

  test("is refused when it hands the node to an operator or gives it back", () => {
    const outside = node(5, { name: "rate" });
    expect(() => bundle((x: number) => add(x, outside), { name: "scale" })(1)).toThrow(message);
    expect(() => bundle(() => outside, { name: "scale" })()).toThrow(message);
    expect(() => bundle(() => [makeList(outside)], { name: "scale" })()).toThrow(message);
  });

  test("is recorded as a dependency when the bundle says so", async () => {
    const scale = bundle((x: number) => x * rate.data, { name: "scale", external: "record" });
    const later = bundle(
      async (x: number) => {
        await sleep(1);
        return add(x, rate);
      },
      { name: "scale", external: "record" },
    );
    for (const made of [scale(3), await later(3)]) {
      expect(made.parents).toContain(rate);
      expect(Object.keys(made.inputs)).toEqual(["x", "rate"]);
    }
  });

  test("is recorded under a name of its own when an input has that name already", () => {
    const scale = bundle((rate_: number) => rate_ * rate.data, { name: "scale", external: "record" });
    const clash = bundle((rate: number, x: Node<number> | number = 0) => rate + Number(x) + outer.data, {
      name: "clash",
      external: "record",
    });
    const outer = node(1, { name: "rate" });
    expect(Object.keys(scale(1).inputs)).toEqual(["rate_", "rate"]);
    expect(Object.keys(clash(1).inputs)).toEqual(["rate", "x", "rate_1"]);
  });

  test("may read its inputs through their nodes", () => {
    const x = node(3, { name: "x" });
    const same = bundle((value: number) => value + x.data, { name: "same" });
    expect(same(x).data).toBe(6);
  });

  test("does not keep a concurrent call from reading what it may", async () => {
    const strict = bundle(
      async (x: number) => {
        await sleep(2);
        return x;
      },
      { name: "strict" },
    );
    const free = async () => {
      await sleep(1);
      return rate.data;
    };
    expect(
      (await Promise.all([strict(1), free(), strict(2), free()])).map((one) =>
        typeof one === "number" ? one : one.data,
      ),
    ).toEqual([1, 2, 2, 2]);
  });
});

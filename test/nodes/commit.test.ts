import { setTimeout as sleep } from "node:timers/promises";
import {
  commit,
  type Parameter,
  ParameterState,
  parameter,
  StaleUpdateError,
  t,
  trace,
  untraced,
  withParameters,
} from "tracegrad";
import { restore } from "tracegrad/extend";
import { describe, expect, test } from "vitest";

const any = (value: unknown, name: string, options = {}) => parameter(value, { name, ...options }) as Parameter;

describe("a commit", () => {
  test("makes values live and gives the state to go on from", () => {
    const [a, b] = [any("a", "a"), any(1, "b")];
    const state = commit([
      { parameter: a, value: "A", seen: 0 },
      { parameter: b, value: 2 },
    ]);
    expect([a.data, b.data, a.version, b.version]).toEqual(["A", 2, 1, 1]);
    expect(state.values).toEqual({ a: "A", b: 2 });
    expect(state.undo().values).toEqual({ a: "a", b: 1 });
  });

  test("follows the state it is given", () => {
    const [a, b] = [any("a", "a"), any(1, "b")];
    const before = ParameterState.of([a, b]);
    const after = commit([{ parameter: a, value: "A" }], before);
    expect(after.parent).toBe(before);
    expect(after.values).toEqual({ a: "A", b: 1 });
  });

  test("of the value that is live already changes nothing", () => {
    const a = any({ x: [1] }, "a");
    commit([{ parameter: a, value: { x: [1] } }]);
    expect(a.version).toBe(0);
  });

  test("is refused whole when one value was replaced since it was read", () => {
    const [a, b] = [any("a", "a"), any("b", "b")];
    commit([{ parameter: b, value: "newer" }]);
    const late = () =>
      commit([
        { parameter: a, value: "A", seen: 0 },
        { parameter: b, value: "B", seen: 0 },
      ]);
    expect(late).toThrow(StaleUpdateError);
    expect(late).toThrow(
      /The update of "b" was made for version 0 of its value, but version 1 is live\. Run the program again/,
    );
    expect([a.data, b.data]).toEqual(["a", "newer"]);
  });

  test("is refused whole when one value does not fit", () => {
    const [a, b] = [any("a", "a"), any(1, "b")];
    const bad = () =>
      commit([
        { parameter: a, value: "A" },
        { parameter: b, value: "two" },
      ]);
    expect(bad).toThrow(/"b" cannot take this value/);
    expect([a.data, a.version, b.data]).toEqual(["a", 0, 1]);
  });

  test("is refused for a parameter that is not trainable", () => {
    const frozen = any("a", "style", { trainable: false });
    expect(() => commit([{ parameter: frozen, value: "b" }])).toThrow(/Parameter "style" is not trainable/);
    expect(() => commit([{ parameter: frozen, value: "b" }])).toThrow(
      expect.objectContaining({ code: "frozen-parameter" }),
    );
    expect(frozen.data).toBe("a");
  });

  test("takes two updates of one parameter in their order", () => {
    const a = any("a", "a");
    commit([
      { parameter: a, value: "b" },
      { parameter: a, value: "c" },
    ]);
    expect(a.data).toBe("c");
  });
});

describe("a run in flight", () => {
  test("reads from start to end the values it began with, whatever is committed meanwhile", async () => {
    const [a, b] = [any("a0", "a"), any("b0", "b")];
    const run = () =>
      trace(async () => {
        const first = t`${a}`;
        await sleep(15);
        return t`${first} ${a} ${b}`;
      });
    const early = run();
    await sleep(2);
    commit([
      { parameter: a, value: "a1" },
      { parameter: b, value: "b1" },
    ]);
    const late = run();
    await sleep(2);
    commit([{ parameter: b, value: "b2" }]);
    const [one, two] = await Promise.all([early, late]);
    expect([one.value, two.value]).toEqual(["a0 a0 b0", "a1 a1 b1"]);
    expect([one.read(b), two.read(b)].map(({ version }) => version)).toEqual([0, 1]);
    expect([a.data, b.data]).toEqual(["a1", "b2"]);
  });

  test("holds without tracing as well", async () => {
    const a = any("a0", "a");
    const running = untraced(async () => {
      await sleep(5);
      return a.data;
    });
    commit([{ parameter: a, value: "a1" }]);
    expect(await running).toBe("a0");
  });

  test("is judged by the value it read: an update from it is stale once another is live", async () => {
    const a = any("a0", "a");
    const graph = trace(() => t`${a}`);
    commit([{ parameter: a, value: "a1" }]);
    expect(() => commit([{ parameter: a, value: "a2", seen: graph.read(a).version }])).toThrow(StaleUpdateError);
  });
});

describe("restore", () => {
  test("makes all values of a state live, as a new version", () => {
    const [a, b] = [any("a", "a"), any(1, "b")];
    const before = ParameterState.of([a, b]);
    commit([
      { parameter: a, value: "A" },
      { parameter: b, value: 2 },
    ]);
    restore(before);
    expect([a.data, b.data, a.version]).toEqual(["a", 1, 2]);
  });
});

describe("withParameters", () => {
  test("reads the state's values, and the live ones of parameters that it does not hold", () => {
    const [a, b] = [any("a", "a"), any("b", "b")];
    const state = ParameterState.of([a]).set([[a, "A"]]);
    expect(withParameters(state, () => [a.data, b.data, a.version])).toEqual(["A", "b", 1]);
    expect([a.data, a.version]).toEqual(["a", 0]);
  });

  test("can be nested, and ends with its function, also when that throws", () => {
    const a = any("a", "a");
    const [one, two] = ["1", "2"].map((value) => ParameterState.of([a]).set([[a, value]])) as [
      ParameterState,
      ParameterState,
    ];
    expect(withParameters(one, () => [a.data, withParameters(two, () => a.data), a.data])).toEqual(["1", "2", "1"]);
    expect(() =>
      withParameters(one, () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(a.data).toBe("a");
  });

  test("is not changed by a commit", async () => {
    const a = any("a", "a");
    const state = ParameterState.of([a]).set([[a, "candidate"]]);
    const running = withParameters(state, () => trace(async () => (await sleep(5), t`${a}`)));
    commit([{ parameter: a, value: "live" }]);
    const graph = await running;
    expect([graph.value, graph.read(a).value, a.data]).toEqual(["candidate", "candidate", "live"]);
  });

  test("keeps 1,000 concurrent candidates apart", async () => {
    const [a, b] = [any("a", "a"), any(0, "b")];
    const first = ParameterState.of([a, b]);
    const agent = async (wait: number) => {
      const start = t`${a}:${b}`;
      await sleep(wait);
      const middle = t`${a}:${b}`;
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      return t`${start} ${middle} ${a}:${b}`;
    };
    const graphs = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => {
        const state = first.set([
          [a, `v${index}`],
          [b, index + 1],
        ]);
        return withParameters(state, () => trace(() => agent(index % 7)));
      }),
    );
    for (const [index, graph] of graphs.entries()) {
      const own = `v${index}:${index + 1}`;
      expect(graph.value).toBe(`${own} ${own} ${own}`);
      expect(graph.read(a).value).toBe(`v${index}`);
    }
    expect([a.data, b.data]).toEqual(["a", 0]);
  });
});

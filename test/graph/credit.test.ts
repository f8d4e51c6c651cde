import {
  batchify,
  type Credit,
  commit,
  credit,
  FeedbackError,
  NoParameterError,
  node,
  type Parameter,
  type Propagator,
  parameter,
  trace,
} from "tracegrad";
import { collectCredits, joinCredits, putBack, waitingCredits } from "tracegrad/extend";
import * as operators from "tracegrad/operators";
import { minimalSubgraph } from "tracegrad/propagators";
import { describe, expect, it } from "vitest";

const { add } = operators;

function program(value = 1) {
  const p = parameter(value, { name: "p" }) as unknown as Parameter;
  return { p, run: (x: number) => trace(() => add(p as never, x)) };
}

describe("credit", () => {
  it("leaves nothing behind, however often and in whatever order it runs", async () => {
    const { p, run } = program();
    const graph = run(1);
    const before = graph.show();
    const twice = [credit(graph, "a"), credit(graph, "b"), credit(graph, "a")];
    const slow: Propagator<Promise<Credit>> = {
      name: "slow",
      propagate: async (given, feedback) => minimalSubgraph.propagate(given, feedback),
    };
    const parallel = await Promise.all([credit(graph, "a", slow), credit(graph, "b", slow)]);
    for (const [index, made] of [...twice, ...parallel].entries()) {
      const text = ["a", "b", "a", "a", "b"][index];
      expect(made.feedback).toEqual({ text });
      expect(made.signals.get(p)).toMatchObject({ parameter: p, value: 1, version: 0, feedback: { text } });
    }
    expect(twice[0]?.signals.get(p)?.subgraph).toEqual(twice[2]?.signals.get(p)?.subgraph);
    expect(waitingCredits(p)).toEqual([]);
    expect(graph.feedback).toBeUndefined();
    expect(graph.show()).toBe(before);
  });

  it("of a batch leaves nothing behind either: feedback by member does not leak into the next", () => {
    const { p, run } = program();
    const batch = batchify([run(1), run(2)]);
    const total: Propagator = {
      name: "members",
      propagate: (graph, feedback) => ({ feedback, signals: new Map(), members: graph.judged(feedback) }) as Credit,
    };
    const membersOf = (made: Credit) =>
      (made as Credit & { members: { feedback: unknown }[] }).members.map((one) => one.feedback);
    expect(membersOf(credit(batch, ["a", "b"], total))).toEqual([{ text: "a" }, { text: "b" }]);
    expect(membersOf(credit(batch, "whole", total))).toEqual([]);
    expect(waitingCredits(p)).toEqual([]);
  });

  it("is what the propagator gives, and nothing else where that is nothing", () => {
    const nothing = { name: "nothing", propagate: () => undefined } as unknown as Propagator;
    expect(credit(program().run(1), "a", nothing)).toBeUndefined();
  });

  it("carries the value and version that ran, and nothing else of the parameter's history", () => {
    const { p, run } = program();
    commit([{ parameter: p, value: 2 }]);
    const graph = run(1);
    commit([{ parameter: p, value: 3 }]);
    const signal = credit(graph, "a").signals.get(p);
    expect(Object.keys(signal ?? {}).sort()).toEqual(["feedback", "parameter", "subgraph", "value", "version"]);
    expect(signal).toMatchObject({ value: 2, version: 1 });
  });

  it("reaches a parameter that is the output itself", () => {
    const { p } = program();
    const graph = trace(() => p as never);
    expect(credit(graph, "a").signals.get(p)?.subgraph?.nodes).toEqual([p]);
  });

  it("says what to do when there is nothing to learn", () => {
    const fixed = parameter(1, { name: "fixed", trainable: false });
    const graph = trace(() => add(fixed, node(2, { name: "x" })));
    for (const act of [() => credit(graph, "a"), () => graph.backward("a")]) {
      expect(act).toThrow(NoParameterError);
      expect(act).toThrow(
        'Nothing to learn: the output "add" depends on no trainable parameter. Make one with parameter(…)',
      );
      expect(act).toThrow("add = add(x=fixed, y=x)");
    }
    expect(graph.feedback).toBeUndefined();
  });
});

describe("backward", () => {
  it("delivers, and piles up", () => {
    const { p, run } = program();
    const graph = run(1);
    const made = graph.backward("a");
    graph.backward(0.5);
    run(2).backward({ text: "c", score: 1 });
    expect(waitingCredits(p).map(({ signals }) => signals.get(p)?.feedback)).toEqual([
      { text: "a" },
      { score: 0.5 },
      { text: "c", score: 1 },
    ]);
    expect(waitingCredits(p)[0]).toBe(made);
    expect(graph.feedback).toEqual({ score: 0.5 });
  });

  it("delivers what an asynchronous propagator gives, once it has it", async () => {
    const { p, run } = program();
    const slow: Propagator<Promise<Credit>> = {
      name: "slow",
      propagate: async (graph, feedback) => minimalSubgraph.propagate(graph, feedback),
    };
    const promise = run(1).backward("a", { propagator: slow });
    expect(waitingCredits(p)).toEqual([]);
    await promise;
    expect(waitingCredits(p)).toHaveLength(1);
  });

  it.each([
    [undefined, "got undefined"],
    [null, "got null"],
    [true, "got boolean"],
    [Number.NaN, "A score is a finite number; got NaN"],
    [Number.POSITIVE_INFINITY, "got Infinity"],
    [["a"], "batchify the graphs first"],
    [() => "a", "got function"],
    [{ score: "0.9" }, "A score is a finite number; got string"],
    [{ score: Number.NaN }, "got NaN"],
    [{ text: 1 }, "Feedback text is a string; got number"],
    [{ images: ["x"] }, "{ mediaType, data }"],
    [{ images: [null] }, "{ mediaType, data }"],
    [{ feedback: "a" }, 'no field "feedback"'],
  ])("refuses %j as feedback, and leaves no signal", (feedback, message) => {
    const { p, run } = program();
    expect(() => run(1).backward(feedback as never)).toThrow(FeedbackError);
    expect(() => credit(run(1), feedback as never)).toThrow(message);
    expect(waitingCredits(p)).toEqual([]);
  });
});

describe("joinCredits of collected ones", () => {
  const taken = (...parameters: Parameter[]) => joinCredits(collectCredits(parameters).map(({ credit }) => credit));

  it("is nothing without credits, and the very credit of one backward", () => {
    const { p, run } = program();
    expect(taken(p)).toBeUndefined();
    const made = run(1).backward("a");
    const behind = taken(p);
    expect(behind).toBe(made);
    expect(waitingCredits(p)).toEqual([]);
  });

  it("is the batch of several graphs, with feedback by index", () => {
    const { p, run } = program();
    run(1).backward("a");
    run(2).backward("b");
    const behind = taken(p);
    expect(behind?.feedback).toEqual({ text: "ID [0]: a\nID [1]: b" });
    expect(behind?.signals.get(p)?.subgraph?.graph.value).toEqual([2, 3]);
  });

  it("keeps graphs apart that were given one and the same feedback object", () => {
    const { p, run } = program();
    const same = { text: "Wrong." };
    run(1).backward(same);
    run(2).backward(same);
    expect(taken(p)?.feedback.text).toBe("ID [0]: Wrong.\nID [1]: Wrong.");
  });

  it("counts a graph that was judged twice as two", () => {
    const { p, run } = program();
    const graph = run(1);
    graph.backward("a");
    graph.backward("b");
    const behind = taken(p);
    expect(behind?.feedback.text).toBe("ID [0]: a\nID [1]: b");
    expect(behind?.signals.get(p)?.subgraph?.graph.value).toEqual([2, 2]);
  });

  it("joins parameters that different graphs reached, and names the newest version", () => {
    const [p, q] = [parameter(1, { name: "p" }), parameter(2, { name: "q" })] as unknown as [Parameter, Parameter];
    trace(() => add(p as never, 1)).backward("a");
    commit([{ parameter: p, value: 5 }]);
    trace(() => add(p as never, q as never)).backward("b");
    const behind = taken(p, q);
    expect(behind?.signals.get(p)).toMatchObject({ value: 5, version: 1 });
    expect(behind?.signals.get(q)).toMatchObject({ value: 2, version: 0 });
    expect(behind?.signals.get(q)?.subgraph?.parameters).toEqual([p, q]);
  });

  it("leaves other optimizers' credits where they are, and puts back before what came since", () => {
    const [p, q] = [parameter(1, { name: "p" }), parameter(2, { name: "q" })] as unknown as [Parameter, Parameter];
    const run = () => trace(() => add(p as never, q as never));
    run().backward("a");
    const collected = collectCredits([p]);
    run().backward("b");
    putBack(collected);
    expect(waitingCredits(p).map((one) => one.feedback.text)).toEqual(["a", "b"]);
    expect(waitingCredits(q).map((one) => one.feedback.text)).toEqual(["a", "b"]);
  });

  it("takes a credit from the parameters that are asked for only, and once", () => {
    const [p, q] = [parameter(1, { name: "p" }), parameter(2, { name: "q" })] as unknown as [Parameter, Parameter];
    const credit = trace(() => add(p as never, q as never)).backward("a");
    expect(collectCredits([p])).toEqual([{ credit, parameters: [p] }]);
    expect(collectCredits([p, q])).toEqual([{ credit, parameters: [q] }]);
    expect(collectCredits([p, q])).toEqual([]);
  });

  it("puts a credit back only where it was taken", () => {
    const [p, q] = [parameter(1, { name: "p" }), parameter(2, { name: "q" })] as unknown as [Parameter, Parameter];
    trace(() => add(p as never, q as never)).backward("a");
    collectCredits([p]);
    putBack(collectCredits([p, q]));
    expect([p, q].map((one) => waitingCredits(one).length)).toEqual([0, 1]);
  });
});

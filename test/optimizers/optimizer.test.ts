import { commit, credit, model, type Node, type Parameter, parameter, StaleUpdateError, trace } from "tracegrad";
import { waitingCredits } from "tracegrad/extend";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it, vi } from "vitest";
import { suggest, textOf } from "./readers.ts";

const { add } = operators;

function program() {
  const a = parameter(1, { name: "a" });
  const b = parameter(2, { name: "b" });
  return {
    a,
    b,
    run: () => trace(() => add(a, b)),
    waiting: (one: unknown) => waitingCredits(one as Parameter).length,
  };
}
const counting = (name = "a") => scripted((_request, index) => suggest({ [name]: 10 * (index + 1) }));

describe("step", () => {
  it("takes a credit that is given, and leaves delivered signals alone", async () => {
    const { a, run, waiting } = program();
    run().backward("waits");
    const llm = counting();
    const result = await optoPrime(a, { llm }).step(credit(run(), "given"));
    expect(result.changes).toHaveLength(1);
    expect(textOf(llm.calls[0] as never)).toContain("# Feedback\ngiven");
    expect(waiting(a)).toBe(1);
  });

  it("without feedback is an error that says what to call", async () => {
    const { a, b, run } = program();
    const optimizer = optoPrime([a, b], { llm: counting() });
    await expect(optimizer.step()).rejects.toMatchObject({
      code: "no-feedback",
      message: "No feedback has reached a, b. Call graph.backward(feedback) before the step.",
    });
    const other = parameter(1, { name: "other" });
    run().backward("?");
    await optimizer.step();
    await expect(
      optimizer.step(
        credit(
          trace(() => add(other, 1)),
          "?",
        ),
      ),
    ).rejects.toMatchObject({ code: "no-feedback" });
  });

  it("reports the parameters that no feedback reached", async () => {
    const { a, b } = program();
    trace(() => add(a, 1)).backward("?");
    const result = await optoPrime([a, b], { llm: counting() }).step();
    expect(result.unreached).toEqual([b]);
    expect(a.data).toBe(10);
  });

  it("reports reached parameters that are not its own, and not those that are not trainable", async () => {
    const { a, b, run } = program();
    const frozen = parameter(3, { name: "frozen", trainable: false });
    const optimizer = optoPrime(a, { llm: counting() });
    expect(optimizer.others).toEqual([]);
    trace(() => add(add(a, b), frozen)).backward("?");
    expect((await optimizer.step()).others).toEqual([b]);
    expect((await optimizer.step(credit(run(), "?"))).others).toEqual([b]);
    trace(() => add(a, 1)).backward("?");
    expect((await optimizer.step()).others).toEqual([]);
    expect(optimizer.others).toEqual([b]);
  });

  it("says what a step did not use, and why", async () => {
    const { a, b } = program();
    const c = parameter(1, { name: "c" });
    const optimizer = optoPrime([a, c], { llm: counting() });
    trace(() => add(a, b)).backward("?");
    const { unused } = await optimizer.step(
      credit(
        trace(() => add(a, b)),
        "?",
      ),
    );
    expect(unused).toEqual([
      `Feedback reached "b", which this optimizer does not change: give it to the optimizer beside its target, or step ` +
        "the optimizer that holds it.",
      `No feedback was left for "c": the output did not depend on it in these runs, or the optimizer that shares it ` +
        "has taken the feedback.",
      `Feedback on other graphs still waits at "a": a step without a credit takes it.`,
    ]);
    await expect(optimizer.step()).rejects.toThrow(StaleUpdateError);
    trace(() => add(a, c)).backward("?");
    expect((await optimizer.step()).unused).toEqual([]);
  });

  it("drops a given credit that is stale, and puts it back when the step fails otherwise", async () => {
    const { a, b, run, waiting } = program();
    const fails = scripted(() => {
      throw new Error("down");
    });
    const given = run().backward("one");
    await expect(optoPrime([a, b], { llm: fails }).step(given)).rejects.toThrow("down");
    expect(waiting(a)).toBe(1);
    commit([{ parameter: a as never, value: 5 }]);
    await expect(optoPrime([a, b], { llm: counting() }).step(given)).rejects.toThrow(StaleUpdateError);
    expect(waiting(a)).toBe(0);
  });

  it("takes a credit that was given to it away from its parameters", async () => {
    const { a, b, run } = program();
    const optimizer = optoPrime([a, b], { llm: counting() });
    await optimizer.step(run().backward("?"));
    await expect(optimizer.step()).rejects.toMatchObject({ code: "no-feedback" });
  });

  it("warns once of a parameter that was not found in the target and that no optimizer trains", async () => {
    const warned: string[] = [];
    const listen = vi.spyOn(process, "emitWarning").mockImplementation((message) => void warned.push(String(message)));
    class Agent {
      readonly #system = parameter(1, { name: "system" });
      readonly style = parameter(2, { name: "style" });
      readonly shared = parameter(3, { trainable: false });
      ask(): Node<number> {
        return add(add(this.#system, this.style), add(this.shared, elsewhere));
      }
    }
    const elsewhere = parameter(4, { name: "elsewhere" });
    const agent = model(Agent) as unknown as Agent;
    const optimizer = optoPrime(agent, { llm: counting("style") });
    optoPrime(elsewhere, { llm: counting() });
    const names = async () => (await optimizer.step()).others.map((one) => one.name);
    for (let round = 0; round < 2; round++) {
      trace(() => agent.ask()).backward("?");
      expect(await names()).toEqual(["system", "elsewhere"]);
    }
    const run = credit(
      trace(() => agent.ask()),
      "?",
    );
    await optimizer.propose(run, optimizer.memory);
    listen.mockRestore();
    expect(warned).toEqual([expect.stringMatching(/^Feedback reached "system", but no optimizer trains it: /)]);
  });

  it("of one optimizer leaves the signals of another, which share a graph", async () => {
    const { a, b, run, waiting } = program();
    const [first, second] = [optoPrime(a, { llm: counting("a") }), optoPrime(b, { llm: counting("b") })];
    run().backward("?");
    await first.step();
    expect([waiting(a), waiting(b)]).toEqual([0, 1]);
    await second.step();
    expect([a.data, b.data]).toEqual([10, 10]);
  });

  it("does not step again on a signal that another optimizer of the same parameter has taken", async () => {
    const { a, b, run } = program();
    const [first, second] = [optoPrime(a, { llm: counting("a") }), optoPrime([a, b], { llm: counting("b") })];
    run().backward("?");
    await first.step();
    expect(await second.step()).toMatchObject({ unreached: [a], others: [] });
    await expect(second.step()).rejects.toMatchObject({ code: "no-feedback" });
  });

  it("refuses an update of a value that was replaced since, and goes on from a fresh graph", async () => {
    const { a, run, waiting } = program();
    const llm = counting();
    const optimizer = optoPrime(a, { llm });
    run().backward("old");
    commit([{ parameter: a as never, value: 5 }]);
    await expect(optimizer.step()).rejects.toThrow(StaleUpdateError);
    expect(a.data).toBe(5);
    expect(waiting(a)).toBe(0);
    run().backward("fresh");
    await optimizer.step();
    expect(a.data).toBe(20);
    expect(textOf(llm.calls[1] as never)).toContain("# Feedback\nfresh");
  });

  it("refuses an update when the value is replaced while the model thinks", async () => {
    const { a, b, run } = program();
    const llm = scripted(() => {
      commit([{ parameter: a as never, value: 5 }]);
      return suggest({ a: 10, b: 20 });
    });
    run().backward("?");
    await expect(optoPrime([a, b], { llm }).step()).rejects.toThrow('The update of "a" was made for version 0');
    expect([a.data, b.data]).toEqual([5, 2]);
  });

  it("puts the signals back when the model fails, so that the next step has them", async () => {
    const { a, run, waiting } = program();
    let fails = true;
    const llm = scripted(() => {
      if (fails) throw new Error("overloaded");
      return suggest({ a: 10 });
    });
    const optimizer = optoPrime(a, { llm, memorySize: 3 });
    run().backward("?");
    const before = JSON.stringify(optimizer);
    await expect(optimizer.step()).rejects.toThrow("overloaded");
    expect(waiting(a)).toBe(1);
    expect(JSON.stringify(optimizer)).toBe(before);
    fails = false;
    await optimizer.step();
    expect(a.data).toBe(10);
  });

  it("that is cancelled changes nothing, even when the model does not heed the signal", async () => {
    const { a, run, waiting } = program();
    const controller = new AbortController();
    const deaf = {
      name: "deaf",
      async generate() {
        controller.abort();
        return {
          text: "",
          ...suggest({ a: 10 }),
          stopReason: "tool" as const,
          usage: { inputTokens: 0, outputTokens: 0 },
          model: "deaf",
        };
      },
    };
    const optimizer = optoPrime(a, { llm: deaf });
    run().backward("?");
    await expect(optimizer.step(undefined, { signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(a.data).toBe(1);
    expect(waiting(a)).toBe(1);
    const llm = counting();
    await expect(optoPrime(a, { llm }).step(undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(llm.calls).toEqual([]);
    expect(waiting(a)).toBe(1);
  });

  it("reads the values that the run read: one commit is one whole step", async () => {
    const { a, b, run } = program();
    const optimizer = optoPrime([a, b], { llm: scripted(() => suggest({ a: 10, b: 20 })) });
    const slow = trace(async () => {
      const first = add(a, 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return add(first, b);
    });
    run().backward("?");
    await optimizer.step();
    expect((await slow).value).toBe(3);
    expect(run().value).toBe(30);
  });
});

describe("undo", () => {
  it("makes the values before the last step live, step by step", async () => {
    const { a, run } = program();
    const optimizer = optoPrime(a, { llm: counting() });
    for (let step = 0; step < 3; step++) {
      run().backward("?");
      await optimizer.step();
    }
    expect(optimizer.state.history().map((state) => state.get(a))).toEqual([1, 10, 20, 30]);
    const seen: number[] = [];
    for (let step = 0; step < 4; step++) {
      optimizer.undo();
      seen.push(a.data);
    }
    expect(seen).toEqual([20, 10, 1, 1]);
    run().backward("?");
    await optimizer.step();
    expect(a.data).toBe(40);
  });

  it("makes an update stale that was thought of before it", async () => {
    const { a, run } = program();
    const optimizer = optoPrime(a, { llm: counting() });
    run().backward("?");
    await optimizer.step();
    run().backward("?");
    optimizer.undo();
    await expect(optimizer.step()).rejects.toThrow(StaleUpdateError);
    expect(a.data).toBe(1);
  });
});

describe("toJSON and load", () => {
  it("carry memory, values and history to a program of the same shape", async () => {
    const one = program();
    const first = optoPrime([one.a, one.b], { llm: counting(), memorySize: 5 });
    for (let step = 0; step < 2; step++) {
      one.run().backward(`round ${step}`);
      await first.step();
    }
    const saved = JSON.parse(JSON.stringify(first));
    const two = program();
    const llm = counting();
    const second = optoPrime([two.a, two.b], { llm, memorySize: 5 });
    second.load(saved);
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect([two.a.data, two.b.data]).toEqual([20, 2]);
    two.run().backward("?");
    await second.step();
    expect(textOf(llm.calls[0] as never)).toMatch(/# Past steps\n[^]*Feedback: round 0\n[^]*Feedback: round 1\n/);
    second.undo();
    second.undo();
    expect(two.a.data).toBe(10);
  });

  it.each([
    ["null", null],
    ["another format", { format: "tracegrad-state" }],
    ["a newer version", { version: 2 }],
    ["another algorithm", { algorithm: "OPRO" }],
    ["no parameters", { parameters: undefined }],
  ])("refuse %s, and change nothing", (_what, change) => {
    const { a } = program();
    const optimizer = optoPrime(a, { llm: counting() });
    const json = change === null ? null : { ...optimizer.toJSON(), ...change };
    expect(() => optimizer.load(json as never)).toThrow(expect.objectContaining({ code: "bad-state" }));
    expect(a.version).toBe(0);
  });

  it("refuse the state of other parameters, and values that do not fit", () => {
    const { a, b } = program();
    const optimizer = optoPrime(a, { llm: counting() });
    expect(() => optimizer.load(optoPrime([a, b], { llm: counting() }).toJSON())).toThrow("the program has (a)");
    const saved = JSON.parse(JSON.stringify(optimizer));
    saved.parameters.first.a.value = "text";
    expect(() => optimizer.load(saved)).toThrow("expected a number, got a string");
    expect(a.data).toBe(1);
  });
});

it("an optimizer of nothing trainable says what to make", () => {
  const fixed = parameter(1, { trainable: false });
  for (const target of [fixed, [], {}, () => 1]) {
    expect(() => optoPrime(target, { llm: counting() })).toThrow(
      /no trainable parameter was found\. Make one with parameter/,
    );
  }
});

it("an optimizer of a function that uses parameters asks for a list of these", () => {
  const prompt = parameter("Be brief.");
  const closure = (question: string) => operators.concat(prompt, question);
  expect(() => optoPrime(closure, { llm: counting() })).toThrow(/list them, for instance \[prompt, parse\]/);
  expect(() => optoPrime([prompt], { llm: counting() })).not.toThrow();
});

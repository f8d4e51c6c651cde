import { batchify, bundle, credit, node, type Parameter, parameter, t, trace } from "tracegrad";
import { contextOf, problemOf } from "tracegrad/extend";
import * as operators from "tracegrad/operators";
import { describe, expect, it } from "vitest";
import { render } from "../../src/optimizers/optoprime/render.ts";
import { TooLongError } from "../../src/optimizers/prompt/within-tokens.ts";

const { add } = operators;
const own = (...parameters: unknown[]) => parameters as Parameter[];

describe("problemOf", () => {
  it("names, types and places what is shown", () => {
    const a = parameter(1, { name: "a" });
    const b = parameter(2, { name: "b", doc: "Somebody else's." });
    const graph = trace(() => {
      const unrelated = add(node(1, { name: "x" }), 2);
      return add(add(a, b), unrelated);
    });
    const problem = problemOf(credit(graph, "f"), own(a));
    const { variables, docs, feedback } = problem;
    expect(variables).toEqual([{ name: "a", parameter: a, value: 1, version: 0 }]);
    expect(Array.from(contextOf(problem), ({ name, role, distance, call }) => [name, role, distance, call])).toEqual([
      ["b", "fixed", 2, undefined],
      ["add_1", "other", 1, "add_1 = add(x=a, y=b)"],
      ["add_2", "input", 1, undefined],
      ["add_3", "output", 0, "add_3 = add(x=add_1, y=add_2)"],
    ]);
    expect(docs.map((doc) => doc.name)).toEqual(["add"]);
    expect(feedback).toEqual({ text: "f" });
  });

  it("measures the shortest way to the output", () => {
    const p = parameter(1, { name: "p" });
    const x = node(1, { name: "x" });
    const graph = trace(() => add(add(add(p, x), 1), add(p, x)));
    const context = [...contextOf(problemOf(credit(graph, "f"), own(p)))];
    expect(context.find((one) => one.name === "x")?.distance).toBe(2);
  });

  it("shows the error of a failed run as its output, and code by the name of its parameter", () => {
    const parse = bundle(
      function parse(text: string): unknown {
        return JSON.parse(text);
      },
      { trainable: true },
    );
    const graph = trace(() => parse(node("{", { name: "text" })));
    const problem = problemOf(credit(graph, "f"), graph.parameters);
    const [variables, context] = [problem.variables, [...contextOf(problem)]];
    expect(variables.map((one) => one.name)).toEqual(["parse"]);
    expect(context.at(-1)).toMatchObject({ role: "output", type: "error", call: "parse_error = parse(text=text)" });
    expect(context.at(-1)?.value).toMatch(/^SandboxError: `parse` threw SyntaxError/);
  });

  it("has the parameter alone when it is the output", () => {
    const p = parameter("x", { name: "p" });
    const graph = trace(() => p);
    const problem = problemOf(credit(graph, "f"), own(p));
    expect(problem.variables).toHaveLength(1);
    expect([...contextOf(problem)]).toEqual([]);
  });

  it("leaves out parameters that the credit does not reach", () => {
    const [p, q] = [parameter(1, { name: "p" }), parameter(1, { name: "q" })];
    expect(
      problemOf(
        credit(
          trace(() => add(p, 1)),
          "f",
        ),
        own(p, q),
      ).variables,
    ).toHaveLength(1);
  });
});

describe("the prompt of a problem", () => {
  const rendering = { objective: "Aim.", memory: [], instructions: "Answer." };
  const p = parameter("value", { name: "p" });
  const problem = problemOf(
    credit(
      batchify(
        Array.from({ length: 30 }, (_, index) =>
          trace(() => t`${p} ${node("x".repeat(20 * index), { name: "input" })}`),
        ),
      ),
      "Feedback.",
    ),
    own(p),
  );

  it("leaves out what a budget has no room for, never a variable or the feedback, or refuses the budget", () => {
    let refused = 0;
    for (let maxCharacters = 4; ; maxCharacters += 12) {
      let prompt = "";
      try {
        prompt = render(problem, { ...rendering, maxCharacters }).text;
      } catch (error) {
        expect(error).toBeInstanceOf(TooLongError);
        refused = maxCharacters;
        continue;
      }
      if (prompt.includes("# Run 30") && !prompt.includes("are left out")) break;
      expect(prompt.length).toBeLessThanOrEqual(maxCharacters);
      expect(prompt).toContain("# Variables\n(text) p\n```\nvalue\n```");
      expect(prompt).toContain("# Feedback\nFeedback.");
    }
    expect(refused).toBeGreaterThan(40);
    expect(refused).toBeLessThan(600);
  });
});

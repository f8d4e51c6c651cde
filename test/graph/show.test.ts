import { bundle, chain, node, parameter, t, trace } from "tracegrad";
import * as operators from "tracegrad/operators";
import { describe, expect, it } from "vitest";

const { add, concat, cond, eq } = operators;

describe("show", () => {
  it("writes a line a node: inputs, parameters, calls with their values", () => {
    const price = parameter(3, { name: "price" });
    const fixed = parameter(0.1, { name: "rate", trainable: false });
    const graph = trace(() => {
      const sum = add(price, node(1, { name: "tax" }));
      return cond(eq(sum, 4), t`${sum} at ${fixed}`, "no");
    });
    expect(graph.show()).toMatchInlineSnapshot(`
      "price = 3 // parameter
      tax = 1 // input
      add = add(x=price, y=tax) // 4
      y = 4 // input
      eq = eq(x=add, y=y) // true
      rate = 0.1 // fixed parameter
      text = text(part_0=add, part_1=rate) // "4 at 0.1"
      y_1 = "no" // input
      cond = cond(condition=eq, x=text, y=y_1) // "4 at 0.1""
    `);
  });

  it("names the code that ran, and what was thrown", () => {
    const parse = bundle(
      function parse(text: string) {
        return JSON.parse(text) as number;
      },
      { trainable: true },
    );
    const graph = trace(() => add(parse("1"), parse("{")));
    expect(graph.show().replace(/threw .*/, "threw …")).toMatchInlineSnapshot(`
      "text = "{" // input
      parse = parse(text: string) // code parameter
      parse_error = parse(text=text) // threw …"
    `);
  });

  it("gives the same text for the same program", () => {
    const program = () => {
      const p = parameter({ a: [1, "two"] }, { name: "p" });
      return chain([1, 2, 3].map((x) => trace(() => add(p.at("a").at(0 as never) as never, x))));
    };
    expect(program().show()).toBe(program().show());
  });

  it("takes the default for an option that is undefined", () => {
    const graph = trace(() => {
      let text = concat(node("x".repeat(500)), "y");
      for (let step = 0; step < 40; step++) text = concat(`${step * step}`, text);
      return text;
    });
    const none = { valueLimit: undefined, maxNodes: undefined, fold: undefined, maxRows: undefined };
    expect(graph.show(none as object)).toBe(graph.show());
  });

  it("shows the end of a large graph, and values cut short", () => {
    let last = node("x".repeat(500), { name: "long" });
    for (let step = 0; step < 20; step++) last = last.map((value) => value, "same");
    const graph = trace(() => last);
    expect(graph.show({ valueLimit: 5 })).toContain("…");
    const run = trace(() => {
      let at = add(1, 2);
      for (let step = 0; step < 20; step++) at = add(at, step);
      return at;
    });
    const lines = run.show({ maxNodes: 2, fold: false }).split("\n");
    expect(lines[0]).toBe("// 41 earlier nodes are left out");
    expect(lines).toHaveLength(3);
    expect(run.show({ maxNodes: 0 })).toBe("// 43 earlier nodes are left out");
  });

  it("writes a pattern that repeats once, with the values of its repetitions in a table", () => {
    const step = parameter(2, { name: "step" });
    const graph = trace(() => {
      let at = node(1, { name: "start" });
      for (let index = 0; index < 5; index++) at = add(at, operators.multiply(step, index));
      return operators.neg(at);
    });
    expect(graph.show()).toMatchInlineSnapshot(`
      "step = 2 // parameter
      start = 1 // input
      for k = 1 to 5, with add[0] = start:
        y[k] // input
        multiply[k] = multiply(x=step, y=y[k])
        add[k] = add(x=add[k-1], y=multiply[k])
        k|y|multiply|add
        1|0|0|1
        2|1|2|3
        3|2|4|7
        4|3|6|13
        5|4|8|21
      neg = neg(x=add[5]) // -21"
    `);
    expect(graph.show({ fold: false }).split("\n")).toHaveLength(graph.nodes.length);
    expect(graph.show({ maxRows: 2 })).toContain("\n  1|0|0|1\n  … (2 to 4 left out)\n  5|4|8|21\n  Over all rows:");
    // Of a pattern that is longer than the limit there is the end.
    expect(graph.show({ maxNodes: 2 })).toBe(
      "// 16 earlier nodes are left out\nadd[5] = add(x=add[4], y=multiply[5]) // 21\nneg = neg(x=add[5]) // -21",
    );
  });

  it("writes what a history adds at each turn", () => {
    const ask = bundle((messages: readonly string[]) => `answer ${messages.length}`, { name: "ask" });
    const graph = trace(() => {
      const messages: unknown[] = [node("question", { name: "question" }), "?"];
      let answer = ask([...messages] as never);
      for (let turn = 0; turn < 5; turn++) {
        messages.push(answer, "more");
        answer = ask([...messages] as never);
      }
      return answer;
    });
    expect(graph.show()).toMatchInlineSnapshot(`
      "question = "question" // input
      messages = list(item_0=question) // ["question", "?"]
      ask = ask(messages=messages) // "answer 2"
      messages_1 = list(item_0=question, item_2=ask) // ["question", "?", "answer 2", "more"]
      for k = 1 to 4, with messages_2[0] = messages_1:
        ask_1[k] = ask(messages=messages_2[k-1])
        messages_2[k] = list(...=messages_2[k-1], item=ask_1[k])
        k|ask_1
        1|"answer 4"
        2|"answer 6"
        3|"answer 8"
        4|"answer 10"
      ask_5 = ask(messages=messages_2[4]) // "answer 12""
    `);
  });

  it("takes a function of the user's named `list` for no history", () => {
    const list = bundle((x: string, y: string) => x + y, { name: "list" });
    const step = bundle((x: string) => `${x}.`, { name: "step" });
    const graph = trace(() => {
      const [p, q] = [step("p"), step("q")];
      let at = list(list(p, q), list(p, q));
      for (let turn = 0; turn < 5; turn++) at = step(at);
      return at;
    });
    expect(graph.show()).toContain("for k = 1 to 5");
    expect(graph.show()).not.toContain("...=");
    expect(graph.show()).toContain("list_1 = list(x=step, y=step_1)");
  });
});

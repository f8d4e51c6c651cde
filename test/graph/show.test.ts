import { bundle, chain, node, parameter, t, trace } from "tracegrad";
import * as operators from "tracegrad/operators";
import { describe, expect, it } from "vitest";

const { add, cond, eq } = operators;

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
    const lines = run.show({ maxNodes: 2 }).split("\n");
    expect(lines[0]).toBe("// 41 earlier nodes are left out");
    expect(lines).toHaveLength(3);
    expect(run.show({ maxNodes: 0 })).toBe("// 43 earlier nodes are left out");
  });
});

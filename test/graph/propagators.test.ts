import { batchify, credit, type Parameter, parameter, trace } from "tracegrad";
import { collectCredits, joinCredits, problemOf } from "tracegrad/extend";
import * as operators from "tracegrad/operators";
import { sum } from "tracegrad/propagators";
import { describe, expect, it } from "vitest";

const { add } = operators;
const image = { mediaType: "image/png", data: "AA==" };

function members() {
  const [p, q] = [parameter(1, { name: "p" }), parameter(2, { name: "q" })] as unknown as [Parameter, Parameter];
  const batch = batchify([
    trace(() => add(p as never, 1)),
    trace(() => add(add(p as never, p as never), q as never)),
    trace(() => add(q as never, 1)),
  ]);
  return { p, q, batch };
}

describe("the propagator sum", () => {
  it("gives each parameter the feedback on the members that depend on it, each once", () => {
    const { p, q, batch } = members();
    const made = credit(
      batch,
      [
        { text: "a", score: 1 },
        { text: "b", score: 2, images: [image] },
        { score: 4, data: 7 },
      ],
      sum,
    );
    expect(made.signals.get(p)?.feedback).toEqual({ text: "a\nb", score: 3, images: [image] });
    expect(made.signals.get(q)?.feedback).toEqual({ text: "b", score: 6, data: [7], images: [image] });
    expect(made.signals.get(q)?.subgraph).toBeUndefined();
  });

  it("carries one feedback as it is, also after the batch was judged by member", () => {
    const { p, q, batch } = members();
    credit(batch, ["a", "b", "c"], sum);
    const made = credit(batch, "whole", sum);
    for (const one of [p, q]) expect(made.signals.get(one)?.feedback).toEqual({ text: "whole" });
  });

  it("reaches the optimizer: each parameter is shown with its own feedback", () => {
    const { p, q, batch } = members();
    batch.backward(["a", "b", "c"], { propagator: sum });
    const behind = joinCredits(collectCredits([p, q]).map((one) => one.credit));
    expect(behind?.feedback.text).toBe("ID [0]: a\nID [1]: b\nID [2]: c");
    const both = problemOf(behind as never, [p, q]);
    expect(both.variables.map((variable) => variable.name)).toEqual(["p", "q"]);
    expect(both.feedback).toEqual({ text: "p: a\nb\nq: b\nc" });
    expect(problemOf(behind as never, [q]).feedback).toEqual({ text: "b\nc" });
  });

  it("adds up over several backwards, parameter by parameter", () => {
    const { p, q, batch } = members();
    batch.backward(["a", "b", "c"], { propagator: sum });
    trace(() => add(p as never, 9)).backward("d", { propagator: sum });
    const behind = joinCredits(collectCredits([p, q]).map((one) => one.credit));
    expect(behind?.signals.get(p)?.feedback.text).toBe("ID [0]: a\nb\nID [1]: d");
    expect(behind?.signals.get(q)?.feedback.text).toBe("b\nc");
  });
});

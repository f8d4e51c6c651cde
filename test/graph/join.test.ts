import { type Graph, type Parameter, parameter, trace } from "tracegrad";
import { joinCredits, joinGraphs, minimalSubgraphOf } from "tracegrad/extend";
import * as operators from "tracegrad/operators";
import { describe, expect, it } from "vitest";

describe("join", () => {
  it("shares the nodes of its members and reads parameters as the newest of them did", () => {
    const p = parameter(1, { name: "p" });
    const members = [trace(() => operators.add(p, 1)), trace(() => operators.add(p, 2))] as Graph[];
    const joined = joinGraphs(members);
    expect(joined.output.parents).toEqual(members.map((member) => member.output));
    expect(joined.batched).toBe(true);
    expect(joined.valueOf(p as never)).toBe(1);
  });

  it("joins 100 graphs of 100 nodes quickly: nothing is copied", () => {
    const p = parameter(1, { name: "p" });
    const members = Array.from({ length: 100 }, () =>
      trace(() => {
        let at = operators.add(p, 1);
        for (let step = 0; step < 48; step++) at = operators.add(at, 1);
        return at;
      }),
    ) as Graph[];
    const joined = joinGraphs(members);
    expect(joined.nodes).toHaveLength(100 * 98 + 2);
    expect(minimalSubgraphOf(joined).parameters).toEqual([p]);
  });

  it("of credits without graphs keeps to each parameter its own feedback", () => {
    const [p, q] = [parameter(1, { name: "p" }), parameter(2, { name: "q" })] as unknown as [Parameter, Parameter];
    const creditOf = (feedback: object, ...parameters: Parameter[]) => ({
      feedback,
      signals: new Map(
        parameters.map((one) => [one, { parameter: one, version: 0, value: 1, feedback, subgraph: undefined }]),
      ),
    });
    const [a, b] = [creditOf({ text: "a" }, p, q), creditOf({ text: "b" }, p)];
    expect(joinCredits([])).toBeUndefined();
    expect(joinCredits([a])).toBe(a);
    const both = joinCredits([a, b]);
    expect(both?.feedback.text).toBe("ID [0]: a\nID [1]: b");
    expect([p, q].map((one) => both?.signals.get(one)?.feedback.text)).toEqual(["ID [0]: a\nID [1]: b", "a"]);
  });
});

import { type Graph, type Parameter, parameter, trace } from "tracegrad";
import { creditBehind, joinGraphs, minimalSubgraphOf } from "tracegrad/extend";
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

  it("of signals that were made by hand groups those with one feedback", () => {
    const [p, q] = [parameter(1, { name: "p" }), parameter(2, { name: "q" })] as unknown as [Parameter, Parameter];
    const signal = (one: Parameter, feedback: object) => ({
      parameter: one,
      version: 0,
      value: 1,
      feedback,
      subgraph: undefined,
    });
    const [a, b] = [{ text: "a" }, { text: "b" }];
    expect(
      creditBehind(
        new Map([
          [p, [signal(p, a)]],
          [q, [signal(q, a)]],
        ]),
      )?.feedback,
    ).toBe(a);
    expect(creditBehind(new Map([[p, [signal(p, a), signal(p, b)]]]))?.feedback.text).toBe("ID [0]: a\nID [1]: b");
  });
});

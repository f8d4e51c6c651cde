import fc from "fast-check";
import { parameter } from "tracegrad";
import { describe, expect, it } from "vitest";
import { editDistance, majorityOf } from "../../../src/optimizers/optoprime-multi/majority.ts";

describe("the majority", () => {
  const of = (values: readonly (string | number)[]) => {
    const p = parameter<unknown>(values[0] ?? "");
    const problem = {
      variables: [{ name: "p", parameter: p as never, value: "", version: 0 }],
      context: [],
      shared: [],
      runs: [],
      docs: [],
      feedback: {},
    };
    const candidates = values.map((value, index) => ({
      number: index + 1,
      origin: "",
      proposal: { updates: [{ parameter: p as never, value }], reasoning: "", refused: [], exchanges: [] },
    }));
    return majorityOf(candidates, problem)?.proposal.updates[0]?.value;
  };

  it("is a value that more than half agree on, whatever the others and the order", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string(), { maxLength: 4 }), fc.nat(), (value, others, at) => {
        const far = others.filter((other) => editDistance(other, value) > 0.2);
        const values = [...Array.from({ length: far.length + 1 }, () => value), ...far];
        const turn = at % values.length;
        expect(of([...values.slice(turn), ...values.slice(0, turn)])).toBe(value);
      }),
    );
  });

  it("takes values of which no two are alike by their order", () => {
    expect(of(["aaaa", "bbbb", "cccc"])).toBe("aaaa");
    expect(of([])).toBeUndefined();
  });

  it("measures edits as a share: a metric between 0 and 1, which is bounded in time", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const distance = editDistance(one, other);
        expect(distance).toBe(editDistance(other, one));
        expect(distance).toBeLessThanOrEqual(1);
        expect(distance === 0).toBe(one === other);
        expect(editDistance(one, `${one}x`)).toBeCloseTo(1 / ([...one].length + 1));
      }),
    );
    expect(editDistance("kitten", "sitting")).toBeCloseTo(3 / 7);
    const lines = (salt: string) =>
      Array.from({ length: 1_000 }, (_, index) => `line ${index % 10 === 0 ? salt : ""} ${index}`).join("\n");
    expect(editDistance(lines("a"), lines("b"))).toBeCloseTo(0.1);
    expect(editDistance("a".repeat(200_000), "b".repeat(199_999))).toBe(1);
  });
});

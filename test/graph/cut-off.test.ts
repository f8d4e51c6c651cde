import { add, credit, graphOf, NoParameterError, parameter, t, trace } from "tracegrad";
import { describe, expect, test } from "vitest";

describe("a node that was made before the trace", () => {
  test("is named when it cuts off all credit, with what to do instead", () => {
    const prompt = parameter("P", { name: "prompt" });
    const early = t`${t`${prompt}!`} and more`;
    const graph = trace(() => t`${early}?`);
    expect(() => graph.backward("wrong")).toThrow(NoParameterError);
    expect(() => graph.backward("wrong")).toThrow(
      /"text" depends on the parameter "prompt", but was made before the trace, which takes it for an input\. Make it inside/,
    );
    expect([...credit(graphOf(graph.output), "wrong").signals.keys()]).toEqual([prompt]);
    expect([
      ...credit(
        trace(() => t`${t`${prompt}!`}?`),
        "wrong",
      ).signals.keys(),
    ]).toEqual([prompt]);
  });

  test("is not blamed when no trainable parameter stands behind it", () => {
    const fixed = parameter(1, { name: "fixed", trainable: false });
    const early = add(fixed, 1);
    expect(() => trace(() => add(early, 1)).backward("wrong")).toThrow(
      /no trainable parameter\. Make one with parameter/,
    );
  });
});

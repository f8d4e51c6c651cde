import { node, parameter, t } from "tracegrad";
import { describe, expect, test } from "vitest";

describe("the t tag", () => {
  test("fills nodes and plain values in, and comes from all of them", () => {
    const instruction = parameter("Be brief.", { name: "instruction" });
    const text = t`${instruction}\n\nQ: ${"why"} (${3})`;
    expect(text.data).toBe("Be brief.\n\nQ: why (3)");
    expect(Object.entries(text.inputs).map(([name, parent]) => [name, parent.data])).toEqual([
      ["part_0", "Be brief."],
      ["part_1", "why"],
      ["part_2", 3],
    ]);
    expect(text.parents[0]).toBe(instruction);
  });

  test("without anything to fill in is a constant text", () => {
    const text = t`just text`;
    expect([text.data, text.parents]).toEqual(["just text", []]);
  });

  test("tells the optimizer what it does", () => {
    expect(t`Solve: ${1}`.doc).toContain('"Solve: {part_0}"');
  });

  test("writes objects as JSON, with the nodes inside as their values", () => {
    const text = t`${{ q: node("why"), n: [1, node(2)] }}`;
    expect(text.data).toBe('{"q":"why","n":[1,2]}');
    expect(text.parents[0]?.parents).toHaveLength(2);
  });

  test("writes what JSON cannot hold in a readable way, and never fails on it", () => {
    const circular: Record<string, unknown> = { a: 1 };
    circular["self"] = circular;
    expect(t`${new Date(0)}`.data).toBe("1970-01-01T00:00:00.000Z");
    expect(t`${new Error("no")}`.data).toBe("Error: no");
    expect(t`${10n} ${{ big: 10n }}`.data).toBe("10 { big: 10n }");
    expect(t`${new Map([["a", 1]])}`.data).toBe("Map(1) { a => 1 }");
    expect(t`${circular}`.data).toContain("circular");
    expect(t`${undefined} ${null} ${Symbol("s")}`.data).toBe("undefined null Symbol(s)");
  });

  test("keeps backslashes and dollars as they are written", () => {
    expect(t`\n$${"x"}`.data).toBe("\n$x");
  });

  test("shows data that throw when they are read", () => {
    const bad = {
      name: "bad",
      toJSON: () => {
        throw new Error("no");
      },
    };
    expect(t`${bad}`.data).toContain('name: "bad"');
  });
});

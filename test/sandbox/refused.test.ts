import { describe, expect, test } from "vitest";
import { checkSource } from "../../src/sandbox/check.ts";
import { SourceError } from "../../src/util/errors.ts";
import { specOf, thrownBy } from "./programs.ts";

const F = specOf("f", ["x"]);

describe("what engines do not agree on", () => {
  test.each([
    ["x.toLocaleString('en-US')", /`toLocaleString` is not allowed: .* `toFixed`/, 24],
    ["x?.localeCompare(x)", /`localeCompare` is not allowed: .* compare with `<` and `>`/, 24],
    ['x["toLocaleUpperCase"]()', /use `toUpperCase` instead/, 24],
    ["x[`toLocaleDateString`]()", /use `toISOString\(\)/, 24],
    ["x[('localeCompare')](x)", /`localeCompare` is not allowed/, 24],
    ["(({ localeCompare }) => localeCompare)(x)", /`localeCompare` is not allowed/, 26],
    ["((a, { 'toLocaleString': b }) => b)(x, x)", /`toLocaleString` is not allowed/, 29],
    ["Object.groupBy(x, (y) => y)", /`Object.groupBy` is not allowed: .* group with a loop/, 24],
    ["globalThis.Intl", /`Intl` is not allowed: it depends on the locale data/, 24],
    ["new Intl.NumberFormat('en').format(x)", /`Intl` is not allowed/, 28],
    ["Iterator.from(x)", /`Iterator` is not allowed: .* use generators/, 24],
    ["RegExp.$1", /`RegExp.\$1` is not allowed: .* what `exec` or `match` returns/, 24],
    ["Error.captureStackTrace(x)", /only V8 has it/, 24],
    ["new Set(x).isSubsetOf(x)", /`isSubsetOf` is not allowed/, 24],
  ])("is refused: %s", (expression, message, column) => {
    const error = thrownBy(() => checkSource(`function f(x) { return ${expression} }`, F));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.message).toMatch(message);
    expect([error.line, error.column]).toEqual([1, column]);
  });

  test.each([
    "_.groupBy(x)",
    "({ toLocaleString() { return '' }, localeCompare: 1 })",
    "x[localeCompare]",
    "'localeCompare'",
    "x.input + x.lastMatch",
    "x.union(x)",
    "[1].map((y) => y)",
  ])("is not taken for what it is not: %s", (expression) => {
    const spec = specOf("f", ["x"], { scope: ["_", "localeCompare"] });
    expect(() => checkSource(`function f(x) { return ${expression} }`, spec)).not.toThrow();
  });
});

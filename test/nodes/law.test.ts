import { node } from "tracegrad";
import { add, divide } from "tracegrad/operators";
import { type AnyOperator, checkOperator } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { derive } from "../../src/nodes/node.ts";
import { operator } from "../../src/nodes/operation.ts";

const operation = operator("sum", ["x", "y"], "The sum.");
const plus = (x: number, y: number) => x + y;

describe("the law of operators", () => {
  test("holds for an operator that is right", () => {
    expect(() => checkOperator(add, plus, 1, 2)).not.toThrow();
  });

  const wrong: Record<string, [AnyOperator, RegExp]> = {
    "gives another value": [divide, /gives what the plain function gives/],
    "gives no node": [(() => 3) as never, /gave no node/],
    "forgets a parent": [
      (x: { data: number }) => derive(operation, plus, [x, 2]) as never,
      /Parent 1 is not the node that was passed/,
    ],
    "has too few parents": [(() => derive(operation, () => 3, [])) as never, /it has a parent for each argument/],
    "swaps its parents": [
      (x: unknown, y: unknown) => derive(operation, plus, [y, x]) as never,
      /Parent 0 is not the node/,
    ],
    "treats plain arguments otherwise": [
      (x: unknown, y: unknown) => (typeof x === "number" ? node(0) : (derive(operation, plus, [x, y]) as never)),
      /plain arguments give an equal value/,
    ],
  };
  for (const [fault, [broken, message]] of Object.entries(wrong)) {
    test(`fails for one that ${fault}`, () => {
      expect(() => checkOperator(broken, plus, 1, 2)).toThrow(message);
    });
  }

  test("fails for one that changes its argument", () => {
    const push = (list: unknown, item: unknown) =>
      derive(operation, (items: number[], value: number) => (items.push(value), [...items]), [list, item]) as never;
    const right = (items: number[], value: number) => [...items, value];
    expect(() => checkOperator(push, right, [1], 2)).toThrow(/changes no argument/);
  });
});

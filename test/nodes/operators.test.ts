import { ExecutionError, isNode, type Node, node, trace } from "tracegrad";
import * as op from "tracegrad/operators";
import { type AnyOperator, checkOperator } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { type Answer, answering } from "./answering.ts";

type Case = readonly [operator: AnyOperator, plain: (...args: never[]) => unknown, ...args: unknown[]];

const frozen = Object.freeze([3, 1, 2]);
const fields = Object.freeze({ a: 1, b: 2 });
const set = (...items: unknown[]) => new Set(items);

const cases: Record<string, Case[]> = {
  pos: [[op.pos, (x: number) => +x, -3]],
  neg: [[op.neg, (x: number) => -x, 3]],
  abs: [[op.abs, (x: number) => Math.abs(x), -3]],
  invert: [[op.invert, (x: number) => ~x, 5]],
  round: [[op.round, (x: number) => Math.round(x), 2.5]],
  floor: [[op.floor, (x: number) => Math.floor(x), -2.5]],
  ceil: [[op.ceil, (x: number) => Math.ceil(x), 2.1]],
  trunc: [[op.trunc, (x: number) => Math.trunc(x), -2.9]],
  add: [[op.add, (x: number, y: number) => x + y, 1, 2]],
  subtract: [[op.subtract, (x: number, y: number) => x - y, 1, 2]],
  multiply: [[op.multiply, (x: number, y: number) => x * y, 3, 4]],
  divide: [
    [op.divide, (x: number, y: number) => x / y, 1, 4],
    [op.divide, () => Number.POSITIVE_INFINITY, 1, 0],
  ],
  floorDivide: [[op.floorDivide, () => -2, -3, 2]],
  mod: [
    [op.mod, () => 1, -5, 3],
    [op.mod, () => -1, 5, -3],
  ],
  divmod: [[op.divmod, () => [-2, 1], -5, 3]],
  power: [[op.power, (x: number, y: number) => x ** y, 2, 10]],
  shiftLeft: [[op.shiftLeft, () => 12, 3, 2]],
  shiftRight: [[op.shiftRight, () => -2, -8, 2]],
  bitAnd: [[op.bitAnd, () => 2, 6, 3]],
  bitOr: [[op.bitOr, () => 7, 6, 3]],
  bitXor: [[op.bitXor, () => 5, 6, 3]],
  lt: [
    [op.lt, () => true, 1, 2],
    [op.lt, () => false, "b", "a"],
    [op.lt, () => true, new Date(0), new Date(1)],
  ],
  le: [[op.le, () => true, 2, 2]],
  gt: [[op.gt, () => false, 2n, 3n]],
  ge: [[op.ge, () => false, 1, 2]],
  eq: [
    [op.eq, () => true, { a: [1, Number.NaN] }, { a: [1, Number.NaN] }],
    [op.eq, () => false, 1, "1"],
    [op.eq, () => true, new Map([["a", 1]]), new Map([["a", 1]])],
  ],
  neq: [[op.neq, () => true, [1], [2]]],
  is: [[op.is, () => true, 1, 1]],
  isNot: [[op.isNot, () => true, 0, -0]],
  not: [[op.not, () => true, ""]],
  isIn: [
    [op.isIn, () => true, "ell", "hello"],
    [op.isIn, () => true, { a: 1 }, [{ a: 1 }]],
    [op.isIn, () => true, "a", fields],
    [op.isIn, () => false, "toString", fields],
    [op.isIn, () => true, 1, set(1)],
    [op.isIn, () => true, "k", new Map([["k", 0]])],
  ],
  notIn: [[op.notIn, () => true, "x", "hello"]],
  and: [
    [op.and, () => 0, 0, 2],
    [op.and, () => 2, 1, 2],
  ],
  or: [
    [op.or, () => 2, 0, 2],
    [op.or, () => 1, 1, 2],
  ],
  xor: [[op.xor, () => true, 1, ""]],
  cond: [
    [op.cond, () => "yes", true, "yes", "no"],
    [op.cond, () => "no", "", "yes", "no"],
  ],
  ord: [[op.ord, () => 128_522, "😊!"]],
  chr: [[op.chr, () => "😊", 128_522]],
  concat: [[op.concat, (x: string, y: string) => x + y, "a", "b"]],
  lower: [[op.lower, () => "ab", "AB"]],
  upper: [[op.upper, () => "AB", "ab"]],
  title: [[op.title, () => "The Lords Éclair", "the LORDS éclair"]],
  swapcase: [[op.swapcase, () => "aB1", "Ab1"]],
  capitalize: [[op.capitalize, () => "Hello there", "hELLO THERE"]],
  strip: [[op.strip, () => "a b", "\n a b\t"]],
  splitText: [
    [op.splitText, () => ["a", "b", "c"], "a,b,c", ","],
    [op.splitText, () => ["a", "b"], "a,b,c", ",", 2],
  ],
  replace: [[op.replace, () => "$&-$&", "a-a", "a", "$&"]],
  joinText: [
    [op.joinText, () => "a, b", ", ", "a", "b"],
    [op.joinText, () => "", ", "],
  ],
  format: [
    [op.format, () => "a=1 {b} {}", "a={a} {{b}} {c}", { a: 1, c: {} }],
    [op.format, () => "$& $1", "{x} {y}", { x: "$&", y: "$1" }],
  ],
  makeList: [
    [op.makeList, (...items: unknown[]) => items, 1, "b", null],
    [op.makeList, () => []],
  ],
  toList: [
    [op.toList, () => ["a", "😊"], "a😊"],
    [op.toList, () => ["a", "b"], fields],
    [op.toList, () => [1, 2], set(1, 2)],
    [op.toList, () => ["k"], new Map([["k", 1]])],
  ],
  append: [[op.append, () => [3, 1, 2, 4], frozen, 4]],
  extend: [[op.extend, () => [3, 1, 2, 3, 1, 2], frozen, frozen]],
  insert: [
    [op.insert, () => [3, 9, 1, 2], frozen, 1, 9],
    [op.insert, () => [3, 1, 9, 2], frozen, -1, 9],
  ],
  removeAt: [
    [op.removeAt, () => [1, 2], frozen, 0],
    [op.removeAt, () => [3, 1], frozen, -1],
  ],
  remove: [[op.remove, () => [{ a: 1 }], [{ a: 2 }, { a: 1 }], { a: 2 }]],
  clear: [[op.clear, () => [], frozen]],
  reverse: [[op.reverse, () => [2, 1, 3], frozen]],
  sort: [
    [op.sort, () => [1, 2, 3], frozen],
    [op.sort, () => [2, 9, 10], [10, 9, 2]],
    [op.sort, () => ["B", "a"], ["a", "B"]],
  ],
  slice: [
    [op.slice, () => [1, 2], frozen, 1],
    [op.slice, () => "el", "hello", 1, 3],
    [op.slice, () => [1], frozen, -2, -1],
  ],
  get: [
    [op.get, () => 1, fields, "a"],
    [op.get, () => 2, frozen, 2],
    [op.get, () => 7, new Map([["k", 7]]), "k"],
    [op.get, () => "none", fields, "z", "none"],
    [op.get, () => undefined, fields, "z"],
  ],
  size: [
    [op.size, () => 5, "hello"],
    [op.size, () => 3, frozen],
    [op.size, () => 2, fields],
    [op.size, () => 1, set(1)],
    [op.size, () => 0, new Map()],
  ],
  keys: [
    [op.keys, () => ["a", "b"], fields],
    [op.keys, () => ["k"], new Map([["k", 7]])],
  ],
  values: [
    [op.values, () => [1, 2], fields],
    [op.values, () => [7], new Map([["k", 7]])],
  ],
  entries: [
    [
      op.entries,
      () => [
        ["a", 1],
        ["b", 2],
      ],
      fields,
    ],
    [op.entries, () => [["k", 7]], new Map([["k", 7]])],
  ],
  toRecord: [[op.toRecord, () => ({ a: 1 }), [["a", 1]]]],
  merge: [[op.merge, () => ({ a: 1, b: 3, c: 4 }), fields, { b: 3, c: 4 }]],
  omit: [[op.omit, () => ({ b: 2 }), fields, "a"]],
  popEntry: [[op.popEntry, () => ({ entry: ["b", 2], rest: { a: 1 } }), fields]],
  clone: [[op.clone, () => ({ a: [1] }), { a: [1] }]],
  identity: [[op.identity, () => 7, 7]],
  toSet: [[op.toSet, () => set(3, 1, 2), frozen]],
  setAdd: [[op.setAdd, () => set(1, 2), set(1), 2]],
  setRemove: [[op.setRemove, () => set(2), set(1, 2), 1]],
  setDiscard: [[op.setDiscard, () => set(1, 2), set(1, 2), 3]],
  setClear: [[op.setClear, () => set(), set(1)]],
  union: [[op.union, () => set(1, 2, 3), set(1, 2), set(2, 3)]],
  intersection: [[op.intersection, () => set(2), set(1, 2), set(2, 3)]],
  symmetricDifference: [[op.symmetricDifference, () => set(1, 3), set(1, 2), set(2, 3)]],
};

describe("by the law of operators", () => {
  for (const [name, rows] of Object.entries(cases)) {
    test(`${name} gives what the plain function gives, and comes from its arguments`, () => {
      for (const row of rows) checkOperator(...row);
    });
  }

  test("every operator is in this table, or has a test of its own below", () => {
    const others = ["makeRecord", "call", "callLlm"];
    expect([...Object.keys(cases), ...others].sort()).toEqual(Object.keys(op).sort());
  });
});

describe("operators that are no table rows", () => {
  test("makeRecord puts named nodes together", () => {
    const name = node("Ada");
    const made = op.makeRecord({ name, age: 36 });
    expect(made.data).toEqual({ name: "Ada", age: 36 });
    expect(Object.entries(made.inputs).map(([key, parent]) => [key, parent.data])).toEqual([
      ["name", "Ada"],
      ["age", 36],
    ]);
    expect(made.inputs["name"]).toBe(name);
  });

  test("record keeps a field that is called __proto__", () => {
    const made = op.makeRecord(JSON.parse('{"__proto__": 1, "a": 2}') as Record<string, number>);
    expect(Object.entries(made.data)).toEqual([
      ["__proto__", 1],
      ["a", 2],
    ]);
  });

  test("call calls the function in a node", () => {
    const fn = node((x: number, y: number) => x - y);
    const result = op.call(fn, node(5), 3);
    expect([result.data, Object.keys(result.inputs)]).toEqual([2, ["fn", "args_0", "args_1"]]);
  });

  test("callLlm comes from the system prompt and the user prompts", async () => {
    const asked: unknown[] = [];
    const model: Answer = answering((request) => (asked.push(request), "42"));
    const question = node("6 * 7?");
    const answer = await op.callLlm(model, "Be brief.", "Please:", question);
    expect([answer.data, Object.keys(answer.inputs)]).toEqual(["42", ["system", "prompt_0", "prompt_1"]]);
    expect(answer.parents[2]).toBe(question);
    const alone = await op.callLlm(model, undefined, question);
    expect(Object.keys(alone.inputs)).toEqual(["prompt_0"]);
    expect(asked).toEqual([
      { system: "Be brief.", messages: [{ role: "user", content: "Please:\n\n6 * 7?" }] },
      { messages: [{ role: "user", content: "6 * 7?" }] },
    ]);
  });

  test("callLlm rejects with the model's own error, so that a lost connection is no feedback on a prompt", async () => {
    const lost = new Error("connection lost");
    const model = answering(() => {
      throw lost;
    });
    await expect(op.callLlm(model, undefined, "hm")).rejects.toBe(lost);
  });
});

describe("an operator that fails", () => {
  const failing: Record<string, () => Node> = {
    "remove of what is not in the list": () => op.remove([1], 2),
    "setRemove of what is not in the set": () => op.setRemove(new Set([1]), 2),
    "popEntry of an empty record": () => op.popEntry({}),
    "chr of no code point": () => op.chr(-1),
    "format without the value": () => op.format("{name}", {}),
    "call of what is no function": () => op.call(node(1) as never),
    "clone of a function": () => op.clone(() => 1),
    "get of null": () => op.get(null as never, "a" as never),
  };
  for (const [what, run] of Object.entries(failing)) {
    test(`leaves an exception node: ${what}`, () => {
      expect(run).toThrow(ExecutionError);
      const graph = trace(run);
      expect(graph.error?.node.parents.every(isNode)).toBe(true);
      expect(graph.value).toBeUndefined();
    });
  }
});

test("operators that change a list, a record or a set give a new one, and leave the node that they came from", () => {
  const items = node([2, 1]);
  const record = node({ a: 1 });
  const colours = node(new Set(["red"]));
  op.sort(items);
  op.append(items, 3);
  op.removeAt(items);
  op.reverse(items);
  op.insert(items, 0, 9);
  op.merge(record, { a: 2 });
  op.omit(record, "a");
  op.setAdd(colours, "blue");
  op.setRemove(colours, "red");
  op.setClear(colours);
  expect([items.data, record.data, colours.data]).toEqual([[2, 1], { a: 1 }, new Set(["red"])]);
});

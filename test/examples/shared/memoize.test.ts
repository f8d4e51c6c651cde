import fc from "fast-check";
import { bundle, evaluate, ParameterState, parametersOf, withParameters } from "tracegrad";
import { quickjs, type Sandbox, type SandboxProgram, type SandboxSession } from "tracegrad/extend";
import { exactMatch } from "tracegrad/guides";
import { beforeAll, expect, test } from "vitest";
import { memoize } from "../../../examples/shared/memoize.ts";
import { program, thrownBy } from "../../sandbox/programs.ts";

const engine = quickjs();
beforeAll(() => engine.load());

/** A host function that its program tells of each call. A call that is not made is not told of. */
function counter() {
  const calls: unknown[] = [];
  return { calls, note: (value: unknown) => void calls.push(value) };
}

const double = "function double(n) { note(n); return { n: 2 * n }; }";

/** What a session of its own gives. */
function callOnce(sandbox: Sandbox, called: SandboxProgram, args: readonly unknown[], seed?: string): unknown {
  const session = sandbox.open(seed);
  try {
    return session.call(called, args);
  } finally {
    session.close();
  }
}

test("the same call is made once, whatever the session", () => {
  const { calls, note } = counter();
  const sandbox = memoize(engine, 10_000);
  const doubled = program(double, { scope: { note } });
  const results = [1, 2, 1, 1, 2].map((n, at) => callOnce(sandbox, doubled, [n], `seed ${at}`));
  expect(results).toEqual([2, 4, 2, 2, 4].map((n) => ({ n })));
  expect(calls).toEqual([1, 2]);
});

test("each result is a copy", () => {
  const sandbox = memoize(engine, 10_000);
  const bytes = program("function bytes() { return new Uint8Array([1, 2]); }");
  for (let round = 0; round < 3; round++) {
    const result = callOnce(sandbox, bytes, []) as Uint8Array;
    expect(result).toEqual(new Uint8Array([1, 2]));
    result[0] = 7;
  }
  for (let round = 0; round < 3; round++) {
    const result = callOnce(sandbox, program("function list() { return [1, [2]]; }"), []) as [number, number[]];
    expect(result).toEqual([1, [2]]);
    result[1].push(3);
  }
});

test("another text, function or scope makes calls of its own", () => {
  const [one, two] = [counter(), counter()];
  const sandbox = memoize(engine, 10_000);
  const inScope = ({ note }: typeof one, text = double) => program(text, { scope: { note } });
  for (const called of [inScope(one), inScope(one), inScope(two), inScope(one, `${double} `)]) {
    callOnce(sandbox, called, [1]);
  }
  callOnce(memoize(engine, 10_000), inScope(one), [1]);
  expect([one.calls, two.calls]).toEqual([[1, 1, 1], [1]]);

  const both = "function f() { return 'f'; } function g() { return 'g'; }";
  const [f, g] = ["f", "g"].map((entry) => {
    const found = program(both);
    return { ...found, spec: { ...found.spec, entry } };
  });
  expect([f, g].map((called) => callOnce(sandbox, called as SandboxProgram, []))).toEqual(["f", "g"]);

  const order = "function order() { return [a, b]; }";
  const scopes = [
    { a: 1, b: 2 },
    { b: 1, a: 2 },
  ];
  expect(scopes.map((scope) => callOnce(sandbox, program(order, { scope }), []))).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test("constants of a scope are told apart by their value and type", () => {
  const sandbox = memoize(engine, 10_000);
  const source = "function scaled() { return typeof factor + (Object.is(factor, -0) ? '-0' : factor); }";
  const factors = [1, "1", null, "null", 0, -0, 1n];
  const results = factors.map((factor) => callOnce(sandbox, program(source, { scope: { factor } }), []));
  expect(results).toEqual(["number1", "string1", "objectnull", "stringnull", "number0", "number-0", "bigint1"]);
});

test("a call that fails is made again, and arguments that cannot pass are refused as without memory", () => {
  const { calls, note } = counter();
  const sandbox = memoize(engine, 10_000);
  const failing = program("function fail(n) { note(n); throw new Error('no'); }", { scope: { note } });
  for (let round = 0; round < 2; round++) expect(() => callOnce(sandbox, failing, [1])).toThrow("no");
  expect(calls).toEqual([1, 1]);
  expect(thrownBy(() => callOnce(sandbox, failing, [() => 0])).code).toBe("not-transferable");
});

test.each([
  "function draw() { note(); return Math.random(); }",
  "function draw() { note(); return Math['random'](); }",
  "function draw() { note(); const M = Math; return M.random(); }",
  "function draw() { note(); const { random } = Math; return random(); }",
  "function draw() { note(); return (Math as any).random(); }",
  "function draw() { note(); return globalThis['Ma' + 'th'].random(); }",
])("a text that may draw is run again: %s", (source) => {
  const { calls, note } = counter();
  const sandbox = memoize(engine, 10_000);
  for (let round = 0; round < 2; round++) callOnce(sandbox, program(source, { scope: { note } }), [], "seed");
  expect(calls.length).toBe(2);
});

test("a text with a generator of its own, which rounds, is run once", () => {
  const { calls, note } = counter();
  const sandbox = memoize(engine, 10_000);
  const source = "function draw() { note(); const random = (s) => (s * 7) % 5; return Math.floor(random(3)); }";
  for (let round = 0; round < 2; round++) callOnce(sandbox, program(source, { scope: { note } }), []);
  expect(calls.length).toBe(1);
});

test("results that were used longest ago make room, and one that is too large is not kept", () => {
  const { calls, note } = counter();
  const sandbox = memoize(engine, 5_000);
  const text = program("function text(n) { note(n); return 'x'.repeat(n); }", { scope: { note } });
  for (const n of [1_000, 2_000, 1_000, 3_000, 1_000, 2_000, 9_000, 9_000]) callOnce(sandbox, text, [n]);
  expect(calls).toEqual([1_000, 2_000, 3_000, 2_000, 9_000, 9_000]);
});

test("all else is passed on", async () => {
  const said: unknown[] = [];
  const session = {
    call: () => "",
    callMany: () => [],
    callAsync: async () => "later",
    close: () => said.push("close"),
  };
  const inner: Sandbox = {
    name: "inner",
    load: async () => void said.push("load"),
    check: (source) => void said.push(source),
    open: (seed) => (said.push(seed), session as SandboxSession),
  };
  const sandbox = memoize(inner, 10_000);
  const called = program("async function later() {}");
  await sandbox.load();
  sandbox.check("text", called.spec);
  const opened = sandbox.open("seed");
  expect(opened.callMany(called, [[]])).toEqual([]);
  expect([await opened.callAsync(called, []), await opened.callAsync(called, [])]).toEqual(["later", "later"]);
  opened.close();
  expect([sandbox.name, said]).toEqual(["inner", ["load", "text", "seed", "close"]]);
});

test("any value comes back as it went in", () => {
  const sandbox = memoize(engine, 2 ** 24);
  const pass = program("function pass(value) { return value; }");
  const value = fc.anything({
    ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withSparseArray: true },
  });
  const attempt = (one: Sandbox, given: unknown) => {
    try {
      return { value: callOnce(one, pass, [given]) };
    } catch (error) {
      return { error: String(error) };
    }
  };
  fc.assert(
    fc.property(value, (given) => {
      const plain = attempt(engine, given);
      expect([attempt(sandbox, given), attempt(sandbox, given)]).toStrictEqual([plain, plain]);
    }),
    { numRuns: 300 },
  );
});

test("what all examples share is computed once for each text of a function", async () => {
  const { calls, note } = counter();
  const table = bundle(
    function table(size: number): number[] {
      note(size);
      return Array.from({ length: size }, (_, at) => at);
    },
    { trainable: true, sandbox: memoize(engine, 10_000), scope: { note } },
  );
  const pick = bundle((values: readonly number[], at: number) => values[at] ?? -1, { name: "pick" });
  const data = [0, 1, 2, 3].map((input) => ({ input, target: input }));
  const agent = (at: number) => pick(table(4), at);
  const score = async () => (await evaluate({ agent, data, guide: exactMatch() })).mean;
  expect([await score(), calls]).toEqual([1, [4]]);
  const state = ParameterState.of(parametersOf(table));
  const other = state.set([[state.parameters[0]!, "function table(size) { note(size); return [0, 1]; }"]]);
  expect([await withParameters(other, score), calls]).toEqual([0.5, [4, 4]]);
});

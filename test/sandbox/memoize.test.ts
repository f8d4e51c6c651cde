import fc from "fast-check";
import { bundle, evaluate, ParameterState, parametersOf, withParameters } from "tracegrad";
import { memoize, quickjs, type Sandbox, type SandboxProgram } from "tracegrad/extend";
import { exactMatch } from "tracegrad/guides";
import { beforeAll, describe, expect, test } from "vitest";
import { program, thrownBy } from "./programs.ts";

const engine = quickjs();
beforeAll(() => engine.load());

/** A function that its program tells of each call, which is not made where a result comes from memory. */
function counter() {
  const calls: unknown[] = [];
  return { calls, note: (value: unknown) => void calls.push(value) };
}

const double = "function double(n) { note(n); return { n: 2 * n }; }";

/** What a session of its own gives. */
function callOnce(sandbox: Sandbox, made: SandboxProgram, args: readonly unknown[], seed?: string): unknown {
  const session = sandbox.open(seed);
  try {
    return session.call(made, args);
  } finally {
    session.close();
  }
}

test("the same call is made once, whatever the session", () => {
  const { calls, note } = counter();
  const sandbox = memoize(engine);
  const made = program(double, { scope: { note } });
  const results = [1, 2, 1, 1, 2].map((n) => callOnce(sandbox, made, [n]));
  expect(results).toEqual([2, 4, 2, 2, 4].map((n) => ({ n })));
  expect(calls).toEqual([1, 2]);
});

test("each result is a copy", () => {
  const sandbox = memoize(engine);
  const made = program("function list() { return [1, [2]]; }");
  for (let round = 0; round < 3; round++) {
    const result = callOnce(sandbox, made, []) as [number, number[]];
    expect(result).toEqual([1, [2]]);
    result[1].push(3);
  }
});

test("another text, another function in scope and another sandbox make calls of their own", () => {
  const [one, two] = [counter(), counter()];
  const sandbox = memoize(engine);
  const inScope = ({ note }: typeof one, text = double) => program(text, { scope: { note } });
  for (const made of [inScope(one), inScope(one), inScope(two), inScope(one, `${double} `)]) {
    callOnce(sandbox, made, [1]);
  }
  callOnce(memoize(engine), inScope(one), [1]);
  expect([one.calls, two.calls]).toEqual([[1, 1, 1], [1]]);
});

test("constants of a scope are told apart by their value and type", () => {
  const sandbox = memoize(engine);
  const source = "function scaled() { return typeof factor + (Object.is(factor, -0) ? '-0' : factor); }";
  const factors = [1, "1", null, "null", 0, -0, 1n];
  const results = factors.map((factor) => callOnce(sandbox, program(source, { scope: { factor } }), []));
  const shown = ["number1", "string1", "objectnull", "stringnull", "number0", "number-0", "bigint1"];
  expect(results).toEqual(shown);
});

test("a call that fails is made again", () => {
  const { calls, note } = counter();
  const sandbox = memoize(engine);
  const made = program("function fail(n) { note(n); throw new Error('no'); }", { scope: { note } });
  for (let round = 0; round < 2; round++) expect(() => callOnce(sandbox, made, [1])).toThrow("no");
  expect(calls).toEqual([1, 1]);
});

test("arguments that cannot pass are refused as without memory", () => {
  const made = program("function pass(value) { return value; }");
  const refused = [engine, memoize(engine)].map((sandbox) =>
    thrownBy(() => callOnce(sandbox, made, [() => undefined])),
  );
  expect(refused[0]?.code).toBe("not-transferable");
  expect(refused[1]?.message).toBe(refused[0]?.message);
});

describe("what is random or of the clock", () => {
  const runsOf = (source: string, seed?: string) => {
    const { calls, note } = counter();
    const sandbox = memoize(engine);
    const made = program(source, { scope: { note } });
    for (let round = 0; round < 2; round++) callOnce(sandbox, made, [], seed);
    return calls.length;
  };

  test.each([
    "function draw() { note(); return Math.random(); }",
    "function draw() { note(); return Math['random'](); }",
    "function draw() { note(); const { random } = Math; return random(); }",
  ])("runs again where it draws: %s", (source) => {
    expect([runsOf(source), runsOf(source, "a")]).toEqual([2, 2]);
  });

  test("runs once where it has a generator of its own", () => {
    expect(runsOf("function draw() { note(); const random = (s) => (s * 7) % 5; return random(3); }")).toBe(1);
  });

  test("runs again where it reads a real clock, and once where it reads that of a seed", () => {
    const source = "function late() { note(); return Date.now(); }";
    expect([runsOf(source), runsOf(source, "a")]).toEqual([2, 1]);
  });
});

test("of many calls only the new ones are made, in their order", () => {
  const { calls, note } = counter();
  const session = memoize(engine).open();
  const made = program("function odd(n) { note(n); if (n % 2 === 0) throw new Error('even'); return n; }", {
    scope: { note },
  });
  session.call(made, [3]);
  const results = session.callMany(made, [[1], [2], [3], [5]]);
  const again = session.callMany(made, [[5], [2], [1]]);
  session.close();
  const valuesOf = (all: typeof results) => all.map((one) => ("value" in one ? one.value : "failed"));
  expect([valuesOf(results), valuesOf(again)]).toEqual([
    [1, "failed", 3, 5],
    [5, "failed", 1],
  ]);
  expect(calls).toEqual([3, 1, 2, 5, 2]);
});

test("asynchronous calls are remembered, and are no synchronous ones", async () => {
  const { calls, note } = counter();
  const session = memoize(engine).open();
  const made = program("async function later(n) { await note(n); return n + 1; }", { scope: { note } });
  expect([await session.callAsync(made, [1]), await session.callAsync(made, [1])]).toEqual([2, 2]);
  expect(calls).toEqual([1]);
  expect(thrownBy(() => session.call(made, [1])).code).toBe("bad-call");
  session.close();
});

test("results that were used longest ago make room, and one that is too large is not kept", () => {
  const { calls, note } = counter();
  const sandbox = memoize(engine, { maxBytes: 10_000 });
  const made = program("function text(n) { note(n); return 'x'.repeat(n); }", { scope: { note } });
  for (const n of [1_000, 2_000, 1_000, 3_000, 1_000, 2_000, 100_000, 100_000]) callOnce(sandbox, made, [n]);
  expect(calls).toEqual([1_000, 2_000, 3_000, 2_000, 100_000, 100_000]);
});

test("a limit that is none is refused", () => {
  for (const maxBytes of [0, -1, 1.5, Number.NaN]) {
    expect(thrownBy(() => memoize(engine, { maxBytes })).code).toBe("bad-option");
  }
});

test("any value comes back as it went in", () => {
  const sandbox = memoize(engine);
  const made = program("function pass(value) { return value; }");
  const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true });
  fc.assert(
    fc.property(value, (given) => {
      const attempt = (one: Sandbox) => {
        try {
          return { value: callOnce(one, made, [given]) };
        } catch (error) {
          return { error: String(error) };
        }
      };
      const plain = attempt(engine);
      expect([attempt(sandbox), attempt(sandbox)]).toEqual([plain, plain]);
    }),
    { numRuns: 200 },
  );
});

test("what all examples share is computed once for each text of a function", async () => {
  const { calls, note } = counter();
  const table = bundle(
    function table(size: number): number[] {
      note(size);
      return Array.from({ length: size }, (_, at) => at);
    },
    { trainable: true, sandbox: memoize(engine), scope: { note } },
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

/** Both levels of the sandbox run the same programs, and are to give the same results. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { GLOBALS } from "../../../src/sandbox/globals.ts";
import { nodeProcess } from "../../../src/sandbox/process/node-process.ts";
import { quickjs } from "../../../src/sandbox/quickjs.ts";
import type { Sandbox, SandboxProgram } from "../../../src/sandbox/sandbox.ts";
import { program, thrownBy } from "../programs.ts";
import { confine } from "./confinement.ts";

const lines: Record<string, string[]> = { quickjs: [], "node-process": [] };
const levels: readonly Sandbox[] = [
  quickjs({ memoryBytes: 2 ** 28, onConsole: (level, line) => lines["quickjs"]?.push(`${level} ${line}`) }),
  nodeProcess({ confine, onConsole: (level, line) => lines["node-process"]?.push(`${level} ${line}`) }),
];
beforeAll(async () => {
  await Promise.all(levels.map((level) => level.load()));
});

interface Step {
  readonly program: SandboxProgram;
  readonly args: readonly unknown[];
}

/** What calls of one session give or throw. */
function resultsOn(level: Sandbox, steps: readonly Step[], seed: string): unknown[] {
  const session = level.open(seed);
  try {
    return steps.map((step) => {
      try {
        return { value: session.call(step.program, step.args) };
      } catch (thrown) {
        const { code, guestName, line } = thrown as Record<string, unknown>;
        return { code, guestName, line };
      }
    });
  } finally {
    session.close();
  }
}

/** Fails unless the levels agree; gives what they agree about. */
function agreed(steps: readonly Step[], seed = "seed"): unknown[] {
  const [first, second] = levels.map((level) => resultsOn(level, steps, seed));
  expect(second).toStrictEqual(first);
  return first as unknown[];
}

const call = (source: string, ...args: unknown[]): Step => ({ program: program(source), args });
const body = (text: string, ...args: unknown[]): Step => call(`function f(...x) { ${text} }`, ...args);

describe("values", () => {
  test.each<[string, string, ...unknown[]]>([
    ["numbers", "return [0 / 0, 1 / 0, -1 / 0, -0, 1e21, 5e-324, 0.1 + 0.2, x[0]]", -0],
    ["integers", "return [2 ** 53, (2 ** 31) | 0, -7 % 3, -7 >>> 28, ~~-1.5, Math.imul(0xffffffff, 5)]"],
    ["bigints", "return [x[0] * x[0], -7n / 2n, BigInt.asIntN(8, 255n), (2n ** 200n).toString(36)]", 2n ** 70n],
    [
      "texts",
      "return [...x[0], x[0].normalize('NFD').length, x[0].at(-1), x[0].split(''), x[0].toWellFormed()]",
      "aé😀\ud800",
    ],
    ["text of odd characters", "return x[0]", "\0\n\r\u2028\ud800 \udfff"],
    ["matches", "return [...x[0].matchAll(/(?<d>\\d+)(?=[a-z])/gu)].map((m) => [m.index, m.groups.d])", "12a 3 45b"],
    ["replacements", "return x[0].replace(/(\\w)(\\w*)/g, (_, a, b) => a.toUpperCase() + b)", "some little words"],
    [
      "dates",
      "return [new Date(x[0]).toISOString(), new Date(x[0]).getMonth(), new Date(x[0]).toString(), new Date('x')]",
      1e12,
    ],
    [
      "maps and sets",
      "return [new Map([...x[0]].map(([k, v]) => [v, k])), new Set([...x[1]].reverse())]",
      new Map([["a", 1]]),
      new Set([1, 2]),
    ],
    [
      "typed arrays",
      "return [x[0].map((v) => v * 2), new Uint8Array(x[1]).reverse(), Float32Array.of(0.1)]",
      new Float64Array([1.5, -0]),
      new Uint8Array([1, 2]).buffer,
    ],
    [
      "errors",
      "return [x[0], new RangeError('outer', { cause: x[0] }), x[0] instanceof TypeError]",
      new TypeError("inner"),
    ],
    ["records", "return { ...x[0], u: undefined }", JSON.parse('{"__proto__": 1, "$type": "Date", "v": 2}')],
    [
      "classes",
      "class P { #a = 1; static s = 2; get a() { return this.#a } m() { return [P.s, this.a] } } return new P().m()",
    ],
    [
      "generators",
      "function* g() { const y = yield 1; yield* [y, 3] } const i = g(); return [i.next(), i.next(2), [...i]]",
    ],
    [
      "destructuring",
      "const { a: [, b = 4, ...c], ...rest } = x[0]; return [b, c, rest]",
      { a: [1, undefined, 3, 4], d: 5 },
    ],
    [
      "labels and switches",
      "out: for (let i = 0; ; i++) { switch (i % 3) { case 2: if (i > 6) break out; default: continue } } return 1",
    ],
    ["tagged texts", "const t = (s, ...v) => [s.raw, v]; return t`a${1}\\n${2}`"],
    ["proxies", "return new Proxy({ a: 1 }, { get: (t, k) => k === 'a' ? 2 : t[k] }).a"],
    ["sorting", "return [[3, 1, 10, undefined, 2].sort(), [5, 25, 100].toSorted(), ['b', 'a', 'C'].sort()]"],
    ["grouping", "return [Object.fromEntries([[1, 2]]), [1, [2, [3]]].flat(Infinity)]"],
    [
      "generated code",
      "return [Function('a', 'return a * 2')(4), globalThis.eval('1 + 1'), typeof Function('return this')()]",
    ],
    [
      "numbers as text",
      "return [(0.000001234).toString(), (255).toString(16), (1.005).toFixed(2), (1e21).toPrecision(3), (12345.678).toExponential(2)]",
    ],
    ["text as numbers", "return [Number('0x1f'), parseInt('12px'), parseFloat('.5e3x'), Number(''), Number('1_0')]"],
    [
      "JSON",
      "return [JSON.stringify({ a: [undefined, 1n < 2n], d: new Date(0) }, null, 1), JSON.parse('[1,{\"a\":null}]', (k, v) => v ?? 0)]",
    ],
    [
      "added globals",
      "return [new TextDecoder().decode(new TextEncoder().encode(x[0])), structuredClone(new Map([[1, x]]))]",
      "é😀",
    ],
  ])("%s", (_, text, ...args) => {
    const [result] = agreed([body(text, ...args)]);
    expect(Object.keys(result as object)).toEqual(["value"]);
  });

  test("of any kind", () => {
    const leaf = fc.oneof(
      ...[fc.double(), fc.string({ unit: "binary" }), fc.boolean(), fc.constantFrom(null, undefined, -0)],
      ...[fc.bigInt(), fc.date({ noInvalidDate: false }), fc.uint8Array(), fc.float64Array()],
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        ...[leaf, fc.array(tie("value"), { maxLength: 4 }), fc.uniqueArray(leaf).map((items) => new Set(items))],
        ...[fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true })],
      ),
    }));
    fc.assert(
      fc.property(value, (given) => agreed([body("return x", given)]).length === 1),
      { numRuns: 200 },
    );
  });
});

describe("what goes wrong", () => {
  test.each<[string, string, ...unknown[]]>([
    ["a mistake", "\n  const y = x[0];\n  return y.b.trim()", {}],
    ["an unknown name inside generated code", "return Function('return process')()"],
    ["an error", "throw new RangeError('no')"],
    ["an error of its own", "class Odd extends Error { name = 'Odd' } throw new Odd('x')"],
    ["nothing", "throw undefined"],
    ["a text", "throw 'no'"],
    ["a record", "throw { code: 5 }"],
    ["evil conversions", "throw { get message() { throw 1 }, toJSON() { throw 2 }, toString() { throw 3 } }"],
    ["a function as result", "return { a: [() => 1] }"],
    ["a promise as result", "return Promise.resolve(1)"],
    ["a getter in a result", "return { get a() { return 1 } }"],
    ["a symbol in a result", "return { [Symbol.iterator]: 1 }"],
    ["a cycle", "const a = []; a.push(a); return a"],
    ["a result that is too large", "return 'x'.repeat(2e7)"],
    ["deep data", "let d = []; for (let i = 0; i < 300; i++) d = [d]; return d"],
    ["endless recursion", "const g = (n) => g(n + 1) + 1; return g(0)"],
    ["endless conversion", "const o = { valueOf() { return +o } }; return +o"],
    ["bad arguments", "return x[0]", () => 1],
    ["a constant that is written to", "const c = 1; c = 2"],
    ["a frozen record that is written to", "Object.freeze(x).y = 1"],
    ["a bad regular expression", "return new RegExp('(')"],
    ["a bad date", "return new Date(NaN).toISOString()"],
    ["a bigint mixed with a number", "return 1n + 1"],
    ["division by zero", "return 1n / 0n"],
  ])("%s", (_, text, ...args) => {
    const [result] = agreed([body(text, ...args)]);
    expect(result).toHaveProperty("code");
  });

  test("at the top level of a program", () => {
    expect(agreed([call("function f() {}\nnull.x;"), call("function f() {}\nnull.x;")])).toEqual([
      { code: "guest-error", guestName: "TypeError", line: 2 },
      { code: "guest-error", guestName: "TypeError", line: 2 },
    ]);
  });

  test.each([
    ["a loop", "for (;;);"],
    ["a loop that catches", "for (;;) try { for (;;); } catch {} finally { for (;;); }"],
    ["a regular expression", "return /(a+)+b/.test('a'.repeat(40))"],
    ["a setter of a prototype", "Object.defineProperty(Array.prototype, 0, { set() { for (;;); } }); [].push(1)"],
    ["reading the thrown value", "throw { get message() { for (;;); } }"],
  ])("the limit is reached in %s", (_, text) => {
    const endless = program(`function f() { ${text} }`, { timeoutMs: 60 });
    const results = agreed([{ program: endless, args: [] }, body("return 1")]);
    expect(results).toEqual([{ code: "timeout", guestName: undefined, line: undefined }, { value: 1 }]);
  });
});

describe("worlds", () => {
  test("have the same globals", () => {
    const [names] = agreed([body("return x[0].filter((name) => name in globalThis)", [...GLOBALS])]) as [
      { value: string[] },
    ];
    expect(names.value).toEqual([...GLOBALS]);
    const own = resultsOn(levels[1] as Sandbox, [body("return Object.getOwnPropertyNames(globalThis)")], "");
    expect((own as [{ value: string[] }])[0].value.toSorted()).toEqual([...GLOBALS, "eval"].toSorted());
  });

  test("keep the state of a session, and draw the same", () => {
    const count = program(
      "let n = 0;\nconst first = Math.random();\nfunction f(by) { return [n += by, first, Math.random(), Date.now(), new Date().toISOString()] }",
    );
    const other = program("function g() { return [Math.random(), globalThis.seen ??= Math.random()] }");
    const steps = [count, other, count, other, { ...count }].map((one) => ({
      program: one,
      args: one === other ? [] : [2],
    }));
    const results = agreed(steps);
    expect(results).toHaveLength(5);
    expect(agreed(steps, "another seed")).not.toEqual(results);
    expect(agreed(steps)).toEqual(results);
  });

  test("give programs their scope, and the functions in it may call back", () => {
    const spinning = program("function spin() { for (;;); }", { timeoutMs: 60 });
    const inner = program("function inner(n) { return [n, Math.random(), Date.now()] }");
    const both = levels.map((level) => {
      const session = level.open("seed");
      const scope = {
        table: new Map([["a", 1]]),
        look: (key: string) => {
          if (key === "none") throw new RangeError("no such key");
          return { key, at: new Date(0) };
        },
        again: (n: number): unknown =>
          n === 0 ? session.call(inner, [n]) : [session.call(outer, [n - 1]), session.call(inner, [n])],
        stuck: () => session.call(spinning, []),
        bad: () => () => 1,
        later: async () => 1,
      };
      const outer = program(
        "function outer(n) { const before = Math.random(); return [before, again(n), Math.random()] }",
        { scope },
      );
      const caught = (text: string): SandboxProgram =>
        program(
          `function f() { try { return [${text}] } catch (e) { return [e instanceof Error, e.name, e.message] } }`,
          { scope },
        );
      const steps = ["table.get('a')", "look('k')", "look('none')", "bad()", "later()", "look(() => 1)"];
      const results = [session.call(outer, [3]), ...steps.map((text) => session.call(caught(text), []))];
      session.close();
      return results;
    });
    expect(both[1]).toEqual(both[0]);
  });

  test("cut long texts at whole characters", () => {
    const long = "x" + "😀".repeat(3000);
    for (const level of levels) {
      const session = level.open("seed");
      const { message } = thrownBy(() => session.call(program("function f(text) { throw new Error(text) }"), [long]));
      session.call(program("function f(text) { console.log(text) }"), [long]);
      session.close();
      expect(message.includes(`x${"😀".repeat(100)}`)).toBe(true);
      expect(/\p{Cs}/u.test(message)).toBe(false);
      expect(lines[level.name]?.pop() === `log x${"😀".repeat(1023)}`).toBe(true);
    }
  });

  test("print the same", () => {
    agreed([
      body(
        "console.log('a', { b: [1] }, undefined, 1n); for (let i = 0; i < 2000; i++) console.warn('y'.repeat(5000))",
      ),
    ]);
    expect(lines["node-process"]).toEqual(lines["quickjs"]);
    expect(lines["quickjs"]).toHaveLength(1000);
  });
});

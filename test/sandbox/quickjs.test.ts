import { beforeAll, describe, expect, test } from "vitest";
import { SandboxError } from "../../src/sandbox/errors.ts";
import { GLOBALS } from "../../src/sandbox/globals.ts";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import { program, thrownBy } from "./programs.ts";

const sandbox = quickjs();
beforeAll(() => sandbox.load());

/** Runs one expression, or statements that return, in a fresh session. */
function run(body: string, args: unknown[] = []): unknown {
  const session = sandbox.open();
  try {
    const text = body.includes("return ") ? body : `return (${body});`;
    return session.call(program(`function f(...x) { ${text} }`), args);
  } finally {
    session.close();
  }
}

const spinning = program("function spin() { for (;;); }", { timeoutMs: 60 });
const healthy = program("function add(a: number, b: number): number { return a + b }");

describe("a sandbox", () => {
  test("loads at its first use, or ahead of it", async () => {
    const fresh = quickjs();
    expect(fresh.open().call(program("function f() { return 1; }"), [])).toBe(1);
    await Promise.all([fresh.load(), quickjs().load()]);
  });

  test("refuses limits that are no positive whole numbers", () => {
    expect(thrownBy(() => quickjs({ memoryBytes: -1 })).message).toBe(
      "memoryBytes must be a whole number from 1 to 2,147,483,648, not -1",
    );
    expect(thrownBy(() => quickjs({ stackBytes: -1 })).message).toBe(
      "stackBytes must be a positive whole number, not -1",
    );
    expect(thrownBy(() => quickjs({ workers: 0.5 })).code).toBe("bad-option");
  });

  test("has every global that the check allows, and none of the host's", () => {
    const names = [...GLOBALS];
    const kinds = run(`x[0].filter((name) => !(name in globalThis))`, [names]);
    expect(kinds).toEqual([]);
    expect(
      run(
        "Object.getOwnPropertyNames(globalThis).filter((n) => /^(process|require|fetch|host|setTimeout|module)$/.test(n))",
      ),
    ).toEqual([]);
  });

  test("gives the small globals that QuickJS lacks", () => {
    const text = "aß日😀\ud800";
    expect(run("Array.from(new TextEncoder().encode(x[0]))", [text])).toEqual([...new TextEncoder().encode(text)]);
    for (const bytes of [
      [97, 0xc3, 0x9f, 0xff, 0xe6, 0x97, 0xf0, 0x9f, 0x98, 0x80],
      [0xef, 0xbb, 0xbf, 98],
      [0xc0, 0x80],
      [],
    ]) {
      const expected = new TextDecoder().decode(new Uint8Array(bytes));
      expect(run("new TextDecoder().decode(x[0])", [new Uint8Array(bytes)])).toBe(expected);
    }
    expect(run("const a = { d: new Date(5), s: [1] }; const b = structuredClone(a); a.s.push(2); return b")).toEqual({
      d: new Date(5),
      s: [1],
    });
    expect(run("[typeof Math.random(), Date.now() >= x[0]]", [Date.now()])).toEqual(["number", true]);
  });

  test("hands what code prints to the hook, up to 1000 lines of 2048 characters", async () => {
    const lines: string[] = [];
    const talking = quickjs({ onConsole: (level, line) => lines.push(`${level}: ${line}`) });
    await talking.load();
    const source =
      "function f() { console.log('a', { b: [1] }, undefined); for (let i = 0; i < 2000; i++) console.warn('y'.repeat(5000)) }";
    talking.open().call(program(source), []);
    expect(lines[0]).toBe('log: a {"b":[1]} {"$type":"undefined","v":null}');
    expect(lines).toHaveLength(1000);
    expect(lines[1]).toHaveLength("warn: ".length + 2048);
    expect(run("console.log(1), 2")).toBe(2);
  });
});

describe("a session", () => {
  test("calls a TypeScript program with helpers, statements and recursion", () => {
    const source = `
      type N = number;
      const memo = new Map<N, bigint>();
      const clamp = (n: N): N => Math.max(0, n);
      function fib(n: N): bigint { return small(n) ?? store(n, fib(n - 1) + fib(n - 2)) }
      function small(n: N) { return n < 2 ? BigInt(clamp(n)) : memo.get(n) }
      function store(n: N, value: bigint) { memo.set(n, value); return value }`;
    const fib = { ...program("function fib(n) {}"), source };
    expect(sandbox.open().call(fib, [90])).toBe(2880067194370816120n);
  });

  test("keeps the entries and helpers of its programs apart", () => {
    const session = sandbox.open();
    const one = program("function f(x) { return help(x) }\nfunction help(x) { return x + 1 }");
    const two = program("function f(x) { return help(x) }\nfunction help(x) { return x * 10 }");
    expect([session.call(one, [1]), session.call(two, [1]), session.call(one, [2])]).toEqual([2, 10, 3]);
  });

  test("runs a program's text once, also when the same program comes as another object", () => {
    const session = sandbox.open();
    const counting = program("let n = 0;\nconst count = () => ++n;\nfunction f() { return count() }");
    const count = { ...counting, spec: { ...counting.spec, entry: "f", params: [] } };
    expect([
      session.call(count, []),
      session.call({ ...count }, []),
      session.call({ ...count, spec: { ...count.spec } }, []),
    ]).toEqual([1, 2, 3]);
    const scoped = (k: number) => program("function g() { return k }", { scope: { k } });
    expect([session.call(scoped(1), []), session.call(scoped(2), []), session.call(scoped(1), [])]).toEqual([1, 2, 1]);
  });

  test("calls a program for many lists of arguments, and gives what came of each", () => {
    const session = sandbox.open();
    const half = program("function half(n) { if (n % 2) throw new RangeError(`${n} is odd`); return n / 2 }");
    const [one, two, three] = session.callMany(half, [[2], [3], [4]]) as { value?: unknown; error?: Error }[];
    expect([one, three]).toEqual([{ value: 1 }, { value: 2 }]);
    expect(two?.error?.message).toContain("RangeError: 3 is odd");
  });

  test("shares its globals among its programs and with no other session", () => {
    const first = sandbox.open();
    const second = sandbox.open();
    const write = program(
      "function write() { globalThis.seen = (globalThis.seen ?? 0) + 1; Array.prototype.evil = 1; return globalThis.seen }",
    );
    const read = program("function read() { return [globalThis.seen, [].evil] }");
    expect([first.call(write, []), first.call(write, [])]).toEqual([1, 2]);
    expect(first.call(read, [])).toEqual([2, 1]);
    expect(second.call(read, [])).toEqual([undefined, undefined]);
    expect(([] as unknown as { evil?: number }).evil).toBeUndefined();
  });

  test("is closed for good, and closing twice is no error", () => {
    const session = sandbox.open();
    session.call(healthy, [1, 1]);
    session.close();
    session.close();
    expect(thrownBy(() => session.call(healthy, [1, 1])).code).toBe("sandbox-closed");
  });

  test("refuses an async program in a synchronous call, and a program that the check refuses", () => {
    const session = sandbox.open();
    expect(thrownBy(() => session.call(program("async function f() {}"), [])).message).toMatch(
      /`f` is async; call it with callAsync/,
    );
    expect(thrownBy(() => session.call(program("function f() { return process }"), [])).code).toBe("bad-source");
  });
});

describe("scope", () => {
  test("gives constants and host functions, whose errors can be caught inside", () => {
    const scope = {
      table: new Map([["a", 1]]),
      lookup: (key: string, more: unknown) => {
        if (key === "none") throw new RangeError("no such key");
        return { key, more, at: new Date(0) };
      },
    };
    const source = `function f(key) {
      try { return [table.get("a"), lookup(key, [undefined])] } catch (e) { return e instanceof Error && e.name + ": " + e.message }
    }`;
    const session = sandbox.open();
    expect(session.call(program(source, { scope }), ["k"])).toEqual([
      1,
      { key: "k", more: [undefined], at: new Date(0) },
    ]);
    expect(session.call(program(source, { scope }), ["none"])).toBe("RangeError: no such key");
  });

  test("refuses what cannot pass either way, with a name", () => {
    const scope = { bad: () => () => 1, take: (x: unknown) => x, later: async () => 1 };
    const call = (body: string) =>
      thrownBy(() => sandbox.open().call(program(`function f() { ${body} }`, { scope }), [])).message;
    expect(call("bad()")).toMatch(/the result of `bad` is a function/);
    expect(call("take(() => 1)")).toMatch(/the arguments of take\[0\] is a function/);
    expect(call("later()")).toMatch(/`later` is async, so only async code may use it; make `f` async/);
    const missing = { ...program("function f() {}"), spec: { ...program("function f() {}").spec, scope: ["gone"] } };
    expect(thrownBy(() => sandbox.open().call(missing, [])).message).toMatch(
      /may use `gone`, but its scope has no such value/,
    );
  });

  test("lets a host function call into the same session", () => {
    const session = sandbox.open();
    const scope = {
      inner: (n: number): unknown => (n === 0 ? "done" : session.call(outer, [n - 1])),
      stuck: () => session.call(spinning, []),
      close: () => session.close(),
    };
    const outer = program("function outer(n) { return inner(n) }", { scope });
    expect(session.call(outer, [5])).toBe("done");
    const catching = program("function f() { try { stuck() } catch (e) { return e.message } }", { scope });
    // It ends their world, and with it the call that made it.
    expect(thrownBy(() => session.call(catching, [])).message).toMatch(/^`spin` ran longer than its limit of 60 ms/);
    expect(session.call(healthy, [1, 2])).toBe(3);
    const closing = program("function f() { close(); return 7 }", { scope });
    expect(session.call(closing, [])).toBe(7);
    expect(thrownBy(() => session.call(healthy, [1, 2])).code).toBe("sandbox-closed");
  });
});

describe("what goes wrong inside", () => {
  test("is told with the place in the author's text", () => {
    const source =
      "type A = {\n  b: string }\nfunction f(x: A): string {\n  const é = '😀'; return (x as any).b.trim();\n}";
    const error = thrownBy(() => sandbox.open().call(program(source), [{}])) as SandboxError;
    expect(error).toBeInstanceOf(SandboxError);
    expect([error.code, error.guestName, error.line, error.column]).toEqual(["guest-error", "TypeError", 4, 38]);
    expect(error.message).toBe(
      "`f` threw TypeError: cannot read property 'trim' of undefined (line 4, column 38)\n" +
        "  const é = '😀'; return (x as any).b.trim();\n" +
        `${" ".repeat(37)}^`,
    );
    const top = program("function f() {}\nnull.x;");
    expect(thrownBy(() => sandbox.open().call(top, [])).line).toBe(2);
  });

  test.each([
    ["null", "throw null", "null", "null"],
    ["a string", "throw 'no'", "string", "no"],
    ["a record", "throw { code: 5 }", "object", '{"code":5}'],
    ["a symbol", "throw Symbol('s')", "symbol", "Symbol(s)"],
    ["a proxy", "throw new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } })", "object", "cannot be read"],
    [
      "evil conversions",
      "throw { get message() { throw 1 }, toJSON() { throw 2 }, toString() { throw 3 } }",
      "object",
      "cannot be read",
    ],
    ["a name that is no text", "throw Object.assign(new Error('m'), { name: {} })", "object", "m"],
    ["a long message", "throw new Error('m'.repeat(1e6))", "Error", "mmm"],
    ["a forged record", 'throw \'{"kind":"transfer","message":"x"}\'', "string", "kind"],
  ])("is told when it throws %s", (_, body, name, text) => {
    const error = thrownBy(() => run(`${body}; return 0`)) as SandboxError;
    expect([error.code, error.guestName]).toEqual(["guest-error", name]);
    expect(error.message).toContain(text);
    expect(error.message.length).toBeLessThan(3_000);
  });

  test.each([
    ["a loop", "for (;;);"],
    ["a loop that catches", "for (;;) try { for (;;); } catch {}"],
    ["a regular expression", "return /(a+)+b/.test('a'.repeat(40))"],
    ["a trap of the result", "return new Proxy({}, { ownKeys() { for (;;); } })"],
    ["a toJSON of the result", "Object.prototype.toJSON = () => { for (;;); }; return { a: 1 }"],
    ["reading the thrown value", "throw { get message() { for (;;); } }"],
    ["a slow comparison", "[3, 2, 1].sort(() => { for (;;); })"],
  ])("stops at its limit in %s", (_, body) => {
    const session = sandbox.open();
    const error = thrownBy(() => session.call(program(`function f() { ${body} }`, { timeoutMs: 60 }), []));
    expect(error.code).toBe("timeout");
    expect(error.message).toBe("`f` ran longer than its limit of 60 ms and was stopped");
    expect(session.call(healthy, [1, 2])).toBe(3);
  });

  test("has one limit for its text and its first call", () => {
    const spin = "const end = Date.now() + 300; while (Date.now() < end);";
    const twice = program(`${spin} function f() { ${spin} return 1 }`, { timeoutMs: 500 });
    expect(thrownBy(() => sandbox.open().call(twice, [])).code).toBe("timeout");
  });

  test("does not run what it left behind after the call", () => {
    const session = sandbox.open();
    const late = program("function f() { Promise.resolve().then(() => { for (;;); }); return 1 }", { timeoutMs: 60 });
    expect([session.call(late, []), session.call(healthy, [1, 2])]).toEqual([1, 3]);
  });

  test.each([
    ["strings", "const a = []; for (;;) a.push('x'.repeat(1e5) + a.length)"],
    ["a map", "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })"],
    ["buffers", "const a = []; for (;;) a.push(new Uint8Array(1e6))"],
    ["one buffer", "return new ArrayBuffer(1e9)"],
    ["a kept global", "globalThis.keep = []; for (;;) globalThis.keep.push([1, 2, 3])"],
  ])("ends when memory is used up by %s, and the session goes on in a new world", (_, body) => {
    const small = 16 * 2 ** 20;
    const before = process.memoryUsage().rss;
    const session = limited.open();
    session.call(program("function mark() { globalThis.mark = 1 }"), []);
    const error = thrownBy(() => session.call(program(`function f() { ${body} }`), []));
    expect(error.message).toMatch(/^`f` used more than its limit of 16 MiB of memory\n.*raise `memoryBytes`/);
    expect(error.code).toBe("out-of-memory");
    expect(session.call(program("function read() { return globalThis.mark }"), [])).toBeUndefined();
    expect(process.memoryUsage().rss - before).toBeLessThan(6 * small);
    session.close();
  });

  const limited = quickjs({ memoryBytes: 16 * 2 ** 20 });
  beforeAll(() => limited.load());

  test.each([
    ["recursion", "const g = (n) => g(n + 1) + 1; return g(0)"],
    ["deep data", "let d = []; for (let i = 0; i < 2e5; i++) d = [d]; return JSON.stringify(d).length"],
    ["deep text", "return JSON.parse('['.repeat(2e5) + ']'.repeat(2e5)).length"],
    ["conversions", "const o = { valueOf() { return +o } }; return +o"],
    ["proxies", "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x"],
  ])("ends as a RangeError when the stack is used up by %s, time and again", async (_, body) => {
    const session = sandbox.open();
    for (let i = 0; i < 3; i++) {
      const error = thrownBy(() => session.call(program(`function f() { ${body} }`), [])) as SandboxError;
      expect([error.code, error.guestName]).toEqual(["guest-error", "RangeError"]);
      await Promise.resolve();
      await sandbox.load();
      expect(session.call(healthy, [1, 2])).toBe(3);
    }
  });

  test("a crash in one session leaves another one that can go on", () => {
    const other = sandbox.open();
    other.call(healthy, [1, 2]);
    thrownBy(() => run("let d = []; for (let i = 0; i < 2e5; i++) d = [d]; return JSON.stringify(d).length"));
    expect(other.call(healthy, [3, 4])).toBe(7);
  });

  test("changed built-ins change nothing outside their session", () => {
    const evil = `JSON.stringify = () => '"forged"'; JSON.parse = () => 1; Reflect.apply = () => 2; Array.isArray = () => false;
      Object.keys = () => []; String.prototype.includes = () => false; Object.getPrototypeOf = () => null; return { real: new Date(0) }`;
    expect(run(evil)).toEqual({ real: new Date(0) });
    expect(
      thrownBy(() => run("Object.prototype.toJSON = () => ({ a: { $type: 1 } }); return {}; ")).message,
    ).toBeDefined();
    expect(run("({ a: 1 })")).toEqual({ a: 1 });
  });

  test("constructors lead to no host realm", () => {
    expect(run("return (() => {}).constructor('return typeof process + typeof require')()")).toBe("undefinedundefined");
    expect(run("return x.constructor.constructor('return typeof process')()")).toBe("undefined");
    expect(
      run("try { null.x } catch (e) { return e.constructor.constructor('return typeof globalThis.process')() }"),
    ).toBe("undefined");
  });
});

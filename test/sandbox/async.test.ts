import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { SandboxError } from "../../src/sandbox/errors.ts";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import type { SandboxProgram } from "../../src/sandbox/sandbox.ts";
import { program } from "./programs.ts";

const sandbox = quickjs({ workers: 2 });
beforeAll(() => sandbox.load());
afterEach(() => {
  vi.useRealTimers();
});

async function rejection(promise: Promise<unknown>): Promise<SandboxError> {
  const error = await promise.then(
    (value) => expect.fail(`resolved to ${String(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SandboxError);
  return error as SandboxError;
}

const call = (made: SandboxProgram, ...args: unknown[]): Promise<unknown> => sandbox.open().callAsync(made, args);
const echo = program("async function echo(x) { return x }");
const scope = { never: () => new Promise(() => undefined) };
/** One operation of seconds. */
const stuck = program("async function stuck() { return (2n ** 1000000n).toString().length }", { timeoutMs: 60 });

describe("asynchronous programs", () => {
  test("run with helpers and with values that JSON does not hold", async () => {
    const source =
      "async function f(m: ReadonlyMap) { await null; return later(m) }\nconst later = async (m) => [...m, -0]";
    expect(await call(program(source), new Map([["a", new Date(1)]]))).toEqual([["a", new Date(1)], -0]);
  });

  test("await host functions of the scope, and catch their errors", async () => {
    const scope = {
      ask: async (prompt: string) => {
        await sleep(5);
        if (prompt === "bad") throw new RangeError("refused");
        return { answer: prompt.toUpperCase(), at: new Date(0) };
      },
      plain: (n: number) => n + 1,
      limit: 3,
    };
    const source = `async function f(prompt) {
      const n = await plain(limit);
      try { return [n, await ask(prompt)] } catch (e) { return [e instanceof Error, e.name, e.message] }
    }`;
    expect(await call(program(source, { scope }), "hi")).toEqual([4, { answer: "HI", at: new Date(0) }]);
    expect(await call(program(source, { scope }), "bad")).toEqual([true, "RangeError", "refused"]);
    const bad = { ...scope, ask: async () => () => 1 };
    expect(await call(program(source, { scope: bad }), "x")).toEqual([
      true,
      "SandboxError",
      "the result of `ask` is a function; only data passes in and out of sandboxed code (host functions go into the bundle's `scope` option)",
    ]);
  });

  test("go on side by side in one session, 50 at once", async () => {
    // Nobody gets an answer before all have asked.
    const waiting: (() => void)[] = [];
    const ask = async (n: number): Promise<number> => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 50) for (const answer of waiting.splice(0)) answer();
      });
      return n * 2;
    };
    const session = sandbox.open();
    const made = program("async function f(n) { return (await ask(n)) + (await ask(n)) }", { scope: { ask } });
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => session.callAsync(made, [n])));
    expect(results).toEqual(Array.from({ length: 50 }, (_, n) => 4 * n));
    session.close();
  });

  test("share globals within a session and with no other", async () => {
    const count = program("async function count() { return (globalThis.n = (globalThis.n ?? 0) + 1) }");
    const [one, two] = [sandbox.open(), sandbox.open()];
    expect([await one.callAsync(count, []), await one.callAsync(count, []), await two.callAsync(count, [])]).toEqual([
      1, 2, 1,
    ]);
  });

  test("fail with the place in the author's text", async () => {
    const error = await rejection(
      call(program("async function f(x: {}) {\n  await null;\n  return (x as any).a.b;\n}"), {}),
    );
    expect([error.code, error.guestName, error.line, error.column]).toEqual(["guest-error", "TypeError", 3, 22]);
    expect(error.message).toContain("\n  return (x as any).a.b;\n                     ^");
  });

  test("fail before they run when text, arguments or scope are bad", async () => {
    expect(((await call(program("async function f() { return fetch() }")).catch((e) => e)) as SandboxError).code).toBe(
      "bad-source",
    );
    expect((await rejection(call(echo, () => 1))).message).toMatch(/^args\[0\] is a function/);
    expect((await rejection(call(program("async function f() { return () => 1 }")))).message).toMatch(
      /the result is a function/,
    );
  });

  test("hand what they print to the hook", async () => {
    const lines: string[] = [];
    const talking = quickjs({ onConsole: (level, line) => lines.push(`${level} ${line}`) });
    await talking.load();
    await talking.open().callAsync(program("async function f() { await null; console.error('x', [1]) }"), []);
    expect(lines).toEqual(["error x [1]"]);
  });
});

describe("limits of asynchronous programs", () => {
  test.each([
    ["a loop", "for (;;);"],
    ["a loop after an await", "await null; for (;;);"],
    ["a loop after a host call", "await ask(); for (;;);"],
    ["a promise that never settles", "await new Promise(() => {})"],
    ["a host function that never answers", "await never()"],
    ["a thenable without end", "const t = { then(r) { r(t) } }; return t"],
    ["microtasks without end", "const again = () => Promise.resolve().then(again); await again()"],
  ])("hold for %s", async (_, body) => {
    const scope = { ask: async () => 1, never: () => new Promise(() => undefined) };
    const session = sandbox.open();
    const error = await rejection(
      session.callAsync(program(`async function f() { ${body} }`, { scope, timeoutMs: 80 }), []),
    );
    expect(error.code).toBe("timeout");
    expect(error.message).toBe("`f` ran longer than its limit of 80 ms and was stopped");
    expect(await session.callAsync(echo, [1])).toBe(1);
    session.close();
  });

  test("hold for memory and stack, and the session goes on", async () => {
    // What is small is used up soon.
    const small = quickjs({ memoryBytes: 16 * 2 ** 20 });
    await small.load();
    const session = small.open();
    const bomb = program(
      "async function bomb() { await null; const a = []; for (;;) a.push('x'.repeat(1e5) + a.length) }",
    );
    expect((await rejection(session.callAsync(bomb, []))).code).toBe("out-of-memory");
    const deep = program(
      "async function deep() { let d = []; for (let i = 0; i < 2e5; i++) d = [d]; return JSON.stringify(d) }",
    );
    for (let i = 0; i < 2; i++) expect((await rejection(session.callAsync(deep, []))).guestName).toBe("RangeError");
    expect(await session.callAsync(echo, ["on"])).toBe("on");
  });

  test("a call that was stopped does not go on when its answer comes late", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let seen = 0;
    let answer = (): void => undefined;
    let asked = (): void => undefined;
    const hasAsked = new Promise<void>((resolve) => (asked = resolve));
    const slow = () => {
      asked();
      return new Promise<void>((resolve) => (answer = resolve));
    };
    const session = sandbox.open();
    const made = program("async function f() { await slow(); await tell() }", { scope: { slow, tell: () => ++seen } });
    const stopped = rejection(session.callAsync(made, []));
    await hasAsked;
    vi.advanceTimersByTime(made.timeoutMs);
    expect((await stopped).code).toBe("timeout");
    answer();
    // What comes back from the thread after this would have come after `tell`.
    for (let turn = 0; turn < 3; turn++) await session.callAsync(echo, [turn]);
    expect(seen).toBe(0);
  });

  test("hold for the calls of host functions that are open at once, which can be caught", async () => {
    const answers: (() => void)[] = [];
    const ask = () => new Promise<number>((resolve) => answers.push(() => resolve(1)));
    const body = `const open = []; let refused = 0;
      for (let i = 0; i < 1_010; i++) open.push(ask().catch(() => refused++));
      await full();
      await Promise.all(open);
      return [refused, await ask()];`;
    const full = async () =>
      void setImmediate(() => setInterval(() => answers.splice(0).forEach((go) => go())).unref());
    const flood = program(`async function flood() { ${body} }`, { scope: { ask, full } });
    expect((await rejection(call(flood))).message).toContain("1000 calls of host functions");
    const calm = program(`async function calm() { ${body.replace("1_010", "900")} }`, { scope: { ask, full } });
    expect(await call(calm)).toEqual([0, 1]);
  });

  test("a call that ends its world fails the others in it, and the session goes on", async () => {
    const session = sandbox.open();
    const lost = rejection(session.callAsync(program("async function wait() { await never() }", { scope }), []));
    const stopped = rejection(session.callAsync(stuck, []));
    const behind = session.callAsync(echo, ["behind"]);
    expect((await stopped).message).toBe("`stuck` ran longer than its limit of 60 ms and was stopped");
    expect((await lost).message).toBe("`wait` was lost: another call broke their world");
    expect(await behind).toBe("behind");
  });

  test("closing a session fails what is on its way, and later calls", async () => {
    const session = sandbox.open();
    const pending = rejection(session.callAsync(program("async function f() { await new Promise(() => {}) }"), []));
    await sleep(50);
    session.close();
    expect((await pending).code).toBe("sandbox-closed");
    expect((await rejection(session.callAsync(echo, [1]))).code).toBe("sandbox-closed");
  });
});

describe("a process", () => {
  const run = async (text: string, ...flags: string[]): Promise<string> => {
    const url = new URL("../../src/sandbox/quickjs.ts", import.meta.url).href;
    const code = text.replace("SANDBOX", JSON.stringify(url));
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const args = [...flags, "--input-type=module", "-e", code];
    return (await promisify(execFile)(process.execPath, args, { cwd })).stdout;
  };

  test("runs threads from the sources under tsx, and ends although they and the engine are idle", async () => {
    const stdout = await run(
      `const { quickjs } = await import(SANDBOX);
       const sandbox = quickjs();
       await sandbox.load();
       const spec = { entry: "f", params: ["x"], async: true, scope: ["up"] };
       const scope = { up: async (x) => x.toUpperCase() };
       const source = "async function f(x: string) { return (await up(x)) + typeof process }";
       console.log(await sandbox.open().callAsync({ source, spec, scope, timeoutMs: 600_000 }, ["hi"]));`,
      "--import",
      "tsx",
    );
    expect(stdout).toBe("HIundefined\n");
  });

  test("ends when only a load is under way", async () => {
    const stdout = await run(
      `const { quickjs } = await import(SANDBOX);
       quickjs().load();
       console.log("started");`,
      "--import",
      "tsx",
    );
    expect(stdout).toBe("started\n");
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { nodeProcess } from "../../../src/sandbox/process/node-process.ts";
import type { CallResult, SandboxSession } from "../../../src/sandbox/sandbox.ts";
import { ExternalCallError } from "../../../src/util/errors.ts";
import { program, thrownBy } from "../programs.ts";
import { confine } from "./confinement.ts";

const sandbox = nodeProcess({ confine });
beforeAll(() => sandbox.load());
afterEach(() => {
  vi.unstubAllEnvs();
});

const add = program("function add(a: number, b: number): number { return a + b }");
const count = program("let n = 0;\nfunction count() { return ++n }");
const spin = program("function spin() { for (;;); }", { timeoutMs: 60 });
/** One operation that no signal can stop, for as long as a test may take. */
const endless = "'a'.repeat(4e6).lastIndexOf('a'.repeat(2e6) + 'b')";
const stuck = program(`function stuck() { return ${endless} }`, { timeoutMs: 60 });

describe("a sandbox in a process", () => {
  test("needs no load, and starts a process by itself", () => {
    const fresh = nodeProcess({ confine });
    expect(fresh.open().call(add, [1, 2])).toBe(3);
  });

  test("shares one start among concurrent loads", async () => {
    const fresh = nodeProcess({ confine });
    await Promise.all([fresh.load(), fresh.load()]);
    await fresh.load();
    expect(fresh.open().call(add, [1, 2])).toBe(3);
  });

  test("refuses options that are no positive whole numbers, and more processes than it can watch", () => {
    expect(thrownBy(() => nodeProcess({ memoryBytes: 0 })).code).toBe("bad-option");
    expect(thrownBy(() => nodeProcess({ processes: 17 })).message).toBe(
      "processes must be a whole number from 1 to 16, not 17",
    );
    expect(thrownBy(() => nodeProcess({ confine: "none" as "permissions" })).message).toBe(
      'confine must be "bubblewrap" or "permissions", not none',
    );
  });

  test("says how to get bubblewrap where there is none, and falls back to nothing", async () => {
    const empty = mkdtempSync(join(tmpdir(), "tracegrad-test-"));
    vi.stubEnv("PATH", `${empty}:/nowhere`);
    // Named pipes are made by a command, too.
    const { execFileSync } = await import("node:child_process");
    const mkfifo = execFileSync("/bin/sh", ["-c", "PATH=/usr/bin:/bin command -v mkfifo"], { encoding: "utf8" }).trim();
    execFileSync("/bin/ln", ["-s", mkfifo, join(empty, "mkfifo")]);
    const missing = nodeProcess({ confine: "bubblewrap" });
    const error = thrownBy(() => missing.open().call(add, [1, 2]));
    expect(error.code).toBe("sandbox-failed-to-load");
    expect(error.message).toMatch(
      /^the process of the sandbox does not start \(.*bwrap.*not found\)\. Install bubblewrap/,
    );
    await expect(missing.load()).rejects.toThrow('`nodeProcess({ confine: "permissions" })`');
    await expect(missing.open().callAsync(program("async function f() {}"), [])).rejects.toThrow("apt-get install");
    rmSync(empty, { recursive: true });
  });
});

/** What a loop of single calls gives. */
function oneByOne(session: SandboxSession, made: typeof add, lists: readonly unknown[][]): CallResult[] {
  return lists.map((args) => {
    try {
      return { value: session.call(made, args) };
    } catch (error) {
      return { error };
    }
  });
}

describe("calls in a batch", () => {
  const mixed = program(
    `let n = 0;
     function f(x) {
       n++;
       if (x === "throw") throw new TypeError("no");
       if (x === "spin") for (;;);
       if (x === "stuck") return ${endless};
       if (x === "ask") return [n, ask(n), Math.random()];
       if (x === "bad") return () => 1;
       return [n, x, Math.random(), Date.now()];
     }`,
    { scope: { ask: (n: number) => n * 10 }, timeoutMs: 1_500 },
  );

  test.each<[string, unknown[]]>([
    ["values", [1, "a", { b: [undefined, 2n] }, -0]],
    ["errors in between", [1, "throw", 2, "bad", 3, "throw"]],
    ["arguments that cannot pass", [1, () => 1, 2, () => 2, () => 3, 4]],
    ["host functions", ["ask", 1, "ask", "ask", 2]],
    ["a call that is stopped", [1, 2, "spin", 3, 4]],
    ["a call that ends the process", [1, 2, "stuck", 3, "ask", 4]],
    ["a call after a question that ends the process", ["ask", "stuck", 5, 6]],
    ["nothing", []],
  ])("give what as many single calls give: %s", (_, inputs) => {
    const lists = inputs.map((input) => [input]);
    const small = nodeProcess({ confine, memoryBytes: 64 * 2 ** 20 });
    const single = oneByOne(small.open("seed"), mixed, lists);
    expect(small.open("seed").callMany(mixed, lists)).toEqual(single);
  });

  test("do not fail for what other sessions keep in their process", () => {
    const small = nodeProcess({ confine, memoryBytes: 64 * 2 ** 20 });
    const keep = program("let kept; function keep(n) { kept = new Array(n).fill(0); return kept.length }");
    const [first, second] = [small.open(), small.open()];
    // Some 25 and 50 MB: each is within the limit, and both together are not.
    expect(first.call(keep, [3_200_000])).toBe(3_200_000);
    expect(second.call(keep, [6_400_000])).toBe(6_400_000);
  });

  test("are told which of them used up the memory", () => {
    const session = nodeProcess({ confine, memoryBytes: 64 * 2 ** 20 }).open();
    const fill = program(
      "function f(n) { const a = []; while (n > 0) { a.push(new Array(1e4).fill(1)); n-- } return a.length }",
    );
    const results = session.callMany(fill, [[1], [2], [1e9], [3]]) as CallResult[];
    expect(
      results.map((result) => ("error" in result ? (result.error as { code: string }).code : result.value)),
    ).toEqual([1, 2, "out-of-memory", 3]);
  });

  test("are many, and large", () => {
    const session = sandbox.open();
    const lists = Array.from({ length: 10_000 }, (_, index) => [index, 1]);
    const results = session.callMany(add, lists) as { value: number }[];
    expect(results.map(({ value }) => value)).toEqual(lists.map(([a = 0]) => a + 1));
    const echo = program("function echo(x) { return x }");
    const large = Array.from({ length: 6 }, (_, index) => [String(index).repeat(300_000)]);
    expect(session.callMany(echo, large)).toEqual(large.map(([value]) => ({ value })));
  });

  test("end as themselves when a host function meets an outage", () => {
    const outage = new ExternalCallError("outage", "gone");
    const scope = {
      ask: (n: number) => {
        if (n === 1) throw outage;
        return n;
      },
    };
    const asks = program("function f(n) { try { return ask(n) } catch { return 'caught' } }", { scope });
    expect(sandbox.open().callMany(asks, [[0], [1], [2]])).toEqual([{ value: 0 }, { error: outage }, { value: 2 }]);
    expect(() => sandbox.open().call(asks, [1])).toThrow(outage);
  });
});

describe("a session", () => {
  test("keeps its world when a call of another one is stopped", () => {
    const [one, other] = [sandbox.open(), sandbox.open()];
    expect([one.call(count, []), other.call(count, [])]).toEqual([1, 1]);
    expect(thrownBy(() => other.call(spin, [])).code).toBe("timeout");
    expect([one.call(count, []), other.call(count, [])]).toEqual([2, 1]);
  });

  test("goes on in another process when a call of another one has to be killed", () => {
    const [one, other] = [sandbox.open(), sandbox.open()];
    expect(one.call(count, [])).toBe(1);
    const error = thrownBy(() => other.call(stuck, []));
    expect(error.message).toBe("`stuck` ran longer than its limit of 60 ms and was stopped");
    expect([one.call(count, []), other.call(count, [])]).toEqual([1, 1]);
  });

  test("has a limit for what its calls make host functions do", () => {
    const waiting = new Int32Array(new SharedArrayBuffer(4));
    const session = sandbox.open();
    const scope = { slow: (ms: number) => Atomics.wait(waiting, 0, 0, ms) };
    const slow = program("function f(ms) { slow(ms); return 1 }", { scope, timeoutMs: 100 });
    expect(session.call(slow, [1])).toBe(1);
    expect(thrownBy(() => session.call(slow, [150])).code).toBe("timeout");
    expect(session.call(slow, [1])).toBe(1);
  });

  test("tells an error of a host function where the stack ends from one of the program", () => {
    const scope = { look: (n: number) => n };
    const deep = program("function f() { const g = (n) => look(n) + g(n + 1); return g(0) }", { scope });
    const session = sandbox.open();
    for (let i = 0; i < 3; i++) {
      expect(thrownBy(() => session.call(deep, [])).message).toMatch(/^`f` threw RangeError: Maximum call stack size/);
      expect(session.call(add, [i, 1])).toBe(i + 1);
    }
  });

  test.each([
    ["lists", "const a = []; for (;;) a.push(new Array(1e4).fill(1))"],
    ["a map", "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })"],
    ["buffers", "const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1))"],
    ["one text", "return 'a'.repeat(2 ** 28).split('').length"],
    ["one buffer", "return new Uint8Array(4e9).fill(1).length"],
  ])("ends when its memory is used up by %s, and goes on", (_, body) => {
    const session = nodeProcess({ confine, memoryBytes: 64 * 2 ** 20 }).open();
    session.call(program("function mark() { globalThis.mark = 1 }"), []);
    const before = process.memoryUsage().rss;
    const error = thrownBy(() => session.call(program(`function f() { ${body} }`), []));
    expect(error.message).toMatch(/^`f` used more than its limit of 64 MiB of memory\n.*raise `memoryBytes`/);
    expect(error.code).toBe("out-of-memory");
    expect(session.call(add, [1, 2])).toBe(3);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    session.close();
  });

  test("that begins has a process of its own when another one has used up half of the memory", () => {
    const growing = nodeProcess({ confine, memoryBytes: 128 * 2 ** 20 });
    const hold = program(
      "const all = [];\nfunction hold() { all.push(new Uint8Array(1e7).fill(1)); return all.length }",
    );
    const sessions: SandboxSession[] = [];
    for (let i = 0; i < 3; i++) {
      const session = growing.open();
      sessions.push(session);
      for (let n = 1; n <= 9; n++) expect(session.call(hold, [])).toBe(n);
    }
    expect(sessions.map((session) => session.call(hold, []))).toEqual([10, 10, 10]);
    for (const session of sessions) session.close();
  });
});

/** How much may pass the border, on both levels, in both directions, for code that answers at once or later. */
import { beforeAll, describe, expect, test } from "vitest";
import { openLimits, transferLimits } from "../../src/sandbox/options.ts";
import { nodeProcess } from "../../src/sandbox/process/node-process.ts";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import type { Sandbox, SandboxSession } from "../../src/sandbox/sandbox.ts";
import { confine } from "./process/confinement.ts";
import { program, thrownBy } from "./programs.ts";

interface Limits {
  readonly memoryBytes?: number;
  readonly maxTransferChars?: number;
}

const levels: readonly [string, (limits: Limits) => Sandbox][] = [
  ["quickjs", quickjs],
  ["nodeProcess", (limits) => nodeProcess({ confine, ...limits })],
];

const small = 10_000;
const fix = "At most 10,000 characters as JSON may pass, fewer where they hold many values and names";

/** Runs `run` in a session of its own. */
async function within<R>(sandbox: Sandbox, run: (session: SandboxSession) => R): Promise<Awaited<R>> {
  const session = sandbox.open();
  try {
    return await run(session);
  } finally {
    session.close();
  }
}

/** Passes a text of so many characters in each direction that there is; gives what came of each. */
async function passing(sandbox: Sandbox, length: number, async: boolean): Promise<readonly (string | number)[]> {
  const text = "a".repeat(length);
  const scopes = [{}, {}, { give: () => text }, { take: (given: string) => given.length }, { text }];
  const bodies = [
    "return x.length",
    `return "a".repeat(${length})`,
    `return (${async ? "await " : ""}give()).length`,
    `return ${async ? "await " : ""}take("a".repeat(${length}))`,
    "return text.length",
  ];
  const results = bodies.map((body, at) =>
    within(sandbox, async (session) => {
      const args = [at === 0 ? text : ""];
      const called = program(`${async ? "async " : ""}function f(x) { ${body} }`, { scope: scopes[at] ?? {} });
      const result = async ? await session.callAsync(called, args) : session.call(called, args);
      return typeof result === "string" ? result.length : (result as number);
    }).catch((error: Error) => error.message),
  );
  return await Promise.all(results);
}

describe.each(levels)("maxTransferChars of %s", (_level, make) => {
  const limited = make({ maxTransferChars: small });
  beforeAll(() => limited.load());

  test.each([false, true])("holds in each direction, also for constants of the scope (async: %s)", async (async) => {
    expect(await passing(limited, 900, async)).toEqual([900, 900, 900, 900, 900]);
    for (const message of await passing(limited, small + 1, async)) {
      expect(message).toMatch(/may pass\b|too large to pass/);
      expect(message).toContain(fix);
      expect(message).toMatch(/raise `maxTransferChars` of the sandbox\.$/);
    }
  });

  test("counts values, too", async () => {
    const many = Array.from({ length: 1_000 }, () => 1);
    await within(limited, (session) => {
      expect(session.call(program("function f(x) { return x.slice(1) }"), [many.slice(500)])).toEqual(many.slice(501));
      const out = thrownBy(() => session.call(program("function f() { return new Array(1_000).fill(1) }"), []));
      expect(out).toMatchObject({ code: "not-transferable", message: expect.stringContaining(fix) });
      const within = thrownBy(() => session.call(program("function f(x) { return 1 }"), [many]));
      expect(within).toMatchObject({ code: "not-transferable", message: expect.stringContaining(fix) });
    });
  });

  test("does not hold for many results together", async () => {
    await within(limited, (session) => {
      const give = program(`function f(n) { return "a".repeat(${small - 2}) }`);
      const results = session.callMany(
        give,
        Array.from({ length: 400 }, (_, n) => [n]),
      );
      expect(results).toEqual(results.map(() => ({ value: "a".repeat(small - 2) })));
    });
  });

  test("cannot be changed by code inside", async () => {
    const hostile = program(`function spoil() {
      const most = { get: () => 1e9, set() {}, configurable: true };
      for (const name of ["max", "maxChars", "left", "chars"]) Object.defineProperty(Object.prototype, name, most);
      JSON.parse = () => ({ max: 1e9 });
      JSON.stringify = () => "1";
      Reflect.apply = () => 1;
      Number.prototype.valueOf = () => 1e9;
    }`);
    await within(limited, (session) => {
      session.call(hostile, []);
      for (const text of ["function f() {", "function g() {"]) {
        const out = thrownBy(() => session.call(program(`${text} return "a".repeat(${small}) }`), []));
        expect(out).toMatchObject({ code: "not-transferable", message: expect.stringContaining(fix) });
      }
    });
  });

  test("is that of each sandbox when two run the same program", async () => {
    const shared = program("function f(x) { return [...x, text].join('') }", {
      scope: { text: "b".repeat(2 * small) },
    });
    const wide = make({ maxTransferChars: 3 * small });
    const refusal = await within(limited, (session) => thrownBy(() => session.call(shared, [["a"]])));
    expect(refusal.message).toContain("the scope of `f`");
    expect(await within(wide, (session) => session.call(shared, [["a"]]))).toHaveLength(2 * small + 1);
    expect(await within(limited, (session) => thrownBy(() => session.call(shared, [["a"]])).message)).toBe(
      refusal.message,
    );
  });

  test("raised, lets synchronous code pass what the default refuses", async () => {
    const long = program("function f() { return 'a'.repeat(20_000_000) }");
    const usual = await within(make({ memoryBytes: 2 ** 27 }), (session) => thrownBy(() => session.call(long, [])));
    expect(usual.message).toContain("20000002 characters as JSON; at most 20000000 may pass");
    const raised = make({ maxTransferChars: 20_000_002, memoryBytes: 2 ** 27 });
    expect(await within(raised, (session) => session.call(long, []))).toHaveLength(20_000_000);
  });

  test("raised, lets asynchronous code pass what the default refuses", async () => {
    const take = (text: string): number => text.length;
    const long = program("async function f() { return [await take('a'.repeat(4_500_000)), 'a'.repeat(3_000_000)] }", {
      scope: { take },
    });
    const usual = await within(make({}), (session) => session.callAsync(long, []).catch((error: Error) => error));
    expect(usual).toMatchObject({ message: expect.stringContaining("open at once") });
    const raised = make({ maxTransferChars: 5_000_000 });
    const given = await within(raised, (session) => session.callAsync(long, []));
    expect(given).toEqual([4_500_000, "a".repeat(3_000_000)]);
  });

  test("is unset 20,000,000 in, and 3,000,000 out of asynchronous code", async () => {
    const call = async (body: string, args: readonly unknown[]) =>
      await within(make({}), (session) => session.callAsync(program(`async function f(x) { ${body} }`), args));
    expect(await call("return x.length", ["a".repeat(3_500_000)])).toBe(3_500_000);
    const refusal = await call("return 'a'.repeat(3_500_000)", [""]).catch((error: Error) => error);
    expect(refusal).toMatchObject({
      code: "not-transferable",
      message: expect.stringMatching(/at most 3,000,000 may pass\nAt most 3,000,000 characters/),
    });
  });

  test("that is more than the memory lets pass, names the memory", async () => {
    const tight = make({ maxTransferChars: 100_000_000, memoryBytes: 2 ** 24 });
    const long = program("function f() { return 'a'.repeat(60_000_000) }");
    const refusal = await within(tight, (session) => thrownBy(() => session.call(long, [])));
    expect(refusal).toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(/limit of 16 MiB of memory\n.*raise `memoryBytes` of the sandbox/),
    });
  });

  test.each([0, -1, 9_999, 150_000_001, 10_000.5, Number.NaN, Number.POSITIVE_INFINITY, "99999" as never])(
    "may not be %s",
    (maxTransferChars) => {
      expect(thrownBy(() => make({ maxTransferChars }))).toMatchObject({
        code: "bad-option",
        message: `maxTransferChars must be a whole number from 10,000 to 150,000,000, not ${String(maxTransferChars)}`,
      });
    },
  );

  test("may be what a text of V8 holds", () => {
    expect(make({ maxTransferChars: 150_000_000 }).name).toBeTypeOf("string");
  });
});

test("one question may be as long as what may pass", () => {
  expect(openLimits(transferLimits(undefined)).chars).toBe(4_000_000);
  expect(openLimits(transferLimits(10_000)).chars).toBe(4_000_000);
  expect(openLimits(transferLimits(9_000_000)).chars).toBe(9_000_000);
});

test("the memory of a QuickJS sandbox has the largest that an engine can have as its limit", async () => {
  expect(thrownBy(() => quickjs({ memoryBytes: 2 ** 31 + 1 }))).toMatchObject({
    code: "bad-option",
    message: "memoryBytes must be a whole number from 1 to 2,147,483,648, not 2147483649",
  });
  const seven = program("function f() { return 7 }");
  expect(await within(quickjs({ memoryBytes: 2 ** 31 }), (session) => session.call(seven, []))).toBe(7);
});

test("a program that only uses the words of a limit gets no advice about it", async () => {
  const strict = program("function f() { throw new Error('only adults may pass') }");
  const { message } = await within(quickjs(), (session) => thrownBy(() => session.call(strict, [])));
  expect(message).toContain("only adults may pass");
  expect(message).not.toContain("maxTransferChars");
});

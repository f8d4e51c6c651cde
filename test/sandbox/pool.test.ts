/** What happens to sessions whose thread is held by another call, or ends. */
import { describe, expect, test, vi } from "vitest";
import { AsyncSession } from "../../src/sandbox/async-session.ts";
import type { ConsoleHook } from "../../src/sandbox/console-hook.ts";
import { transferLimits } from "../../src/sandbox/options.ts";
import { WorkerPool } from "../../src/sandbox/pool.ts";
import { nodeProcess } from "../../src/sandbox/process/node-process.ts";
import { startProcess } from "../../src/sandbox/process/process-carrier.ts";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { type StartCarrier, Thread } from "../../src/sandbox/thread.ts";
import { Units } from "../../src/sandbox/unit.ts";
import { startWorker } from "../../src/sandbox/worker-carrier.ts";
import { confine } from "./process/confinement.ts";
import { program } from "./programs.ts";

const transfer = transferLimits(undefined);

/** Threads of both kinds, and sandboxes that have one of them at a time. */
const kinds: readonly [string, StartCarrier, () => Sandbox][] = [
  [
    "workers",
    startWorker({ memoryBytes: 64 * 2 ** 20, stackBytes: 192 * 2 ** 10, transfer }, true),
    () => quickjs({ workers: 1 }),
  ],
  [
    "processes",
    startProcess({ confine, memoryBytes: 64 * 2 ** 20, transfer }, true),
    () => nodeProcess({ confine, processes: 1 }),
  ],
];

/** A promise that is settled from outside. */
function gate(): { readonly opened: Promise<string>; open(value: string): void } {
  let open: (value: string) => void = () => undefined;
  const opened = new Promise<string>((resolve) => (open = resolve));
  return { opened, open };
}

/** Ends a thread once it runs nothing: a call that runs while its thread ends is taken for the one that ended it. */
async function end(thread: Thread): Promise<void> {
  while (thread.running !== 0) await new Promise(setImmediate);
  thread.end();
}

/** Counts its calls in the world, draws, prints, asks twice, and tells all that it saw. */
const story = `let calls = 0;
async function story(name) {
  const seen = [++calls, Math.random(), Date.now()];
  console.log("begin", name);
  seen.push(await ask(name, 1), ++calls);
  console.log("middle", name);
  seen.push(await ask(name, 2), Math.random(), Date.now());
  return seen;
}`;

/** Runs two stories in one session and calls `between` while both wait for their second answers. */
async function tell(pool: WorkerPool, between: () => Promise<void>): Promise<unknown> {
  const [first, second] = [gate(), gate()];
  const asked: string[] = [];
  const both = gate();
  const ask = async (name: string, n: number): Promise<string> => {
    asked.push(name + n);
    if (n === 1) return `${name}1`;
    if (asked.filter((one) => one.endsWith("2")).length === 2) both.open("");
    return await (name === "a" ? first : second).opened;
  };
  const session = new AsyncSession(() => pool.open(), new Units(transfer), "seed");
  const told = program(story, { scope: { ask } });
  const results = Promise.all([session.call(told, ["a"]), session.call(told, ["b"])]);
  await both.opened;
  await between();
  second.open("second");
  await new Promise(setImmediate);
  first.open("first");
  const all = [await results, await session.call(program("async function f() { return globalThis.x }"), [])];
  session.close();
  return { all, asked: asked.sort() };
}

describe.each(kinds)("on %s", (_kind, start, makeSandbox) => {
  test("a session whose thread ends goes on with another one as if nothing had happened", async () => {
    const printed: string[] = [];
    const onConsole: ConsoleHook = (_, line) => printed.push(line);
    const calm = await tell(new WorkerPool(1, start, onConsole), async () => undefined);
    const lines = printed.splice(0).sort();
    const threads = vi.spyOn(Thread.prototype, "add");
    const shaken = await tell(new WorkerPool(1, start, onConsole), async () => {
      await end(threads.mock.contexts.at(-1) as Thread);
    });
    expect(threads.mock.contexts.length).toBe(2);
    threads.mockRestore();
    expect(shaken).toEqual(calm);
    expect(printed.sort()).toEqual(lines);
  });

  test("a session goes on elsewhere with the world that it has, and not with one that ended", async () => {
    const pool = new WorkerPool(1, start, undefined);
    const threads = vi.spyOn(Thread.prototype, "add");
    const session = new AsyncSession(() => pool.open(), new Units(transfer), "seed");
    const ask = async (n: number): Promise<number> => n;
    const count = program("let n = 0; async function count() { return (n += await ask(1)) }", { scope: { ask } });
    const endless = program("async function endless() { await null; for (;;); }", { timeoutMs: 50 });
    expect([await session.call(count, []), await session.call(count, [])]).toEqual([1, 2]);
    await expect(session.call(endless, [])).rejects.toThrow("50 ms");
    expect([await session.call(count, []), await session.call(count, [])]).toEqual([1, 2]);
    await end(threads.mock.contexts.at(-1) as Thread);
    expect([await session.call(count, []), await session.call(count, [])]).toEqual([3, 4]);
    expect(threads.mock.contexts.length).toBe(2);
    threads.mockRestore();
    session.close();
  });

  test("a call that holds its thread delays no neighbour: not those that wait for an answer, and not those that come later", async () => {
    const alone = makeSandbox();
    const endless = program("async function endless() { await null; for (;;); }", { timeoutMs: 60_000 });
    const answer = gate();
    const waiting = alone.open("w");
    const asked = gate();
    const asking = program("let n = 0; async function asking() { n++; return [n, await ask()] }", {
      scope: { ask: () => (asked.open(""), answer.opened) },
    });
    const waited = waiting.callAsync(asking, []);
    await asked.opened;
    const hostile = alone.open("h");
    let isOver = false;
    const held = hostile.callAsync(endless, []).catch(() => (isOver = true));
    answer.open("answer");
    expect(await waited).toEqual([1, "answer"]);
    const late = alone.open("l");
    expect(await late.callAsync(program("async function f() { return 1 }"), [])).toBe(1);
    expect(await waiting.callAsync(asking, [])).toEqual([2, "answer"]);
    expect(isOver).toBe(false);
    hostile.close();
    await held;
  });
});

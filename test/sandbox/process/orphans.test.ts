/** No process of a sandbox outlives the process that started it, however that one ends, and none keeps it alive. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, inject, test } from "vitest";
import { confinements } from "./confinement.ts";

const cwd = inject("builtPackage");
const url = pathToFileURL(join(cwd, "dist/doors/extend.js")).href;

/** The arguments of Node for a program that has a loaded sandbox and programs to call. */
function args(confine: string, text: string): string[] {
  const code = `
    import { writeSync } from "node:fs";
    const { nodeProcess } = await import(${JSON.stringify(url)});
    const sandbox = nodeProcess({ confine: ${JSON.stringify(confine)} });
    const program = (source, async = false) =>
      ({ source, scope: {}, timeoutMs: 600_000, spec: { entry: "f", params: [], async, scope: [] } });
    const [add, later] = [program("function f() { return 1 }"), program("async function f() { return 2 }", true)];
    const [spin, spinLater] = [program("function f() { for (;;); }"), program("async function f() { for (;;); }", true)];
    const session = sandbox.open();
    const say = (value) => writeSync(1, value + "\\n");
    ${text}`;
  return ["--input-type=module", "-e", code];
}

const statOf = (pid: string): string[] => {
  try {
    // The name of the program may hold spaces.
    return readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /, "")
      .split(" ");
  } catch {
    return [];
  }
};

/** The processes that descend from one and have not ended. */
function descendants(pid: number): string[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [name, statOf(name)] as const)
      .filter(([, [state]]) => state !== "Z")
      .map(([name, [, parent]]) => [name, parent]),
  );
  const isBelow = (name: string | undefined): boolean =>
    name === String(pid) || (name !== undefined && isBelow(parents.get(name)));
  return [...parents].filter(([, parent]) => isBelow(parent)).map(([name]) => name);
}

const hasEnded = (pid: string): boolean => ["Z", undefined].includes(statOf(pid)[0]);

describe.each(confinements)("a program with a sandbox under %s", (confine) => {
  test("ends although its children idle", async () => {
    const text = "say(session.call(add, [])); say(await session.callAsync(later, []));";
    expect((await promisify(execFile)(process.execPath, args(confine, text), { cwd })).stdout).toBe("1\n2\n");
  });

  test("ends when only a load is under way", async () => {
    const text = 'sandbox.load(); say("started");';
    expect((await promisify(execFile)(process.execPath, args(confine, text), { cwd })).stdout).toBe("started\n");
  });

  test.each([
    ["idle", 'say("ready"); setInterval(() => 1, 1e6);'],
    ["run a program without end", 'say("ready"); session.call(spin, []);'],
    ["run an asynchronous program without end", 'session.callAsync(spinLater, []); await null; say("ready");'],
  ])("leaves no child behind when it is killed, though they %s", async (_, text) => {
    const warm = "session.call(add, []); await sandbox.open().callAsync(later, []);";
    const host = spawn(process.execPath, args(confine, warm + text), { cwd, stdio: ["ignore", "pipe", "inherit"] });
    await once(host.stdout, "data");
    const children = descendants(host.pid as number);
    expect(children.length).toBeGreaterThanOrEqual(4);
    // The program without end has begun by now, or is about to.
    await sleep(100);
    host.kill("SIGKILL");
    await once(host, "exit");
    await expect.poll(() => children.filter((pid) => !hasEnded(pid))).toEqual([]);
  });

  test("leaves none behind when it ends by itself, or throws", async () => {
    for (const end of ["process.exit(0)", "process.nextTick(() => { throw new Error('x') })"]) {
      const text = `session.call(add, []); await session.callAsync(later, []); say("ready"); process.stdin.once("data", () => { ${end} });`;
      const host = spawn(process.execPath, args(confine, text), { cwd, stdio: ["pipe", "pipe", "ignore"] });
      await once(host.stdout, "data");
      const children = descendants(host.pid as number);
      expect(children.length).toBeGreaterThanOrEqual(4);
      host.stdin.write("end");
      await once(host, "exit");
      await expect.poll(() => children.filter((pid) => !hasEnded(pid))).toEqual([]);
    }
  });
});

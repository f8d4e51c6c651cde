/** What a program can reach that tries to leave its world, and what a process could that was taken over. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandOf } from "../../../src/sandbox/process/command.ts";
import { nodeProcess } from "../../../src/sandbox/process/node-process.ts";
import { program, thrownBy } from "../programs.ts";
import { confinements } from "./confinement.ts";

/**
 * Walks over all that can be reached from `roots`, and tries every constructor of functions on the way that is not one of
 * this world.
 */
const walk = `
  const own = new Set([Function, (async () => {}).constructor, (function* () {}).constructor, (async function* () {}).constructor]);
  function walk(roots) {
    const seen = new Set(), found = [], strange = [];
    const add = (value) => {
      if ((typeof value === "object" && value !== null) || typeof value === "function") {
        if (!seen.has(value)) { seen.add(value); found.push(value); }
      }
    };
    for (const root of roots) add(root);
    for (let i = 0; i < found.length && i < 50000; i++) {
      const value = found[i];
      try { add(Object.getPrototypeOf(value)); } catch {}
      let keys = [];
      try { keys = Reflect.ownKeys(value); } catch {}
      for (const key of keys) {
        try {
          const { value: inner, get, set } = Object.getOwnPropertyDescriptor(value, key);
          add(inner); add(get); add(set);
        } catch {}
        try { add(value[key]); } catch {}
      }
      if (typeof value !== "function" || own.has(value) || !/^([A-Z]\\w*)?Function$/.test(value.name)) continue;
      let made;
      try { made = value("return typeof process + typeof require + typeof globalThis.Buffer")(); } catch (e) { made = e.name; }
      if (made !== "EvalError") strange.push(made);
    }
    return { seen: seen.size > 30, strange };
  }`;

const clean = { seen: true, strange: [] };

describe.each(confinements)("a program under %s", (confine) => {
  const sandbox = nodeProcess({ confine });
  beforeAll(() => sandbox.load());

  const look = (body: string): unknown => {
    const scope = {
      look: (n: number) => n,
      fail: () => {
        throw new TypeError("no");
      },
    };
    const source = `${walk}\nfunction f(...x) { ${body} }`;
    return sandbox.open().call(
      {
        ...program("function f(...x) {}", { scope }),
        source,
        spec: { entry: "f", params: ["...x"], async: false, scope: ["look", "fail"] },
      },
      [1],
    );
  };

  test.each([
    ["its globals and arguments", "return walk([globalThis, x, look, console, walk, new Error('x')])"],
    ["an error of the host", "try { fail() } catch (e) { return walk([e]) }"],
    ["an error of the engine", "try { null.x } catch (e) { return walk([e]) }"],
    [
      "the frames of a stack",
      "const seen = []; Error.prepareStackTrace = (e, frames) => { seen.push(frames); for (const f of frames) seen.push(f, f.getThis?.(), f.getFunction?.(), f.getEvalOrigin?.(), f.getTypeName?.()); return '' }; void new Error('x').stack; try { look(() => 1) } catch (e) { seen.push(e, e.stack) } return { ...walk(seen), seen: walk([globalThis]).seen }",
    ],
    [
      "errors where the stack ends in the host's part",
      "const seen = []; const g = (n) => { try { look(n) } catch (e) { seen.push(e) } try { g(n + 1) } catch (e) { seen.push(e) } }; g(0); return walk(seen.slice(0, 5).concat(seen.slice(-5), globalThis))",
    ],
    [
      "a getter of the stack",
      "const seen = []; Object.defineProperty(Error, 'stackTraceLimit', { get() { seen.push(this, arguments.callee); return 10 } }); try { null.x } catch (e) { seen.push(e, e.stack) } return walk(seen.concat(globalThis))",
    ],
  ])("finds no way out by %s", (_, body) => {
    expect(look(body)).toEqual(clean);
  });

  test.each([
    ["process", "return Function('return typeof process + typeof require + typeof module')()"],
    ["this of a sloppy function", "return typeof Function('return this')().process + 'undefinedundefined'"],
    [
      "callers",
      "return Function('try { return typeof arguments.callee.caller.caller.arguments } catch { return `undefinedundefinedundefined` }')()",
    ],
  ])("finds no %s", (_, body) => {
    expect(look(body)).toBe("undefinedundefinedundefined");
  });

  test.each([
    ["WebAssembly", "globalThis.WebAssembly"],
    ["shared memory", "globalThis.SharedArrayBuffer ?? globalThis.Atomics"],
    ["timers", "globalThis.setTimeout ?? globalThis.setImmediate ?? globalThis.queueMicrotask"],
    ["the network", "globalThis.fetch ?? globalThis.WebSocket"],
  ])("has no %s", (_, text) => {
    expect(look(`return typeof (${text})`)).toBe("undefined");
  });

  test("gets nothing from import()", async () => {
    const source = `${walk}\nasync function f() {
      const seen = [];
      for (const text of ["node:fs", "node:process", "data:text/javascript,1"]) {
        const imported = Function("name", "return import(name)")(text);
        seen.push(imported);
        imported.then((m) => seen.push("loaded", m), (e) => seen.push(e));
      }
      await ask(); await ask();
      return { ...walk(seen.concat(globalThis)), loaded: seen.includes("loaded") };
    }`;
    const scope = { ask: async () => 1 };
    const made = { source, scope, spec: { entry: "f", params: [], async: true, scope: ["ask"] }, timeoutMs: 600_000 };
    expect(await sandbox.open().callAsync(made, [])).toEqual({ ...clean, loaded: false });
    expect(
      thrownBy(() => sandbox.check("function f() { import('node:fs') }", { ...made.spec, async: false })).message,
    ).toMatch(/`import\(\)` is not allowed/);
  });

  test("changes nothing for other worlds by what it can reach", () => {
    look(`
      const seen = [];
      const g = (n) => { try { look(n) } catch (e) { seen.push(e) } try { g(n + 1) } catch (e) { seen.push(e) } }; g(0);
      for (const e of seen) {
        const chain = [];
        for (let proto = e; proto !== null; proto = Object.getPrototypeOf(proto)) chain.push(proto);
        for (const proto of chain.slice(1)) {
          try { proto.evil = 1 } catch {}
          try { Object.defineProperty(proto, "then", { get() { for (;;); } }) } catch {}
          try { Object.setPrototypeOf(proto, { evil: 2 }) } catch {}
        }
      }
      return 0`);
    expect(
      look("return [typeof ({}).evil, typeof (() => 1).evil, typeof [].evil, typeof new Error('x').evil]"),
    ).toEqual(Array.from({ length: 4 }, () => "undefined"));
  });
});

describe.each(confinements)("a process under %s that was taken over", (confine) => {
  const server = createServer((socket) => socket.end("host"));
  let port = 0;
  beforeAll(async () => {
    process.env["TRACEGRAD_TEST_SECRET"] = "secret";
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => {
    delete process.env["TRACEGRAD_TEST_SECRET"];
    server.close();
  });

  /** What code of Node says that runs where the child's program would. */
  const run = async (code: string): Promise<unknown> => {
    const { file, args, env } = commandOf(confine, 64 * 2 ** 20);
    const text = `
      const tryTo = (fn) => { try { return fn() } catch (e) { return e.code ?? e.name } };
      const say = (value) => { require("fs").writeSync(4, JSON.stringify(value)); process.exit() };
      ${code}`;
    const stdio = ["ignore", "ignore", "inherit", "pipe", "pipe", "pipe", "pipe"] as const;
    const child = spawn(file, [...args.slice(0, -1), text], { env, cwd: "/", stdio: [...stdio] });
    let said = "";
    for await (const part of child.stdio[4] as Readable) said += String(part);
    for (const stream of child.stdio) stream?.destroy();
    return JSON.parse(said);
  };

  test("reads and writes no file", async () => {
    const code = `const fs = require("fs"); say([
      tryTo(() => fs.readFileSync("/etc/passwd").length), tryTo(() => fs.readFileSync(${JSON.stringify(import.meta.filename)}).length),
      tryTo(() => fs.writeFileSync(${JSON.stringify(join(tmpdir(), "escaped"))}, "x")), tryTo(() => fs.readdirSync("/")), tryTo(() => fs.readFileSync("/proc/1/environ").length)])`;
    expect(await run(code)).toEqual(Array.from({ length: 5 }, () => "ERR_ACCESS_DENIED"));
  });

  test("starts no process, thread, addon or debugger", async () => {
    const code = `say([
      tryTo(() => require("child_process").execFileSync(process.execPath, ["-v"]).length),
      tryTo(() => new (require("worker_threads").Worker)("1", { eval: true }).threadId),
      tryTo(() => process.dlopen({ exports: {} }, "/x.node")), tryTo(() => require("inspector").open(0)),
      tryTo(() => Function("return 1")())])`;
    const denied = "ERR_ACCESS_DENIED";
    expect(await run(code)).toEqual([
      denied,
      denied,
      expect.stringMatching(/^ERR_(ACCESS_DENIED|DLOPEN_DISABLED)$/),
      denied,
      "EvalError",
    ]);
  });

  test("knows nothing of the environment", async () => {
    expect(
      await run("say(Object.keys(process.env).filter((name) => !/^(TZ|PWD|OLDPWD|SHLVL|_)$/.test(name)))"),
    ).toEqual([]);
  });

  test("has a limit for data beyond the heap", async () => {
    expect(await run("say(tryTo(() => new ArrayBuffer(8e9).byteLength))")).toBe("RangeError");
  });

  test.runIf(confine === "bubblewrap")("reaches no network, and no other process", async () => {
    const code = `
      const parent = tryTo(() => process.kill(process.ppid, 0));
      require("net").connect(${port}, "127.0.0.1").on("connect", () => say("connected")).on("error", (e) => say([e.code, process.pid, process.ppid, parent]))`;
    const answer = (await run(code)) as [string, number, number, unknown];
    expect(answer[0]).toMatch(/^E(CONNREFUSED|NETUNREACH|ADDRNOTAVAIL|RR_ACCESS_DENIED)$/);
    expect(answer.slice(1, 3)).toEqual([1, 0]);
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, inject, it, vi } from "vitest";
import { record, replay } from "../../src/llm/cassette.ts";
import { type CommandOptions, command } from "../../src/llm/command.ts";
import type { LanguageModel, ModelRequest } from "../../src/llm/llm.ts";
import { isAbort } from "../../src/util/abort.ts";
import { temporaryFolder } from "./folder.ts";

const ASK: ModelRequest = { system: "Be brief.", messages: [{ role: "user", content: "Capital of Peru?" }] };
const TOOL = { name: "propose", description: "Proposes a city.", inputSchema: { type: "object" } };

/** Longer than any test, for what must not come to its end. */
const FOREVER = "setInterval(() => {}, 1 << 30);";

/** A model that is a Node program with this source; it has one attempt. */
function tool(source: string, options: CommandOptions = {}): LanguageModel {
  return command(process.execPath, ["-e", source], { name: "tool", maxRetries: 0, ...options });
}

/** Source that notes the process in a file, whole or not at all. */
function noting(file: string, what = "process.pid"): string {
  const [path, draft] = [JSON.stringify(file), JSON.stringify(`${file}.tmp`)];
  return `require("fs").writeFileSync(${draft}, String(${what})); require("fs").renameSync(${draft}, ${path});`;
}

async function pidIn(file: string): Promise<number> {
  await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 600_000, interval: 5 });
  return Number(readFileSync(file, "utf8"));
}

/** Waits until there is no such process, not even a zombie. */
async function goneProcess(pid: number): Promise<void> {
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 600_000, interval: 5 });
}

describe("command", () => {
  it("answers with what the program prints, trimmed; the usage is not known", async () => {
    const reply = await tool(`console.log(" Lima\\n")`).generate(ASK);
    const usage = { inputTokens: 0, outputTokens: 0 };
    expect(reply).toEqual({ text: "Lima", stopReason: "end", usage, model: "tool" });
  });

  it("is named after the program", () => {
    expect(command("/usr/bin/claude").name).toBe("claude");
  });

  it("writes system prompt, messages and the format of the reply to standard input", async () => {
    const echo = tool("process.stdin.pipe(process.stdout)");
    expect((await echo.generate({ ...ASK, tool: TOOL, maxTokens: 99 })).text).toMatchInlineSnapshot(`
      "You are the language model that answers this prompt.

      - What you print is taken as the reply: give the reply and nothing else.
      - Reply with **one JSON object**; the section “Reply format” at the end gives its JSON Schema.
      - Write at most 99 tokens.

      ## System

      Be brief.

      ## Message 1 (user)

      Capital of Peru?

      ## Reply format

      Reply with exactly one JSON object, bare or in one \`json\` code fence: the input of \`propose\`.
      Proposes a city.

      It must match this JSON Schema:

      \`\`\`json
      {
        "type": "object"
      }
      \`\`\`"
    `);
  });

  it("passes arguments on as they are: no shell reads them", async () => {
    const args = ["$HOME", "a b", "; exit 3", "*", '"'];
    const print = "console.log(JSON.stringify(process.argv.slice(1)))";
    const reply = await command(process.execPath, ["-e", print, "--", ...args]).generate(ASK);
    expect(JSON.parse(reply.text)).toEqual(args);
  });

  it("parses the JSON object for a tool", async () => {
    const model = tool('console.log("Here it is: " + JSON.stringify({ city: "Lima" }))');
    expect(await model.generate({ ...ASK, tool: TOOL })).toMatchObject({
      toolInput: { city: "Lima" },
      stopReason: "tool",
    });
  });

  it("reads the answer as `read` says, and writes the request as `write` says", async () => {
    const model = tool("process.stdin.pipe(process.stdout)", {
      write: () => JSON.stringify({ result: "Lima", in: 7, out: 2 }),
      read: (stdout) => {
        const { result, ...used } = JSON.parse(stdout) as { result: string; in: number; out: number };
        return {
          text: result,
          usage: { inputTokens: used.in, outputTokens: used.out },
          model: "m-1",
          stopReason: "length",
        };
      },
    });
    expect(await model.generate(ASK)).toEqual({
      text: "Lima",
      usage: { inputTokens: 7, outputTokens: 2 },
      model: "m-1",
      stopReason: "length",
    });
  });

  it("runs in the folder and with the variables that it is given", async () => {
    const folder = temporaryFolder();
    const print = "console.log(JSON.stringify([process.cwd(), process.env.CITY, process.env.GONE ?? null]))";
    vi.stubEnv("GONE", "still there");
    const model = tool(print, { cwd: folder, env: { CITY: "Lima", GONE: undefined } });
    expect(JSON.parse((await model.generate(ASK)).text)).toEqual([folder, "Lima", null]);
    vi.unstubAllEnvs();
  });

  it("reads characters that are cut between two chunks, and no byte order mark", async () => {
    const model = tool(`
      const bytes = Buffer.from("\\uFEFF" + "日本🗾é".repeat(50));
      let at = 0;
      const next = () => at < bytes.length && process.stdout.write(bytes.subarray(at, ++at), () => setImmediate(next));
      next();`);
    expect((await model.generate(ASK)).text).toBe("日本🗾é".repeat(50));
  });

  it("takes an output of 10 MB, and a prompt of 10 MB", async () => {
    const model = tool("process.stdin.pipe(process.stdout)", { write: () => "x".repeat(10_000_000) });
    expect((await model.generate(ASK)).text).toHaveLength(10_000_000);
  });

  it("takes the answer of a program that reads nothing, or closes its input at once", async () => {
    const write = (): string => "x".repeat(10_000_000);
    expect((await tool('process.stdin.destroy(); console.log("a")', { write }).generate(ASK)).text).toBe("a");
    expect((await tool('console.log("b")', { write }).generate(ASK)).text).toBe("b");
  });

  it("takes the answer of a program whose child has left its group and keeps the pipes open", async () => {
    const file = join(temporaryFolder(), "pid");
    const model = tool(`
      const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(FOREVER)}],
        { stdio: ["ignore", "inherit", "inherit"], detached: true });
      child.unref();
      ${noting(file, "child.pid")}
      console.log("done");`);
    expect((await model.generate(ASK)).text).toBe("done");
    process.kill(await pidIn(file), "SIGKILL");
  });

  it("runs as many programs at once as `concurrency` says", async () => {
    const folder = temporaryFolder();
    // Each program says how many are there, itself included, while it is there.
    const count = `
      const fs = require("fs"), file = ${JSON.stringify(folder)} + "/" + process.pid;
      fs.writeFileSync(file, "");
      setTimeout(() => { console.log(fs.readdirSync(${JSON.stringify(folder)}).length); fs.unlinkSync(file); }, 100);`;
    const model = tool(count, { concurrency: 2 });
    const replies = await Promise.all(Array.from({ length: 6 }, () => model.generate(ASK)));
    expect(Math.max(...replies.map(({ text }) => Number(text)))).toBeLessThanOrEqual(2);
  });

  it("records and replays", async () => {
    const file = join(temporaryFolder(), "a.json");
    const recorded = await record(tool('console.log("Lima")'), file).generate(ASK);
    expect(await replay(file).generate(ASK)).toEqual(recorded);
  });
});

describe("command fails", () => {
  it("with the exit code and the end of standard error, without secrets", async () => {
    vi.stubEnv("TOOL_API_KEY", "abcdef-123456");
    const model = tool(`
      console.log("thinking");
      console.error("x".repeat(100_000) + " bad key abcdef-123456: not logged in");
      process.exitCode = 3;`);
    const error = await model.generate(ASK).catch((thrown) => thrown);
    vi.unstubAllEnvs();
    expect(error).toMatchObject({ code: "model-unavailable" });
    expect(error.message).toMatch(/exit code 3.*: not logged in$/s);
    expect(error.message).not.toContain("abcdef");
    expect(error.message.length).toBeLessThan(2_000);
  });

  it("with the end of standard output when standard error is empty", async () => {
    const model = tool('console.log("Please run /login"); process.exitCode = 1;');
    await expect(model.generate(ASK)).rejects.toThrow(/exit code 1.*Please run \/login/);
  });

  it("when there is no text, or `read` throws", async () => {
    const code = "model-unavailable";
    await expect(tool("").generate(ASK)).rejects.toMatchObject({ code, message: /without a text.*printed nothing/ });
    const read = (stdout: string) => JSON.parse(stdout);
    await expect(tool('console.log("no")', { read }).generate(ASK)).rejects.toMatchObject({ code, message: /JSON/ });
  });

  it("and is asked again, as often as `maxRetries` says", async () => {
    const file = join(temporaryFolder(), "attempts");
    writeFileSync(file, "");
    const source = `
      const fs = require("fs");
      fs.appendFileSync(${JSON.stringify(file)}, "x");
      if (fs.statSync(${JSON.stringify(file)}).size < 3) process.exitCode = 1; else console.log("third");`;
    const once = tool(source, { maxRetries: 1, backoffMs: 1 });
    await expect(once.generate(ASK)).rejects.toThrow("tool failed 2 time(s) in a row");
    expect((await tool(source).generate(ASK)).text).toBe("third");
  });

  it("at once when there is no such program, and says what to do", async () => {
    const model = command("no-such-program-here", [], { maxRetries: 9, backoffMs: 1e6 });
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-config", message: /Install it/ });
  });

  it("at once when its folder is missing, the file is no program, or an argument is none", async () => {
    const code = "model-config";
    const cwd = join(temporaryFolder(), "none");
    await expect(tool("", { cwd }).generate(ASK)).rejects.toMatchObject({ code, message: /no folder .*none/ });
    const file = join(temporaryFolder(), "text");
    writeFileSync(file, "text");
    await expect(command(file).generate(ASK)).rejects.toMatchObject({ code, message: /executable/ });
    await expect(command("node", ["a\0b"]).generate(ASK)).rejects.toMatchObject({ code });
  });

  it("when it prints more than `maxOutputBytes`, and is ended", async () => {
    const file = join(temporaryFolder(), "pid");
    const model = tool(
      `${noting(file)} process.stdout.on("error", () => {});
      const write = () => process.stdout.write("x".repeat(65_536), write); write();`,
      { maxOutputBytes: 100_000, maxRetries: 9 },
    );
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-endless", message: /100000 bytes/ });
    await goneProcess(await pidIn(file));
  });

  it("at the timeout, and then no program runs any more", async () => {
    const file = join(temporaryFolder(), "pid");
    const model = tool(`${noting(file)} ${FOREVER}`, { timeoutMs: 1_000 });
    await expect(model.generate(ASK)).rejects.toMatchObject({ code: "model-timeout" });
    // On a busy machine it may have got no further.
    if (existsSync(file)) expect(() => process.kill(Number(readFileSync(file, "utf8")), 0)).toThrow("ESRCH");
  });

  it("on abort, also when the program and its child ignore SIGTERM: both are killed", async () => {
    const folder = temporaryFolder();
    const [own, childs] = [join(folder, "own"), join(folder, "child")];
    const deaf = `process.on("SIGTERM", () => {}); ${FOREVER}`;
    const controller = new AbortController();
    const answering = tool(
      `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(deaf + noting(childs))}]);
      ${deaf} ${noting(own)}`,
    ).generate(ASK, { signal: controller.signal });
    const caught = answering.catch((thrown) => thrown);
    const pids = [await pidIn(own), await pidIn(childs)];
    controller.abort();
    expect(isAbort(await caught)).toBe(true);
    for (const pid of pids) await goneProcess(pid);
  });

  it("to outlive this process: Ctrl-C and an exit kill the program", async () => {
    const folder = temporaryFolder();
    const door = JSON.stringify(join(inject("builtPackage"), "dist/doors/llm.js"));
    for (const how of ["SIGINT", "exit"] as const) {
      const file = join(folder, how);
      const deaf = `process.on("SIGTERM", () => {}); ${noting(file)} ${FOREVER}`;
      const source = `
        import { command } from ${door};
        command(process.execPath, ["-e", ${JSON.stringify(deaf)}]).generate({ messages: [] });
        process.stdin.on("data", () => process.exit(7));`;
      const parent = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["pipe", "ignore", 2] });
      const ended = once(parent, "exit");
      const pid = await pidIn(file);
      if (how === "exit") parent.stdin?.write("x");
      else parent.kill(how);
      expect(await ended).toEqual(how === "exit" ? [7, null] : [null, how]);
      await goneProcess(pid);
    }
  });

  it("with an AbortError on abort, and the program is ended", async () => {
    const file = join(temporaryFolder(), "pid");
    const controller = new AbortController();
    const answering = tool(`${noting(file)} ${FOREVER}`).generate(ASK, { signal: controller.signal });
    const caught = answering.catch((thrown) => thrown);
    const pid = await pidIn(file);
    controller.abort();
    expect(isAbort(await caught)).toBe(true);
    await goneProcess(pid);
  });

  it("with an AbortError while it waits for its turn, and is never run", async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const source = `const file = ${JSON.stringify(folder)} + "/" + process.pid; require("fs").writeFileSync(file, "");
      const timer = setInterval(() => { if (!require("fs").existsSync(file)) process.exit(); }, 5); console.log("a");`;
    const model = tool(source, { concurrency: 1 });
    const first = model.generate(ASK);
    const second = model.generate(ASK, { signal: controller.signal }).catch((thrown) => thrown);
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1), { timeout: 600_000, interval: 5 });
    controller.abort();
    expect(isAbort(await second)).toBe(true);
    rmSync(join(folder, readdirSync(folder)[0] as string));
    expect((await first).text).toBe("a");
    await sleep(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("for an image", async () => {
    const image = { type: "image", mediaType: "image/png", data: "" } as const;
    const request: ModelRequest = { messages: [{ role: "user", content: [image] }] };
    await expect(tool("").generate(request)).rejects.toMatchObject({ code: "model-bad-request" });
  });

  it.each([
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ concurrency: 0 }, "concurrency"],
    [{ maxRetries: -1 }, "maxRetries"],
    [{ maxOutputBytes: 1.5 }, "maxOutputBytes"],
    [{ timeout: 3 } as CommandOptions, "timeout"],
  ])("for the options %o", (options, name) => {
    expect(() => tool("", options)).toThrow(name);
  });
});

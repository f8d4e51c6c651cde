/** Prompts that were left open: a mailbox that is asked the same again waits for them, and writes nothing. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ModelRequest } from "../../src/llm/llm.ts";
import { mailbox } from "../../src/llm/mailbox.ts";
import { type ExternalCall, type Intercept, intercepted, uncounted } from "../../src/util/external-call.ts";
import { temporaryFolder } from "./folder.ts";
import { markOf } from "./mark.ts";

const ask = (content: string): ModelRequest => ({ messages: [{ role: "user", content }] });
const hangs = { timeout: 600_000, interval: 5 };
const PERU = ask("Capital of Peru?");

const promptsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".prompt.md"))
    .sort();

const asker = `
  import { mailbox } from "./src/llm/mailbox.ts";
  const [folder, text] = process.argv.slice(2);
  const requests = JSON.parse(text);
  let left = requests.length;
  const model = mailbox(folder, { onWaiting: () => { if (--left === 0) process.kill(process.pid, "SIGKILL"); } });
  await Promise.all(requests.map((request) => model.generate(request)));`;
const bundled = mkdtempSync(join(tmpdir(), "tracegrad-asker-"));
const program = join(bundled, "asker.mjs");
// One file, so that each process starts quickly.
beforeAll(async () => {
  const stdin = { contents: asker, resolveDir: join(import.meta.dirname, "../..") };
  await build({ stdin, outfile: program, bundle: true, platform: "node", format: "esm", logLevel: "error" });
});
afterAll(() => {
  rmSync(bundled, { recursive: true, force: true });
});

/** A process that asks, and is killed as soon as its prompts are there. */
function killedWhileWaiting(folder: string, ...requests: readonly ModelRequest[]): string[] {
  const { signal, stderr } = spawnSync(process.execPath, [program, folder, JSON.stringify(requests)], {
    encoding: "utf8",
  });
  expect({ signal, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
  return promptsIn(folder).map((name) => join(folder, name.replace(".prompt.md", ".answer.md")));
}

/** Asks, and gives the answer file that is waited for. */
function asked(folder: string, request: ModelRequest) {
  const files: string[] = [];
  const model = mailbox(folder, { pollMs: 10, onWaiting: (file) => files.push(file) });
  const reply = model.generate(request);
  const file = vi.waitFor(() => {
    expect(files).toHaveLength(1);
    return files[0] as string;
  }, hangs);
  return { reply, file };
}

describe("a prompt that a killed process was waiting for", () => {
  it("is waited for again, and no second one is written", async () => {
    const folder = temporaryFolder();
    const [answer = ""] = killedWhileWaiting(folder, PERU);
    const { reply, file } = asked(folder, PERU);
    expect(await file).toBe(answer);
    writeFileSync(answer, "Lima");
    expect((await reply).text).toBe("Lima");
    expect(promptsIn(folder)).toHaveLength(1);
  });

  it("has its answer read when it came while no process ran", async () => {
    const folder = temporaryFolder();
    const [answer = ""] = killedWhileWaiting(folder, PERU);
    writeFileSync(answer, "Lima");
    expect((await mailbox(folder, { pollMs: 10 }).generate(PERU)).text).toBe("Lima");
    // It was read once: the next equal question is another one.
    const { reply, file } = asked(folder, PERU);
    expect(await file).not.toBe(answer);
    writeFileSync(await file, "Cusco");
    expect((await reply).text).toBe("Cusco");
  });

  it("is told from those of other requests, and equal ones are taken one each, in order", async () => {
    const folder = temporaryFolder();
    const [first = "", chile = "", third = ""] = killedWhileWaiting(folder, PERU, ask("Capital of Chile?"), PERU);
    const model = mailbox(folder, { pollMs: 10 });
    const replies = [model.generate(PERU), model.generate(PERU), model.generate(ask("Capital of Chile?"))];
    writeFileSync(chile, "Santiago");
    writeFileSync(third, "Lima, again");
    writeFileSync(first, "Lima");
    expect((await Promise.all(replies)).map(({ text }) => text)).toEqual(["Lima", "Lima, again", "Santiago"]);
    expect(promptsIn(folder)).toHaveLength(3);
  });

  it("by 0.1, which left no mark, is taken up as long as it has no answer", async () => {
    const folder = temporaryFolder();
    const [answer = ""] = killedWhileWaiting(folder, PERU);
    rmSync(answer.replace(".answer.md", ".waiting.json"));
    const { reply, file } = asked(folder, PERU);
    expect(await file).toBe(answer);
    writeFileSync(answer, "Lima");
    expect((await reply).text).toBe("Lima");
  });

  it("is not taken when its text is another one, such as by another version", async () => {
    const folder = temporaryFolder();
    const [answer = ""] = killedWhileWaiting(folder, PERU);
    const prompt = answer.replace(".answer.md", ".prompt.md");
    writeFileSync(prompt, `${readFileSync(prompt, "utf8")}More.`);
    const { reply, file } = asked(folder, PERU);
    expect(await file).not.toBe(answer);
    writeFileSync(await file, "Lima");
    await reply;
  });
});

it("a prompt that a living process waits for is left to it", async () => {
  const folder = temporaryFolder();
  const [answer = ""] = killedWhileWaiting(folder, PERU);
  writeFileSync(answer.replace(".answer.md", ".waiting.json"), markOf(process.ppid));
  const { reply, file } = asked(folder, PERU);
  expect(await file).not.toBe(answer);
  writeFileSync(await file, "Lima");
  await reply;
});

it("inside of a run, whoever shows it is told of the file that is waited for", async () => {
  const folder = temporaryFolder();
  const notices: string[] = [];
  const passOn = <T>(call: ExternalCall<T>): Promise<T> =>
    intercepted(inner, () => call.perform(call.signal, uncounted));
  // As a run has one, that shows notices, and one for the calls of a call, that does not.
  const inner: Intercept = passOn;
  const run: Intercept = Object.assign(<T>(call: ExternalCall<T>) => passOn(call), {
    notice: (text: string) => void notices.push(text),
  });
  const reply = intercepted(run, () => mailbox(folder, { pollMs: 10 }).generate(PERU));
  await vi.waitFor(() => expect(notices).toHaveLength(1), hangs);
  const file = /^waiting for (.*\.answer\.md)$/.exec(notices[0] ?? "")?.[1] ?? "";
  writeFileSync(file, "Lima");
  expect((await reply).text).toBe("Lima");
});

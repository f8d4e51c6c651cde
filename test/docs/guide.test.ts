/** Every block of code of the guide compiles against the package, runs, and prints what its page shows. */

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { missingOutput, readPage } from "./page.ts";
import { diagnosticsOf, writePage } from "./program.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "docs/guide");
const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
const pages = new Map(names.map((name) => [name, readPage(readFileSync(join(folder, name), "utf8"))]));
const run = promisify(execFile);

let server: Server;
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.setHeader("content-type", "application/json").end(JSON.stringify(completion(Buffer.concat(parts))));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterAll(() => new Promise<void>((closed) => server.close(() => closed())));

/** Answers as a server of chat completions does: with the last message in capitals. */
function completion(body: Buffer): unknown {
  const { model, messages } = JSON.parse(body.toString("utf8")) as { model: string; messages: { content: string }[] };
  const message = { role: "assistant", content: messages.at(-1)?.content.toUpperCase() };
  const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
  return { model, choices: [{ index: 0, message, finish_reason: "stop" }], usage };
}

test("blocks of the README and the guide compile as files of a user of the package", () => {
  const { files } = readPage(readFileSync(join(root, "README.md"), "utf8"));
  const texts = new Map([[join(root, "readme.ts"), files.get("main.ts") ?? ""]]);
  for (const [page, { files }] of pages)
    for (const [file, text] of files)
      if (file.endsWith(".ts")) texts.set(join(folder, page.replace(/\.md$/, ""), file), text);
  expect(diagnosticsOf(texts)).toEqual([]);
});

describe.each([...pages.keys()])("docs/guide/%s", (name) => {
  test("prints what it shows", async () => {
    const { files, outputs, commands } = pages.get(name) ?? readPage("");
    const cwd = join(inject("builtPackage"), "guide", name.replace(/\.md$/, ""));
    await writePage(cwd, files);
    let printed = "";
    const start = async (...args: string[]) => (printed += (await run(process.execPath, args, options(cwd))).stdout);
    if (files.has("main.ts")) await start("main.js");
    for (const command of commands) {
      const [, , ...args] = command.split(" ");
      await start(join(inject("builtPackage"), "dist/cli/main.js"), ...args);
    }
    expect(printed).toContain(missingOutput(printed, outputs) ?? "");
  });
});

function options(cwd: string) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const { ANTHROPIC_API_KEY: _, ...env } = process.env;
  return { cwd, env: { ...env, OPENAI_BASE_URL: url, OPENAI_API_KEY: "test", NO_COLOR: "1", COLUMNS: "100" } };
}

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { cached } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { expect, inject, it } from "vitest";
import { temporaryFolder } from "./folder.ts";
import { markOf } from "./mark.ts";

const rounds = 200;
const question = (round: number) => ({ messages: [{ role: "user", content: `Question ${round}?` }] }) as const;

/** A process that wants the answer of each round, and notes each time that its model is asked. */
function startAsking(folder: string, log: string): ChildProcessByStdio<Writable, Readable, null> {
  const door = pathToFileURL(join(inject("builtPackage"), "dist/doors/llm.js")).href;
  const source = `
    import { appendFileSync } from "node:fs";
    import { cached } from ${JSON.stringify(door)};
    const generate = async ({ messages }) => {
      appendFileSync(${JSON.stringify(log)}, messages[0].content + "\\n");
      return { text: "yes", stopReason: "end", usage: { inputTokens: 1, outputTokens: 1 }, model: "m" };
    };
    const llm = cached({ name: "m", generate }, ${JSON.stringify(folder)});
    console.log("ready");
    for await (const _ of process.stdin);
    await Promise.all(Array.from({ length: ${rounds} }, (_, round) =>
      llm.generate({ messages: [{ role: "user", content: "Question " + round + "?" }] })));`;
  return spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["pipe", "pipe", "inherit"] });
}

it("processes that find the mark of a dead one ask once together", async () => {
  const [folder, log] = [temporaryFolder(), join(temporaryFolder(), "asked")];
  // The names of the files, from a folder of their own.
  const names = temporaryFolder();
  const namer = cached(
    scripted(() => "yes", { name: "m" }),
    names,
  );
  for (let round = 0; round < rounds; round++) await namer.generate(question(round));
  const files = readdirSync(names, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  expect(files).toHaveLength(rounds);
  for (const name of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    // No process has this number.
    writeFileSync(join(folder, `${name}.asking`), markOf(2 ** 30));
  }
  const children = Array.from({ length: 4 }, () => startAsking(folder, log));
  const ends = children.map((child) => once(child, "exit"));
  await Promise.all(children.map((child) => once(child.stdout, "data")));
  for (const child of children) child.stdin.end();
  for (const end of ends) expect((await end)[0]).toBe(0);
  const asked = readFileSync(log, "utf8").trim().split("\n");
  expect(asked.sort()).toEqual(Array.from({ length: rounds }, (_, round) => `Question ${round}?`).sort());
  const left = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.includes(".asking"));
  expect(left).toEqual([]);
});

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-whose-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A run whose trainable code asks a model through its scope, once for each of four examples. */
function runOf(
  chat: ReturnType<typeof scripted>,
  place: string | undefined,
  more: { readonly signal?: AbortSignal } = {},
) {
  const ask = async (q: string) => (await chat.generate({ messages: [{ role: "user", content: q }] })).text;
  const flow = bundle(
    async function flow(q: string): Promise<string> {
      return await ask(q);
    },
    { trainable: true, scope: { ask } },
  );
  const rows = Array.from({ length: 4 }, (_, index) => ({ id: `row${index}`, input: `q${index}`, target: "yes" }));
  return train({
    agent: (q: string) => flow(q),
    optimizer: optoPrime(flow, { llm: scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } })) }),
    data: split(rows, { train: 2, validation: 2 }),
    guide: code((_input, output: string, target: string) => output === target),
    budget: { steps: 1 },
    ...(place === undefined ? {} : { folder: join(folder, place) }),
    ...more,
  });
}

const yes = () => scripted(() => "yes", { name: "chat" });

describe("model calls from the scope of trainable code", () => {
  test("belong to the run that asked, in each run of a process, one after another", async () => {
    const chat = yes();
    for (const place of ["first", "second", undefined, "third"]) {
      const { baseline, spent, reason } = await runOf(chat, place).result;
      expect([place, baseline.validation?.mean, spent.byRole.agent?.llmCalls, reason]).toEqual([place, 1, 3, "budget"]);
    }
  });

  test("belong to the run that asked when several runs are under way", async () => {
    const chat = yes();
    const results = await Promise.all(["p1", undefined, "p2", "p3"].map((place) => runOf(chat, place).result));
    for (const { baseline, spent } of results) {
      expect([baseline.validation?.mean, spent.byRole.agent?.llmCalls]).toEqual([1, 3]);
    }
  });

  test("stand in the journal at the example that they were made for", async () => {
    await runOf(yes(), "paths").result;
    const lines = (await readFile(join(folder, "paths", "journal.jsonl"), "utf8")).split("\n");
    const keys = lines.filter((line) => line.includes('"call.start"') && line.includes('"chat"'));
    expect(keys).toHaveLength(3);
    const example = (line: string) => /row\d/.exec(line)?.[0];
    const asked = (line: string) => /q(\d)/.exec(line)?.[1];
    for (const line of keys) expect(example(line)).toBe(`row${asked(line)}`);
    expect(new Set(keys.map(example)).size).toBe(3);
  });

  test("end with the abort signal of their own run, and go on in the others", async () => {
    const stop = new AbortController();
    const slow = scripted(
      async () => {
        stop.abort();
        return "yes";
      },
      { name: "chat" },
    );
    const other = runOf(yes(), undefined).result;
    expect((await runOf(slow, undefined, { signal: stop.signal }).result).reason).toBe("aborted");
    expect((await other).baseline.validation?.mean).toBe(1);
  });
});

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { train } from "tracegrad";
import { cached, type LanguageModel, type ModelReply, type ModelRequest, meter, record } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isAbort } from "../../src/util/abort.ts";
import { hashOf } from "../../src/util/json.ts";
import { temporaryFolder } from "./folder.ts";
import { markOf } from "./mark.ts";
import { optionsOf } from "./yes-run.ts";

const ASK: ModelRequest = { messages: [{ role: "user", content: "Capital of Peru?" }] };
const OTHER: ModelRequest = { messages: [{ role: "user", content: "Capital of Chile?" }] };

const warnings: string[] = [];
vi.spyOn(process, "emitWarning").mockImplementation((text) => void warnings.push(String(text)));
afterEach(() => {
  warnings.length = 0;
});

/** A model that numbers its answers. */
function numbered(start = 0) {
  return scripted((_, index) => `answer ${start + index}`, { name: "m" });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

async function texts(model: LanguageModel, requests: readonly ModelRequest[]): Promise<string[]> {
  const replies = [];
  for (const request of requests) replies.push((await model.generate(request)).text);
  return replies;
}

describe("cached", () => {
  it("gives the answers again, keeps samples apart, and asks for those that are not there", async () => {
    const folder = temporaryFolder();
    const first = cached(numbered(), folder);
    expect(await texts(first, [ASK, OTHER, ASK])).toEqual(["answer 0", "answer 1", "answer 2"]);
    expect([first.hits, first.misses]).toEqual([0, 3]);
    const model = numbered(10);
    const second = cached(model, folder);
    expect(await texts(second, [ASK, ASK, ASK, OTHER])).toEqual(["answer 0", "answer 2", "answer 10", "answer 1"]);
    expect([second.hits, second.misses, model.calls.length]).toEqual([3, 1, 1]);
  });

  it("names its files by the hash of the request that cassettes have", async () => {
    const [folder, cassette] = [temporaryFolder(), join(temporaryFolder(), "a.json")];
    await cached(record(numbered(), cassette), folder).generate(ASK);
    const { entries } = JSON.parse(readFileSync(cassette, "utf8")) as { entries: { hash: string }[] };
    expect(filesIn(folder).map((path) => path.split("/").at(-1))).toEqual([`${entries[0]?.hash}-1.json`]);
    expect(entries[0]?.hash).toBe(hashOf(ASK));
  });

  it("keeps the answers of models apart, whatever their names", async () => {
    const folder = temporaryFolder();
    for (const name of ["a/b", "a_b", "..", ""]) {
      const model = scripted(() => `I am ${name}.`, { name });
      expect(await texts(cached(model, folder), [ASK])).toEqual([`I am ${name}.`]);
    }
    expect(filesIn(folder)).toHaveLength(4);
  });

  it("keeps the input of a tool", async () => {
    const folder = temporaryFolder();
    const model = scripted(() => ({ toolInput: { city: "Lima" } }));
    const fresh = await cached(model, folder).generate(ASK);
    expect(await cached(model, folder).generate(ASK)).toEqual(fresh);
    expect(model.calls).toHaveLength(1);
  });

  it.each(["length", "refusal", "other"] as const)("does not keep an answer that ended with %s", async (stopReason) => {
    const folder = temporaryFolder();
    expect(
      await cached(
        scripted(() => ({ text: "Li", stopReason })),
        folder,
      ).generate(ASK),
    ).toMatchObject({
      stopReason,
    });
    expect(filesIn(folder)).toEqual([]);
  });

  it("does not keep an error, and leaves no mark", async () => {
    const folder = temporaryFolder();
    const model = scripted((_, index) => {
      if (index === 0) throw new Error("down");
      return "up";
    });
    await expect(cached(model, folder).generate(ASK)).rejects.toThrow("down");
    expect(filesIn(folder)).toEqual([]);
    expect(await texts(cached(model, folder), [ASK])).toEqual(["up"]);
  });

  it.each([
    ["cut", (text: string) => text.slice(0, 40)],
    ["empty", () => ""],
    ["of another request", (text: string) => text.replace(hashOf(ASK), hashOf(OTHER))],
    ["without a reply", (text: string) => text.replace('"stopReason"', '"stop"')],
  ])("asks again with a warning when the file is %s, and replaces it", async (_, damage) => {
    const folder = temporaryFolder();
    await cached(numbered(), folder).generate(ASK);
    const [file] = filesIn(folder) as [string];
    writeFileSync(file, damage(readFileSync(file, "utf8")));
    expect(await texts(cached(numbered(5), folder), [ASK])).toEqual(["answer 5"]);
    expect(warnings).toEqual([expect.stringContaining(file)]);
    expect(await texts(cached(numbered(9), folder), [ASK])).toEqual(["answer 5"]);
    expect(warnings).toHaveLength(1);
  });

  it("gives the answer with a warning when it cannot be kept", async () => {
    const folder = join(temporaryFolder(), "file");
    writeFileSync(folder, "");
    expect(await texts(cached(numbered(), folder), [ASK])).toEqual(["answer 0"]);
    expect(warnings.at(-1)).toContain("could not be kept");
  });

  it("asks once for those who want the same answer at once", async () => {
    const folder = temporaryFolder();
    let answer: (text: string) => void = () => undefined;
    const text = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const model = scripted(() => text);
    const models = Array.from({ length: 5 }, () => cached(model, folder));
    const replies = models.map((one) => one.generate(ASK));
    await vi.waitFor(() => expect(model.calls).toHaveLength(1), { timeout: 600_000 });
    answer("Lima");
    expect((await Promise.all(replies)).map((reply) => reply.text)).toEqual(Array(5).fill("Lima"));
    expect(model.calls).toHaveLength(1);
    expect(models.map(({ hits }) => hits).sort()).toEqual([0, 1, 1, 1, 1]);
  });

  it("waits for another process that asks, and asks itself once that is dead or was aborted", async () => {
    const folder = temporaryFolder();
    await cached(numbered(), folder).generate(ASK);
    const [file] = filesIn(folder) as [string];
    rmSync(file);

    // The process that started this one is alive, as far as this test goes.
    writeFileSync(`${file}.asking`, markOf(process.ppid));
    const model = numbered(7);
    const controller = new AbortController();
    const aborted = cached(model, folder).generate(ASK, { signal: controller.signal });
    const waiting = cached(model, folder).generate(ASK);
    controller.abort();
    await expect(aborted.catch(isAbort)).resolves.toBe(true);
    expect(model.calls).toHaveLength(0);
    // No process has this number.
    writeFileSync(`${file}.asking`, markOf(2 ** 30));
    expect((await waiting).text).toBe("answer 7");
    expect(filesIn(folder)).toEqual([file]);
  });

  it("warns once of a damaged file that another process is about to replace, and leaves that one's mark", async () => {
    const folder = temporaryFolder();
    await cached(numbered(), folder).generate(ASK);
    const [file] = filesIn(folder) as [string];
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, "damaged");
    writeFileSync(`${file}.asking`, markOf(process.ppid));
    // Each look at the file tries to take the turn, which puts a draft of a mark beside it.
    let drafts = 0;
    const watcher = watch(dirname(file), (_, name) => {
      if (name?.includes(".asking.")) drafts += 1;
    });
    const reply = cached(numbered(7), folder).generate(ASK);
    await vi.waitFor(() => expect(drafts).toBeGreaterThan(20), { timeout: 600_000 });
    watcher.close();
    writeFileSync(`${file}.new`, whole);
    renameSync(`${file}.new`, file);
    expect((await reply).text).toBe("answer 0");
    expect(warnings).toEqual([expect.stringContaining(file)]);
    expect(filesIn(folder)).toContain(`${file}.asking`);
  });
});

describe("cached in a run", () => {
  const options = (llm: LanguageModel) => ({ ...optionsOf(llm), prices: { own: { input: 1, output: 1 } } });
  const own = (): LanguageModel =>
    meter({
      name: "own",
      generate: async ({ messages, tool }: ModelRequest): Promise<ModelReply> => ({
        text: String(messages[0]?.content).includes("Say yes.") ? "yes" : "no",
        stopReason: tool ? "tool" : "end",
        ...(tool && { toolInput: { reasoning: "", suggestion: { prompt: "Say yes." } } }),
        usage: { inputTokens: 10, outputTokens: 1 },
        model: "own",
      }),
    });

  it("costs nothing: no calls, no tokens, no dollars, also under a spent budget", async () => {
    const folder = temporaryFolder();
    const first = cached(own(), folder);
    const paid = await train({ ...options(first), budget: { steps: 1 } }).result;
    expect(paid.spent.llmCalls).toBe(first.misses);
    expect(first.misses).toBeGreaterThan(3);
    const second = cached(own(), folder);
    const run = train({ ...options(second), budget: { steps: 1, llmCalls: 0, tokens: 0, usd: 0 } });
    const free = await run.result;
    expect(free.spent).toMatchObject({ llmCalls: 0, inputTokens: 0, outputTokens: 0, usd: 0 });
    expect(second.misses).toBe(0);
    expect(free.best.values).toEqual(paid.best.values);
  });

  it("resumes a run that was stopped, with the folder of answers or without it", async () => {
    for (const isLost of [false, true]) {
      const [folder, runFolder] = [temporaryFolder(), join(temporaryFolder(), "run")];
      mkdirSync(dirname(runFolder), { recursive: true });
      const start = (llm: LanguageModel, llmCalls: number) =>
        train({ ...options(llm), folder: runFolder, budget: { steps: 1, llmCalls }, concurrency: 1 }).result;
      // The first answers come from the folder, later ones from the model, and the budget ends the run.
      await cached(own(), folder).generate({ messages: [{ role: "user", content: "Say no. q0" }] });
      const stopped = await start(cached(own(), folder), 3);
      expect([stopped.reason, stopped.spent.llmCalls]).toEqual(["budget", 3]);
      if (isLost) rmSync(folder, { recursive: true });
      const resumed = await start(cached(own(), folder), 100);
      const whole = await train({ ...options(own()), budget: { steps: 1 }, concurrency: 1 }).result;
      expect(resumed.best.values).toEqual(whole.best.values);
    }
  });
});

import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ModelRequest } from "../../src/llm/llm.ts";
import { mailbox } from "../../src/llm/mailbox.ts";
import { isAbort } from "../../src/util/abort.ts";
import { TracegradError } from "../../src/util/errors.ts";
import { hashOf } from "../../src/util/json.ts";
import { temporaryFolder } from "./folder.ts";

const ASK: ModelRequest = { system: "Be brief.", messages: [{ role: "user", content: "Capital of Peru?" }] };
const WITH_TOOL: ModelRequest = {
  ...ASK,
  maxTokens: 99,
  tool: {
    name: "propose",
    description: "Proposes a city.",
    inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const QUICK = { pollMs: 10 };

const looks = vi.hoisted(() => ({ after: (_file: string): void => undefined }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const stat = async (file: string) => {
    try {
      return await real.stat(file);
    } finally {
      looks.after(file);
    }
  };
  return { ...real, stat };
});
afterEach(() => {
  looks.after = () => undefined;
});

/** Waits for the n-th prompt and gives the start of its path, to which `.prompt.md` and `.answer.md` belong. */
async function promptAt(folder: string, index = 0): Promise<string> {
  const name = await vi.waitFor(
    () => {
      const found = readdirSync(folder).filter((file) => file.endsWith(".prompt.md"));
      expect(found.length).toBeGreaterThan(index);
      return found.sort()[index] as string;
    },
    { timeout: 600_000, interval: 5 },
  );
  return join(folder, name.slice(0, -".prompt.md".length));
}

async function answered(request: ModelRequest, answer: string): Promise<Awaited<ReturnType<typeof exchange>>> {
  return await exchange(temporaryFolder(), request, answer);
}

async function exchange(folder: string, request: ModelRequest, answer: string) {
  const reply = mailbox(folder, QUICK).generate(request);
  writeFileSync(`${await promptAt(folder)}.answer.md`, answer);
  return await reply;
}

async function failure(promise: Promise<unknown>): Promise<TracegradError> {
  const thrown = await promise.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(TracegradError);
  return thrown as TracegradError;
}

describe("the prompt file", () => {
  it("is named by number and hash, shows the request, and says how to answer", async () => {
    const folder = join(temporaryFolder(), "not", "yet", "there");
    const controller = new AbortController();
    const reply = mailbox(folder, QUICK).generate(WITH_TOOL, { signal: controller.signal });
    reply.catch(() => {});
    const path = await promptAt(folder);
    const id = `0001-${hashOf(WITH_TOOL).slice(0, 8)}`;
    expect(path).toBe(join(folder, id));
    const prompt = readFileSync(`${path}.prompt.md`, "utf8");
    expect(prompt).toContain(`\`${id}.answer.md\``);
    expect(prompt).toContain("## System\n\nBe brief.");
    expect(prompt).toContain("## Message 1 (user)\n\nCapital of Peru?");
    expect(prompt).toContain("one JSON object");
    expect(prompt).toContain("Proposes a city.");
    expect(prompt).toContain("at most 99 tokens");
    const schema = /```json\n([^]*?)\n```/.exec(prompt)?.[1] ?? "";
    expect(JSON.parse(schema)).toEqual(WITH_TOOL.tool?.inputSchema);
    controller.abort();
    await reply.catch(() => {});
  });

  it("does not speak of JSON when the request has no tool", async () => {
    const folder = temporaryFolder();
    await exchange(folder, ASK, "Lima");
    expect(readFileSync(`${await promptAt(folder)}.prompt.md`, "utf8")).not.toContain("JSON");
  });

  it("shows images as files beside it", async () => {
    const folder = temporaryFolder();
    const image = { type: "image", mediaType: "image/png", data: Buffer.from("pixels").toString("base64") } as const;
    await exchange(folder, { messages: [{ role: "user", content: [{ type: "text", text: "See:" }, image] }] }, "ok");
    const path = await promptAt(folder);
    const shown = /!\[image 1\]\((.*)\)/.exec(readFileSync(`${path}.prompt.md`, "utf8"))?.[1] ?? "";
    expect(readFileSync(join(folder, shown), "utf8")).toBe("pixels");
  });
});

describe("the answer file", () => {
  it("becomes the text of the reply", async () => {
    expect(await answered(ASK, "Lima, since 1535.\n")).toEqual({
      text: "Lima, since 1535.\n",
      stopReason: "end",
      usage: { inputTokens: 0, outputTokens: 0 },
      model: "mailbox",
    });
  });

  it.each([
    ["bare", '{"city":"Lima"}'],
    ["fenced with prose around", 'Here you are:\n```json\n{ "city": "Lima" }\n```\nDone.'],
  ])("gives the tool's input when its JSON object is %s", async (_, answer) => {
    const reply = await answered(WITH_TOOL, answer);
    expect(reply).toMatchObject({ text: answer, toolInput: { city: "Lima" }, stopReason: "tool" });
  });

  it.each([
    ["there is no object", "Lima"],
    ["there are two", '{"city":"Lima"} or {"city":"Cusco"}'],
    ["it is cut", '{"city":"Li'],
  ])("gives no tool input when %s", async (_, answer) => {
    const reply = await answered(WITH_TOOL, answer);
    expect(reply).not.toHaveProperty("toolInput");
    expect(reply).toMatchObject({ text: answer, stopReason: "end" });
  });

  it("gives no tool input when the request has no tool", async () => {
    expect(await answered(ASK, '{"city":"Lima"}')).not.toHaveProperty("toolInput");
  });

  it("may name its author in the first line, which is then not part of the text", async () => {
    expect(await answered(ASK, "\uFEFFmodel: claude-opus 4\r\nLima")).toMatchObject({
      model: "claude-opus 4",
      text: "Lima",
    });
  });

  it("may come in one move", async () => {
    const folder = temporaryFolder();
    const reply = mailbox(folder, { ...QUICK, name: "human" }).generate(ASK);
    const path = await promptAt(folder);
    writeFileSync(`${path}.draft`, "Lima");
    renameSync(`${path}.draft`, `${path}.answer.md`);
    expect(await reply).toMatchObject({ text: "Lima", model: "human" });
  });

  it("is read only when a slow writer is done", async () => {
    const folder = temporaryFolder();
    const pieces = ["", "Li", "ma", ", ", "Peru"];
    // One piece after each look at the file.
    looks.after = (file) => {
      const piece = file.endsWith(".answer.md") ? pieces.shift() : undefined;
      if (piece !== undefined) appendFileSync(file, piece);
    };
    expect((await mailbox(folder, QUICK).generate(ASK)).text).toBe("Lima, Peru");
  });

  it.each([
    ["empty", ""],
    ["white space", " \n\t\n"],
    ["no more than its author", "model: me\n"],
  ])("is an error that names the file and the mend when it is %s", async (_, answer) => {
    const folder = temporaryFolder();
    const reply = mailbox(folder, QUICK).generate(ASK);
    const path = await promptAt(folder);
    writeFileSync(`${path}.answer.md`, answer);
    const error = await failure(reply);
    expect(error.code).toBe("empty-answer");
    expect(error.message).toContain(`${path}.answer.md`);
    expect(error.message).toContain("Delete it");
    expect(existsSync(`${path}.prompt.md`)).toBe(true);
  });
});

describe("several prompts", () => {
  it("wait at once and get their own answers, also for identical requests", async () => {
    const folder = temporaryFolder();
    const model = mailbox(folder, QUICK);
    const other: ModelRequest = { messages: [{ role: "user", content: "Capital of Chile?" }] };
    const replies = [model.generate(ASK), model.generate(other), model.generate(ASK)];
    const paths = [await promptAt(folder, 0), await promptAt(folder, 1), await promptAt(folder, 2)];
    expect(new Set(paths).size).toBe(3);
    for (const [index, path] of [...paths.entries()].reverse()) writeFileSync(`${path}.answer.md`, `answer ${index}`);
    expect((await Promise.all(replies)).map((reply) => reply.text)).toEqual(["answer 0", "answer 1", "answer 2"]);
    expect(readFileSync(`${paths[1]}.prompt.md`, "utf8")).toContain("Chile");
  });

  it("go on in number after an earlier run, and never take its answers", async () => {
    const folder = temporaryFolder();
    await exchange(folder, ASK, "old");
    const hash = hashOf(ASK).slice(0, 8);
    writeFileSync(join(folder, `0007-${hash}.answer.md`), "older, without its prompt");
    const reply = mailbox(folder, QUICK).generate(ASK);
    const path = await promptAt(folder, 1);
    expect(path).toBe(join(folder, `0008-${hash}`));
    await sleep(60);
    writeFileSync(`${path}.answer.md`, "new");
    expect((await reply).text).toBe("new");
  });
});

describe("giving up", () => {
  it("on abort takes the prompt away and rejects as an AbortError", async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const model = mailbox(folder, QUICK);
    const reply = model.generate(ASK, { signal: controller.signal });
    await promptAt(folder);
    controller.abort();
    expect(isAbort(await reply.catch((error: unknown) => error))).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    const later = new AbortController();
    const next = model.generate(ASK, { signal: later.signal });
    next.catch(() => {});
    expect(await promptAt(folder)).toMatch(/0002-/);
    later.abort();
    expect(isAbort(await next.catch((error: unknown) => error))).toBe(true);
  });

  it("before the call writes nothing", async () => {
    const folder = temporaryFolder();
    const reply = mailbox(folder, QUICK).generate(ASK, { signal: AbortSignal.abort() });
    expect(isAbort(await reply.catch((error: unknown) => error))).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("at the timeout names the answer that did not come, and takes the prompt away", async () => {
    const folder = temporaryFolder();
    const error = await failure(mailbox(folder, { ...QUICK, timeoutMs: 80 }).generate(ASK));
    expect(error.code).toBe("mailbox-timeout");
    expect(error.message).toMatch(/0001-[0-9a-f]{8}\.answer\.md/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("names a folder that cannot be used", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const error = await failure(mailbox(file, QUICK).generate(ASK));
    expect(error.code).toBe("mailbox-folder");
    expect(error.message).toContain(file);
  });

  it("refuses options that make no sense", () => {
    expect(() => mailbox("x", { pollMs: 0 })).toThrow("`pollMs` must be a number above 0; got 0.");
    expect(() => mailbox("x", { timeoutMs: Number.NaN })).toThrow("`timeoutMs` must be a number above 0; got NaN.");
  });
});

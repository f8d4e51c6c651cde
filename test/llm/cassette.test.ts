import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { record, replay } from "../../src/llm/cassette.ts";
import type { ModelRequest } from "../../src/llm/llm.ts";
import { scripted } from "../../src/llm/scripted.ts";
import { isAbort } from "../../src/util/abort.ts";
import { TracegradError } from "../../src/util/errors.ts";
import { hashOf } from "../../src/util/json.ts";
import { temporaryFolder } from "./folder.ts";

function ask(content: string): ModelRequest {
  return { messages: [{ role: "user", content }] };
}

function cassettePath(): string {
  return join(temporaryFolder(), "runs", "a.cassette.json");
}

async function failure(promise: Promise<unknown>): Promise<TracegradError> {
  const thrown = await promise.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(TracegradError);
  return thrown as TracegradError;
}

function thrownBy(make: () => unknown): TracegradError {
  try {
    make();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TracegradError);
    return thrown as TracegradError;
  }
  throw new Error("nothing was thrown");
}

const unexpected = (): never => {
  throw new Error("The model was not expected to be asked.");
};

describe("record", () => {
  it("passes replies through and writes the documented file", async () => {
    const file = cassettePath();
    const model = scripted(() => ({ text: "hi", toolInput: { a: [1] } }), { name: "m" });
    const recorder = record(model, file, { note: "first try" });
    expect(recorder.name).toBe("m");
    const reply = await recorder.generate(ask("Hello"));
    const data = JSON.parse(readFileSync(file, "utf8"));
    expect(data).toEqual({
      format: "tracegrad-cassette",
      version: 1,
      model: "m",
      recorded: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      note: "first try",
      entries: [{ hash: hashOf(ask("Hello")), tail: "Hello", reply, recordedAt: expect.stringMatching(/^\d{4}-/) }],
    });
    expect(readdirSync(join(file, ".."))).toEqual(["a.cassette.json"]);
  });

  it("compresses a file whose name ends in .gz, and goes on with it", async () => {
    const file = `${cassettePath()}.gz`;
    const model = scripted(({ messages }) => `re: ${String(messages[0]?.content)}`);
    for (let at = 0; at < 40; at += 1) await record(model, file).generate(ask(`question ${at}`));
    const text = gunzipSync(readFileSync(file)).toString("utf8");
    expect(JSON.parse(text).entries).toHaveLength(40);
    expect(statSync(file).size).toBeLessThan(text.length / 2);
    expect(await record(scripted(unexpected), file).generate(ask("question 7"))).toMatchObject({
      text: "re: question 7",
    });
    expect(await replay(file).generate(ask("question 39"))).toMatchObject({ text: "re: question 39" });
    writeFileSync(file, text);
    expect(thrownBy(() => replay(file)).code).toBe("cassette-damaged");
  });

  it("keeps the file small however long the prompts are", async () => {
    const file = cassettePath();
    await record(
      scripted(() => "ok"),
      file,
    ).generate(ask(`${"x".repeat(1_000_000)} the end`));
    expect(statSync(file).size).toBeLessThan(2_000);
    expect(readFileSync(file, "utf8")).toContain("the end");
  });

  it("has every answer in the file as soon as it is given", async () => {
    const file = cassettePath();
    const recorder = record(
      scripted((_, index) => `answer ${index}`),
      file,
    );
    for (let index = 0; index < 3; index += 1) {
      await recorder.generate(ask(`question ${index}`));
      expect((await replay(file).generate(ask(`question ${index}`))).text).toBe(`answer ${index}`);
    }
  });

  it("loses none of many answers that come at once", async () => {
    const file = cassettePath();
    const recorder = record(
      scripted(async ({ messages }) => {
        await sleep(Math.random() * 20);
        return `re: ${String(messages[0]?.content)}`;
      }),
      file,
    );
    const questions = Array.from({ length: 40 }, (_, index) => `question ${index}`);
    await Promise.all(questions.map((question) => recorder.generate(ask(question))));
    const player = replay(file);
    for (const question of questions) expect((await player.generate(ask(question))).text).toBe(`re: ${question}`);
  });

  it("keeps identical requests in the order of the calls, also when a later answer comes first", async () => {
    const file = cassettePath();
    const model = scripted(async (_, index) => {
      await sleep(60 - index * 25);
      return `take ${index}`;
    });
    const recorder = record(model, file);
    await Promise.all([1, 2, 3].map(() => recorder.generate(ask("again"))));
    const player = replay(file);
    const takes = [];
    for (let index = 0; index < 4; index += 1) takes.push((await player.generate(ask("again"))).text);
    expect(takes).toEqual(["take 0", "take 1", "take 2", "take 2"]);
  });

  it("resumes: answers that are there are served, and only the rest is asked", async () => {
    const file = cassettePath();
    const first = record(
      scripted((_, index) => `first run ${index}`),
      file,
      { note: "kept" },
    );
    await first.generate(ask("a"));
    await first.generate(ask("b"));
    await first.generate(ask("b"));
    const model = scripted((_, index) => `second run ${index}`);
    const second = record(model, file);
    const texts = [];
    for (const question of ["a", "b", "b", "b", "c", "b"]) texts.push((await second.generate(ask(question))).text);
    expect(texts).toEqual([
      "first run 0",
      "first run 1",
      "first run 2",
      "second run 0",
      "second run 1",
      "second run 2",
    ]);
    expect(model.calls).toHaveLength(3);
    const data = JSON.parse(readFileSync(file, "utf8"));
    expect(data.entries).toHaveLength(6);
    expect(data.note).toBe("kept");
  });

  it("records no failure, and rejects with it", async () => {
    const file = cassettePath();
    const model = scripted((_, index) => {
      if (index === 0) throw new TracegradError("model-unavailable", "down");
      return "up";
    });
    const recorder = record(model, file);
    await expect(recorder.generate(ask("x"))).rejects.toThrow("down");
    expect(JSON.parse(readFileSync(file, "utf8")).entries).toEqual([]);
    expect((await recorder.generate(ask("x"))).text).toBe("up");
    expect((await replay(file).generate(ask("x"))).text).toBe("up");
  });

  it("refuses to mix two models in one file", async () => {
    const file = cassettePath();
    await record(
      scripted(() => "x", { name: "one" }),
      file,
    ).generate(ask("x"));
    const error = thrownBy(() =>
      record(
        scripted(() => "x", { name: "two" }),
        file,
      ),
    );
    expect(error.code).toBe("cassette-model");
    expect(error.message).toMatch(/one.*two/);
  });

  it("names the file that cannot be written, and keeps the answer for the next try", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "a.cassette.json");
    const recorder = record(
      scripted(() => "x"),
      file,
    );
    mkdirSync(`${file}.tmp`);
    const error = await failure(recorder.generate(ask("first")));
    expect(error.code).toBe("cassette-write");
    expect(error.message).toContain(file);
    const { rmdirSync } = await import("node:fs");
    rmdirSync(`${file}.tmp`);
    await recorder.generate(ask("second"));
    expect((await replay(file).generate(ask("first"))).text).toBe("x");
  });

  it.each(["none.cassette.json", "none.cassette.json.gz"])(
    "makes a file that can be replayed although nothing was asked: %s",
    async (name) => {
      const file = join(temporaryFolder(), "new", name);
      record(
        scripted(() => "x", { name: "m" }),
        file,
      );
      const player = replay(file);
      expect(player.name).toBe("m");
      const error = await failure(player.generate(ask("x")));
      expect([error.code, error.message]).toEqual([
        "no-recorded-answer",
        `The cassette ${file} has no answers. Record some first.`,
      ]);
    },
  );

  it("begins anew where no answer came, for another model too", async () => {
    const file = cassettePath();
    const typo = scripted(() => Promise.reject(new Error("no such model")), { name: "typo" });
    await expect(record(typo, file, { note: "first" }).generate(ask("x"))).rejects.toThrow("no such model");
    const model = scripted(() => "x", { name: "right" });
    await record(model, file, { note: "second" }).generate(ask("x"));
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ model: "right", note: "second" });
  });

  it.each([
    ["its draft is a folder", (file: string) => mkdirSync(`${file}.tmp`, { recursive: true })],
    ["its folder is a file", (file: string) => writeFileSync(dirname(file), "")],
  ])("asks nobody where its file cannot be made: %s", (_, spoil) => {
    const file = join(temporaryFolder(), "new", "a.cassette.json");
    spoil(file);
    const model = scripted(() => "x");
    const error = thrownBy(() => record(model, file));
    expect(error.code).toBe("cassette-write");
    expect(error.message).toContain("Record to another file");
    expect(model.calls).toEqual([]);
  });

  it("refuses a reply that it could not give back", async () => {
    const file = cassettePath();
    const broken = scripted(() => ({ usage: { inputTokens: Number.NaN, outputTokens: 0 } }));
    expect((await failure(record(broken, file).generate(ask("x")))).code).toBe("bad-reply");
  });
});

describe("replay", () => {
  it("has the recorded model's name and gives the replies as they were", async () => {
    const file = cassettePath();
    const usage = { inputTokens: 3, outputTokens: 4 };
    const model = scripted(() => ({ text: "t", toolInput: { b: null }, usage, model: "m-2026" }), { name: "m" });
    const reply = await record(model, file).generate(ask("x"));
    const player = replay(file);
    expect(player.name).toBe("m");
    const replayed = await player.generate(ask("x"));
    expect(replayed).toEqual(reply);
    (replayed.toolInput as { b: unknown }).b = "changed by the caller";
    expect((await player.generate(ask("x"))).toolInput).toEqual({ b: null });
  });

  it("fails loudly for a changed prompt and shows the nearest recorded one", async () => {
    const file = cassettePath();
    const recorder = record(
      scripted(() => "x"),
      file,
    );
    await recorder.generate(ask("Rate the taste of green apples"));
    await recorder.generate(ask("List the capitals of Peru and Chile"));
    const error = await failure(replay(file).generate(ask("List all capitals of Peru and Chile")));
    expect(error.code).toBe("no-recorded-answer");
    expect(error.message).toContain(file);
    expect(error.message).toContain("the prompt has changed since the recording");
    expect(error.message).toContain('"List the capitals of Peru and Chile"');
    expect(error.message).not.toContain("apples");
  });

  it("says so when the change lies before the end that is kept", async () => {
    const file = cassettePath();
    const request = ask("Same end");
    await record(
      scripted(() => "x"),
      file,
    ).generate({ ...request, temperature: 0 });
    const error = await failure(replay(file).generate({ ...request, temperature: 1 }));
    expect(error.message).toContain("what changed comes earlier, or in the tool or the settings");
  });

  it("does not care about the order of keys, but about everything else", async () => {
    const file = cassettePath();
    const schema = { type: "object", properties: { a: {}, b: {} } };
    const request = (inputSchema: Record<string, unknown>): ModelRequest => ({
      ...ask("x"),
      tool: { name: "t", description: "d", inputSchema },
    });
    await record(
      scripted(() => "x"),
      file,
    ).generate(request(schema));
    const player = replay(file);
    const turned = { properties: { b: {}, a: {} }, type: "object" };
    expect((await player.generate(request(turned))).text).toBe("x");
    expect((await failure(player.generate(request({ type: "object" })))).code).toBe("no-recorded-answer");
  });

  it("tells requests with __proto__ keys apart and pollutes nothing", async () => {
    const file = cassettePath();
    const hostile = (value: number): ModelRequest => ({
      ...ask("x"),
      tool: { name: "t", description: "", inputSchema: JSON.parse(`{"__proto__":{"polluted":${value}}}`) },
    });
    const model = scripted((_, index) => ({ toolInput: JSON.parse(`{"__proto__":{"polluted":${index}},"k":1}`) }));
    const recorder = record(model, file);
    await recorder.generate(hostile(1));
    await recorder.generate(hostile(2));
    const player = replay(file);
    expect(JSON.stringify((await player.generate(hostile(2))).toolInput)).toBe('{"__proto__":{"polluted":1},"k":1}');
    expect(JSON.stringify((await player.generate(hostile(1))).toolInput)).toBe('{"__proto__":{"polluted":0},"k":1}');
    expect((await failure(player.generate(ask("x")))).code).toBe("no-recorded-answer");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("rejects as an AbortError when the signal has aborted", async () => {
    const file = cassettePath();
    const recorder = record(
      scripted(() => "x"),
      file,
    );
    await recorder.generate(ask("x"));
    for (const model of [recorder, replay(file)]) {
      const thrown = await model.generate(ask("x"), { signal: AbortSignal.abort() }).catch((error: unknown) => error);
      expect(isAbort(thrown)).toBe(true);
    }
  });
});

describe("a bad cassette file", () => {
  const GOOD = {
    format: "tracegrad-cassette",
    version: 1,
    model: "m",
    recorded: "2026-01-01",
    entries: [] as unknown[],
  };

  it.each([
    ["cut in the middle", JSON.stringify(GOOD).slice(0, -5), "cassette-damaged", "JSON"],
    ["empty", "", "cassette-damaged", "JSON"],
    ["not a cassette", "[1]", "cassette-damaged", '"format"'],
    ["null", "null", "cassette-damaged", '"format"'],
    ["without a version", JSON.stringify({ ...GOOD, version: undefined }), "cassette-damaged", '"version"'],
    ["of a newer version", JSON.stringify({ ...GOOD, version: 2 }), "cassette-version", "Update tracegrad"],
    ["without its model", JSON.stringify({ ...GOOD, model: 1 }), "cassette-damaged", '"model"'],
    ["without entries", JSON.stringify({ ...GOOD, entries: {} }), "cassette-damaged", '"entries"'],
    ["with a bad entry", JSON.stringify({ ...GOOD, entries: [{ hash: "h" }] }), "cassette-damaged", "entries[0]"],
  ])("is refused at once when it is %s", (_, text, code, hint) => {
    const file = join(temporaryFolder(), "bad.cassette.json");
    writeFileSync(file, text);
    for (const make of [
      () => replay(file),
      () =>
        record(
          scripted(() => "x", { name: "m" }),
          file,
        ),
    ]) {
      const error = thrownBy(make);
      expect(error.code).toBe(code);
      expect(error.message).toContain(file);
      expect(error.message).toContain(hint);
    }
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("is refused when it is a folder", () => {
    expect(thrownBy(() => replay(temporaryFolder())).code).toBe("cassette-damaged");
  });

  it("is named when it is missing", () => {
    const error = thrownBy(() => replay("no/such.cassette.json"));
    expect(error.code).toBe("cassette-missing");
    expect(error.message).toContain("no/such.cassette.json");
  });
});

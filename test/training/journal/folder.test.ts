import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRun, type RunStore } from "../../../src/training/journal/folder.ts";
import { runFolder } from "../../../src/training/journal/folder-name.ts";
import { readJournal, repairJournal } from "../../../src/training/journal/repair.ts";
import type { Json } from "../../../src/util/encode.ts";
import { temporaryFolder } from "../../llm/folder.ts";

const CONFIG = { template: { kind: "batch", size: 3 }, steps: 5 };

const newFolder = (): string => join(temporaryFolder(), "run");

async function withRun<T>(
  folder: string,
  work: (store: RunStore) => T | Promise<T>,
  config: Json = CONFIG,
): Promise<T> {
  const store = await openRun(folder, config);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function dataOf(folder: string): Promise<Json[]> {
  const all: Json[] = [];
  for await (const { data } of readJournal(folder)) all.push(data);
  return all;
}

describe("a run folder", () => {
  it("gives back records and the last checkpoint, numbers on, and adds up the seconds of its processes", async () => {
    const folder = newFolder();
    const clock = (): number => (now += 500);
    let now = 0;
    const first = await openRun(folder, CONFIG, { clock });
    expect(first).toMatchObject({ resumed: false, checkpoint: undefined, notes: [], earlierSeconds: 0 });
    await first.append("step", { n: 1 });
    await first.saveCheckpoint({ z: 1, a: 2 });
    await first.append("step", { n: 2 });
    await first.close();
    const second = await openRun(folder, CONFIG, { clock });
    expect(second).toMatchObject({ resumed: true, notes: [], earlierSeconds: 1.5 });
    // In the order of its own keys, which may mean something to the program.
    expect(JSON.stringify(second.checkpoint)).toBe('{"z":1,"a":2}');
    await second.append("step", { n: 3 });
    expect(second.takePast().map(({ seq, session, type, data }) => [seq, session, type, data])).toEqual([
      [1, 1, "step", { n: 1 }],
      [2, 1, "checkpoint", { z: 1, a: 2 }],
      [3, 1, "step", { n: 2 }],
    ]);
    expect(second.takePast()).toEqual([]);
    await second.close();
    const all: string[] = [];
    for await (const { type } of readJournal(folder)) all.push(type);
    expect(all).toEqual(["step", "checkpoint", "step", "step"]);
  });

  it("says in run.json what it is, and keeps all else in the journal", async () => {
    const folder = newFolder();
    const store = await openRun(folder, CONFIG, { seed: 7, dataset: "abc" });
    for (const n of [1, 2, 3]) await store.saveCheckpoint(n);
    await store.close();
    expect(readdirSync(folder).sort()).toEqual(["journal.jsonl", "run.json"]);
    const { version: packageVersion } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(JSON.parse(readFileSync(join(folder, "run.json"), "utf8"))).toEqual({
      format: "tracegrad-run",
      version: 3,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      packageVersion,
      configHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      seed: 7,
      dataset: "abc",
      config: CONFIG,
    });
  });

  it("keeps data as they were when they were appended", async () => {
    const folder = newFolder();
    await withRun(folder, async (store) => {
      const data = { n: 1 };
      const appended = store.append("step", data);
      data.n = 2;
      await appended;
    });
    expect(await dataOf(folder)).toEqual([{ n: 1 }]);
  });

  it("refuses data that are no JSON, and types that are its own", async () => {
    const folder = newFolder();
    await withRun(folder, async (store) => {
      await expect(store.append("step", 1n as unknown as Json)).rejects.toMatchObject({ code: "not-json" });
      await expect(store.append("step", undefined as unknown as Json)).rejects.toMatchObject({ code: "not-json" });
      await expect(store.append("checkpoint", 1)).rejects.toMatchObject({ code: "bad-option" });
      await store.append("step", 1);
    });
    expect(await dataOf(folder)).toEqual([1]);
  });

  it("refuses another config, seed or data, and names the first field that differs", async () => {
    const folder = newFolder();
    await (await openRun(folder, CONFIG, { seed: 1, dataset: "abc" })).close();
    const differing = async (config: Json, options: object): Promise<unknown> =>
      openRun(folder, config, { seed: 1, dataset: "abc", ...options }).then(
        (store) => store.close().then(() => "it opened"),
        ({ code, message }) => `${code}: ${message}`,
      );
    expect(await differing({ ...CONFIG, template: { kind: "batch", size: 5 } }, {})).toMatch(
      /^run-differs: .*config\.template\.size is 3 there and 5 here/,
    );
    expect(await differing({ ...CONFIG, a: [1] }, {})).toMatch(/config\.a is not set there and \[1\] here/);
    expect(await differing(CONFIG, { seed: 2 })).toMatch(/seed is 1 there and 2 here/);
    expect(await differing(CONFIG, { dataset: "xyz" })).toMatch(/dataset is "abc" there and "xyz" here/);
    for (const [path, words] of [
      ["parameters.prompt", 'the parameter "prompt" had another value when it began'],
      ["data.validation", "its validation examples were others when it began"],
    ] as const) {
      const before = newFolder();
      const [field = "", name = ""] = path.split(".");
      await (await openRun(before, { [field]: { [name]: "ba11da815b64c30c" } })).close();
      const opened = openRun(before, { [field]: { [name]: "75c4a14889469076" } });
      await expect(opened).rejects.toMatchObject({ code: "run-differs", message: expect.stringContaining(words) });
    }
    // The order of keys is no difference.
    expect(await differing({ steps: 5, template: { size: 3, kind: "batch" } }, {})).toBe("it opened");
  });

  it("refuses a format that is newer, a run.json that is none, and a run that has lost a part", async () => {
    const cases: [string, string, (folder: string) => void][] = [
      ["run-version", "Update tracegrad", (folder) => edit(folder, '"version": 3', '"version": 4')],
      ["run-version", "reads format 3. Read it with the", (folder) => edit(folder, '"version": 3', '"version": 2')],
      ["run-version", "npx tracegrad@0.1 report", (folder) => edit(folder, '"version": 3', '"version": 1')],
      ["run-damaged", "format", (folder) => edit(folder, "tracegrad-run", "other")],
      ["run-damaged", "hash", (folder) => edit(folder, '"steps": 5', '"steps": 6')],
      ["run-damaged", "JSON", (folder) => truncateSync(join(folder, "run.json"), 40)],
      ["run-damaged", "JSON", (folder) => truncateSync(join(folder, "run.json"), 0)],
      ["run-damaged", "journal.jsonl is missing", (folder) => rmSync(join(folder, "journal.jsonl"))],
      ["run-damaged", "run.json is missing", (folder) => rmSync(join(folder, "run.json"))],
    ];
    for (const [code, text, spoil] of cases) {
      const folder = newFolder();
      await withRun(folder, (store) => store.append("step", 1));
      spoil(folder);
      await expect(openRun(folder, CONFIG)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(text),
      });
      // A refusal leaves no lock behind.
      expect(existsSync(join(folder, "LOCK"))).toBe(false);
    }
  });

  it("cuts a torn tail off with a note, and goes on after it", async () => {
    const folder = newFolder();
    await withRun(folder, (store) => store.append("step", 1));
    appendFileSync(join(folder, "journal.jsonl"), `0123abcd {"seq":2,"fi${"x".repeat(1_000)}`);
    await withRun(folder, async (store) => {
      expect(store.notes).toEqual([expect.stringContaining("1021 byte(s) of an unfinished write were cut off")]);
      await store.append("step", 2);
    });
    await withRun(folder, (store) => {
      expect(store.notes).toEqual([]);
      expect(store.takePast().map(({ data }) => data)).toEqual([1, 2]);
    });
  });
});

function edit(folder: string, from: string, to: string): void {
  const file = join(folder, "run.json");
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

describe("a journal that is damaged in its middle", () => {
  async function damaged(): Promise<{ folder: string; offset: number; before: Buffer }> {
    const folder = newFolder();
    await withRun(folder, async (store) => {
      for (const n of [1, 2]) await store.append("step", n);
      await store.saveCheckpoint({ save: 1 });
      for (const n of [3, 4]) await store.append("step", n);
      await store.saveCheckpoint({ save: 2 });
    });
    const file = join(folder, "journal.jsonl");
    const before = readFileSync(file);
    const offset = before.indexOf(10) + 1;
    const bytes = Buffer.from(before);
    bytes[offset + 20] = (bytes[offset + 20] as number) ^ 1;
    writeFileSync(file, bytes);
    return { folder, offset, before: bytes };
  }

  it("is refused with the byte where the damage begins", async () => {
    const { folder, offset } = await damaged();
    const message = expect.stringContaining(`at byte ${offset}, after record 1`);
    await expect(openRun(folder, CONFIG)).rejects.toMatchObject({ code: "journal-damaged", message });
  });

  it("is repaired to the records before the damage, with the old journal beside", async () => {
    const { folder, offset, before } = await damaged();
    const repair = await repairJournal(folder);
    expect(repair).toMatchObject({ recordCount: 1, offset, aside: join(folder, `journal-damaged-${offset}.jsonl`) });
    expect(readFileSync(repair?.aside as string)).toEqual(before);
    await withRun(folder, async (store) => {
      expect(store.takePast().map(({ data }) => data)).toEqual([1]);
      expect(store.checkpoint).toBeUndefined();
      expect(store.notes).toEqual([]);
      await store.append("step", 5);
    });
    expect(await dataOf(folder)).toEqual([1, 5]);
    expect(await repairJournal(folder)).toBeUndefined();
  });
});

describe("names of runs", () => {
  const hostile = [
    ...[
      "../../x",
      "..",
      ".",
      "",
      "a/b",
      "a\\b",
      "/etc/passwd",
      "C:\\x",
      "nul\0",
      "\0",
      "CON",
      "con.txt",
      "LPT1",
      ".hidden",
    ],
    ...[
      "x".repeat(300),
      "ü".repeat(61),
      "trailing.",
      "trailing ",
      " x",
      "a\nb",
      "\u202Eabc",
      "$(rm -rf)",
      "a:b",
      "*",
      "-rf",
    ],
  ];

  it.each(hostile)("%j is refused and nothing is written", (name) => {
    const root = temporaryFolder();
    expect(() => runFolder(root, name)).toThrow(expect.objectContaining({ code: "bad-run-name" }));
    expect(readdirSync(root)).toEqual([]);
  });

  it.each(["solver", "run-1", "2026-01-31", "Läufer_3.b", "two words", "_x"])("%j is a name", async (name) => {
    const root = temporaryFolder();
    expect(runFolder(root, name)).toBe(join(root, name));
    await withRun(runFolder(root, name), ({ folder }) => expect(folder).toBe(join(root, name)));
  });

  it("a link that leads out of the folder of runs is refused", () => {
    const [root, elsewhere] = [temporaryFolder(), temporaryFolder()];
    symlinkSync(elsewhere, join(root, "link"));
    symlinkSync(join(elsewhere, "missing"), join(root, "dangling"));
    for (const name of ["link", "dangling"]) {
      expect(() => runFolder(root, name)).toThrow(expect.objectContaining({ code: "bad-run-name" }));
    }
  });

  it("a run is not begun in a folder whose name cannot be one, or whose files are links", async () => {
    const root = temporaryFolder();
    for (const name of ["CON", "x".repeat(300), "a\0b"]) {
      await expect(openRun(join(root, name), CONFIG)).rejects.toMatchObject({ code: "bad-run-name" });
    }
    const outside = join(temporaryFolder(), "outside");
    for (const name of ["run.json", "journal.jsonl", "LOCK"]) {
      const folder = join(root, name.replace(".", "-"));
      mkdirSync(folder);
      symlinkSync(outside, join(folder, name));
      await expect(openRun(folder, CONFIG)).rejects.toMatchObject({ code: "run-damaged" });
    }
    expect(existsSync(outside)).toBe(false);
  });
});

describe("a run in memory", () => {
  it("keeps nothing, makes JSON of nothing, and begins anew every time", async () => {
    const store = await openRun(undefined, CONFIG);
    expect(store).toMatchObject({ folder: undefined, resumed: false, checkpoint: undefined });
    const unread = (): Json => expect.fail("It was made JSON of.");
    await store.append("step", unread);
    await store.saveCheckpoint(unread);
    expect(store.checkpoints).toBe(1);
    expect(store.takePast()).toEqual([]);
    await store.close();
  });
});

import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { openRun, type RunStore } from "../../../src/training/journal/folder.ts";
import type { Json } from "../../../src/util/encode.ts";
import { type Fault, type Random, randomOf, SimulatedDisk } from "./simulated-files.ts";

const FOLDER = "/runs/simulated";

/** What the program knows of a run, over all its processes. */
interface Knowledge {
  /** All that was ever appended, by its text. */
  readonly tried: Set<string>;
  /** What was acknowledged, in order of the acknowledgements. */
  readonly acknowledged: string[];
  /** The number of the last checkpoint that was acknowledged, and of the last that was tried. */
  saved: number;
  triedToSave: number;
  count: number;
}

const nothing = (): Knowledge => ({ tried: new Set(), acknowledged: [], saved: 0, triedToSave: 0, count: 0 });

let boots = 0;

/** Opens the run as a process of a machine that has just started, so that a lock left behind is void. */
function open(disk: SimulatedDisk, delays: readonly number[] = []): Promise<RunStore> {
  boots += 1;
  const owner = { pid: process.pid, host: hostname(), started: "1", boot: `boot ${boots}` };
  return openRun(
    FOLDER,
    { task: "simulated" },
    { files: disk.files, lock: { owner, patienceMs: 0 }, retryDelaysMs: delays },
  );
}

/** Appends in small groups, and saves a checkpoint now and then, until the work is done or the disk refuses. */
async function work(store: RunStore, known: Knowledge, groups: number, random: Random): Promise<void> {
  for (let group = 0; group < groups; group += 1) {
    const appends = Array.from({ length: 1 + random(4) }, async () => {
      const text = `record ${(known.count += 1)} ${"x".repeat(random(300))}`;
      known.tried.add(text);
      await store.append("note", text);
      known.acknowledged.push(text);
    });
    const results = await Promise.allSettled(appends);
    const failed = results.find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    if (random(3) > 0) continue;
    const save = (known.triedToSave += 1);
    await store.saveCheckpoint({ save });
    known.saved = save;
  }
}

/** Checks that a run that was opened again has all that was acknowledged, and nothing that was never appended. */
function check(store: RunStore, known: Knowledge): void {
  const notes = store.takePast().filter(({ type }) => type === "note");
  const texts = notes.map(({ data }) => data as string);
  const seen = new Set(texts);
  expect(seen.size).toBe(texts.length);
  expect(known.acknowledged.filter((text) => !seen.has(text))).toEqual([]);
  expect(texts.filter((text) => !known.tried.has(text))).toEqual([]);
  const { save = 0 } = (store.checkpoint ?? {}) as { readonly save?: number };
  expect(save).toBeGreaterThanOrEqual(known.saved);
  expect(save).toBeLessThanOrEqual(known.triedToSave);
}

describe("a power cut", () => {
  it("loses nothing that was acknowledged, and makes nothing up, in 1,000 of them", async () => {
    let cuts = 0;
    let torn = 0;
    for (let seed = 1; cuts < 1_000; seed += 1) {
      const random = randomOf(seed);
      const known = nothing();
      let disk = new SimulatedDisk();
      // The same run goes through several cuts, so that mended journals are cut again.
      for (let round = 0; round < 5; round += 1) {
        const at = 1 + random(60);
        disk.plan = (call) => (call === at ? "power" : undefined);
        try {
          const store = await open(disk);
          check(store, known);
          torn += store.notes.filter((note) => note.includes("unfinished write")).length;
          await work(store, known, 12, random);
        } catch (thrown) {
          // Whatever fails, fails because the power is gone.
          expect(String(thrown)).toMatch(/power|EPOWER/);
        }
        disk = disk.afterPowerCut(random);
        cuts += 1;
      }
      const store = await open(disk);
      check(store, known);
      await work(store, known, 2, random);
      await store.close();
      check(await open(disk), known);
    }
    // The cuts did hit writes under way.
    expect(torn).toBeGreaterThan(50);
  });
});

const faults: readonly Fault[] = ["EIO", "ENOSPC", "short", "nothing", "half then ENOSPC"];

/** A short life of a run: begin, append, save, close, go on, append, close. */
async function life(disk: SimulatedDisk, known: Knowledge): Promise<void> {
  for (let process = 0; process < 2; process += 1) {
    const store = await open(disk);
    await work(store, known, 6, randomOf(4 + process));
    await store.close();
  }
}

describe("a disk that fails once and is healed", () => {
  it.each(faults)("loses nothing that was acknowledged when any one call meets %s", async (fault) => {
    const calm = new SimulatedDisk();
    await life(calm, nothing());
    expect(calm.calls).toBeGreaterThan(60);
    let met = 0;
    for (let at = 1; at <= calm.calls; at += 1) {
      const disk = new SimulatedDisk();
      disk.plan = (call, name) => {
        if (call !== at || (!name.startsWith("write") && !fault.startsWith("E"))) return;
        met += 1;
        return fault;
      };
      const known = nothing();
      await life(disk, known).catch((thrown: unknown) => expect(String(thrown)).toMatch(/simulated|no more bytes/));
      const store = await open(disk);
      check(store, known);
      await work(store, known, 2, randomOf(9));
      await store.close();
      check(await open(disk), known);
    }
    expect(met).toBeGreaterThan(10);
  });

  it.each(["ENOSPC", "EIO", "nothing", "half then ENOSPC"] as const)(
    "keeps what it could not write for %s, and writes it later, in order",
    async (fault) => {
      const disk = new SimulatedDisk();
      const store = await open(disk);
      await store.append("note", "before");
      let full = true;
      disk.plan = (_, name) => (full && name === "write journal.jsonl" ? fault : undefined);
      const refused = await Promise.allSettled([store.append("note", "one"), store.append("note", "two")]);
      for (const { status, ...rest } of refused) {
        expect(status).toBe("rejected");
        expect(rest).toMatchObject({ reason: { code: "journal-write", name: "ExternalCallError" } });
      }
      await expect(store.append("note", "three")).rejects.toThrow("3 record(s) stay in memory");
      full = false;
      await store.append("note", "four");
      await store.close();
      const again = await open(disk);
      expect(again.takePast().map(({ data, seq }) => [seq, data] as Json)).toEqual([
        [1, "before"],
        [2, "one"],
        [3, "two"],
        [4, "three"],
        [5, "four"],
      ]);
    },
  );

  it("takes a write that failed back at once, and before the next one where that failed, too", async () => {
    const disk = new SimulatedDisk();
    const journal = `${FOLDER}/journal.jsonl`;
    const store = await open(disk);
    await store.append("note", "kept");
    const { length } = disk.bytesOf(journal);
    disk.plan = (_, name) => (name === "write journal.jsonl" ? "half then ENOSPC" : undefined);
    await expect(store.append("note", "x".repeat(1_000))).rejects.toMatchObject({ code: "journal-write" });
    expect(disk.bytesOf(journal)).toHaveLength(length);
    disk.plan = (_, name) =>
      name === "truncate" ? "EIO" : name === "write journal.jsonl" ? "half then ENOSPC" : undefined;
    await expect(store.append("note", "y".repeat(5_000))).rejects.toMatchObject({ code: "journal-write" });
    expect(disk.bytesOf(journal).length).toBeGreaterThan(length);
    const lengths: number[] = [];
    disk.plan = (_, name) => {
      if (name === "write journal.jsonl") lengths.push(disk.bytesOf(journal).length);
      return undefined;
    };
    await store.append("note", "z");
    expect(lengths[0]).toBe(length);
    expect((await open(disk)).takePast().map(({ data }) => (data as string)[0])).toEqual(["k", "x", "y", "z"]);
  });

  it("writes at its end what was left in memory, or says that it is lost", async () => {
    const disk = new SimulatedDisk();
    const store = await open(disk);
    disk.plan = (_, name) => (name === "write journal.jsonl" ? "ENOSPC" : undefined);
    await expect(store.append("note", "paid")).rejects.toMatchObject({ code: "journal-write" });
    await expect(store.flush()).rejects.toMatchObject({ code: "journal-write" });
    disk.plan = () => undefined;
    await store.close();
    const again = await open(disk);
    expect(again.takePast().map(({ data }) => data)).toEqual(["paid"]);
    disk.plan = (_, name) => (name === "write journal.jsonl" ? "ENOSPC" : undefined);
    await expect(again.append("note", "lost")).rejects.toMatchObject({ code: "journal-write" });
    await expect(again.close()).rejects.toMatchObject({ code: "journal-write" });
  });

  it("waits for a disk that is full for a while, without failing the append", async () => {
    const disk = new SimulatedDisk();
    const store = await open(disk, [1, 1, 1]);
    let failures = 3;
    disk.plan = (_, name) => (name === "write journal.jsonl" && failures-- > 0 ? "half then ENOSPC" : undefined);
    await store.append("note", "patient");
    await store.close();
    expect((await open(disk)).takePast().map(({ data }) => data)).toEqual(["patient"]);
  });

  it("stops for good when a sync fails, because nobody knows then what the disk holds", async () => {
    const disk = new SimulatedDisk();
    const store = await open(disk);
    await store.append("note", "kept");
    disk.plan = (_, name) => (name === "sync" ? "EIO" : undefined);
    await expect(store.append("note", "unknown")).rejects.toMatchObject({ code: "journal-stopped" });
    disk.plan = () => undefined;
    await expect(store.append("note", "after")).rejects.toMatchObject({ code: "journal-stopped" });
    await expect(store.close()).rejects.toMatchObject({ code: "journal-stopped" });
    const texts = (await open(disk)).takePast().map(({ data }) => data);
    expect(texts[0]).toBe("kept");
    expect(texts).not.toContain("after");
  });
});

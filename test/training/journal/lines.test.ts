import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OpenFile } from "../../../src/training/journal/files.ts";
import { type JournalRecord, lineOf, type PlacedRecord, readRecords } from "../../../src/training/journal/lines.ts";
import { JournalWriter } from "../../../src/training/journal/writer.ts";
import type { Json } from "../../../src/util/encode.ts";
import { TracegradError } from "../../../src/util/errors.ts";
import { SimulatedDisk } from "./simulated-files.ts";

/** A journal whose records were written in batches of the given sizes. */
async function journalOf(batches: readonly (readonly Json[])[]): Promise<Buffer> {
  const disk = new SimulatedDisk();
  const file = await disk.files.open("/run/journal.jsonl", "write");
  const start = { name: "journal", file, end: 0, seq: 0, session: 1, retryDelaysMs: [], onDurable: () => {} };
  const writer = new JournalWriter({ ...start, elapsed: () => 7 });
  for (const batch of batches) await Promise.all(batch.map((data) => writer.append("note", JSON.stringify(data))));
  await writer.close();
  return Buffer.from(disk.bytesOf("/run/journal.jsonl"));
}

/** An open file whose reads are as short as a slow disk's. */
function fileOf(bytes: Uint8Array, atOnce = 1_000_000): OpenFile {
  const refuse = (): never => {
    throw new Error("The reader is to read only.");
  };
  const read = async (position: number, length: number): Promise<Uint8Array> =>
    bytes.slice(position, position + Math.min(length, atOnce));
  return { size: bytes.length, read, write: refuse, truncate: refuse, sync: refuse, close: refuse };
}

interface Reading {
  readonly records: readonly JournalRecord[];
  readonly error: TracegradError | undefined;
  readonly torn: number;
}

async function reading(file: OpenFile): Promise<Reading> {
  const records: JournalRecord[] = [];
  const reader: AsyncGenerator<PlacedRecord, { torn: number }> = readRecords(file, "journal");
  try {
    for (;;) {
      const { done, value } = await reader.next();
      if (done) return { records, error: undefined, torn: value.torn };
      records.push(value.record);
    }
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TracegradError);
    return { records, error: thrown as TracegradError, torn: 0 };
  }
}

const batches: readonly (readonly Json[])[] = [
  ["a", { reply: "two\nlines and an émigré 🦉" }, [1, 2, { three: null }]],
  [{ __proto__: 1 } as unknown as Json],
  ["\ud800 alone", 0.1, true, "x".repeat(40)],
  [{ text: "the last batch" }, "its second record"],
];
const values = batches.flat();
/** For each record, the number of the first one of its batch. */
const firsts = batches.flatMap((batch, index) =>
  batch.map(() => batches.slice(0, index).reduce((sum, { length }) => sum + length, 1)),
);

describe("a journal that is whole", () => {
  it("gives back every record in order, with its number, batch and data", async () => {
    const { records, torn } = await reading(fileOf(await journalOf(batches)));
    expect(records.map(({ data }) => data)).toEqual(values.map((value) => JSON.parse(JSON.stringify(value))));
    expect(records.map(({ seq }) => seq)).toEqual(values.map((_, index) => index + 1));
    expect(records.map(({ first }) => first)).toEqual(firsts);
    expect(torn).toBe(0);
  });

  it("reads the same from a disk that gives a few bytes at a time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (some, atOnce) => {
          const { records } = await reading(fileOf(await journalOf(some as Json[][]), atOnce));
          expect(records.map(({ data }) => data)).toEqual(JSON.parse(JSON.stringify(some.flat())));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("is text that tools for lines can read", async () => {
    const lines = (await journalOf(batches)).toString().trimEnd().split("\n");
    expect(lines).toHaveLength(values.length);
    for (const line of lines) expect(JSON.parse(line.replace(/^[0-9a-f]{8} /, ""))).toHaveProperty("type", "note");
  });
});

describe("a journal that is damaged", () => {
  it("keeps every record before the cut when it is cut off anywhere", async () => {
    const journal = await journalOf(batches);
    const whole = await reading(fileOf(journal));
    for (let length = 0; length < journal.length; length += 1) {
      const cut = journal.subarray(0, length);
      const { records, error, torn } = await reading(fileOf(cut));
      const lines = cut.filter((byte) => byte === 10).length;
      expect(error).toBeUndefined();
      expect(records).toEqual(whole.records.slice(0, lines));
      expect(torn).toBe(length - (cut.lastIndexOf(10) + 1));
    }
  });

  it("believes no flipped bit, and keeps every record before it", async () => {
    const journal = await journalOf(batches);
    const { records: all } = await reading(fileOf(journal));
    const flipped = Buffer.from(journal);
    for (let bit = 0; bit < journal.length * 8; bit += 1) {
      const at = bit >> 3;
      flipped[at] = (journal[at] as number) ^ (1 << (bit & 7));
      const line = journal.subarray(0, at).filter((byte) => byte === 10).length;
      const { records, error } = await reading(fileOf(flipped));
      expect(records).toEqual(all.slice(0, line));
      // Damage shows as such when a later batch is still whole; in the last batch it looks like a torn write.
      const next = journal[at] === 10 ? line + 2 : line + 1;
      const isKnown = firsts.some((first, index) => index >= next && first > line + 1);
      expect(error?.code).toBe(isKnown ? "journal-damaged" : undefined);
      const offset = line === 0 ? 0 : journal.toString("latin1").split("\n", line).join("\n").length + 1;
      if (isKnown) expect(error?.message).toContain(`at byte ${offset},`);
      flipped[at] = journal[at] as number;
    }
  });

  it("notices a line that was taken out, doubled or moved", async () => {
    const lines = (await journalOf(batches)).toString().trimEnd().split("\n");
    const [a, b, c, ...rest] = lines as [string, string, string, ...string[]];
    for (const other of [
      [a, c, ...rest],
      [a, a, b, c, ...rest],
      [b, a, c, ...rest],
      [b, c, ...rest],
    ]) {
      const { error } = await reading(fileOf(Buffer.from(`${other.join("\n")}\n`)));
      expect(error).toMatchObject({ code: "journal-damaged" });
      expect(error?.message).toContain("repairJournal(folder)");
    }
  });

  it("takes a write that lost pages in its middle for torn, since none of it was acknowledged", async () => {
    const before = await journalOf(batches.slice(0, 2));
    const journal = await journalOf(batches);
    // The first record of the third batch is gone, its others are whole.
    const end = journal.indexOf(10, before.length);
    const batch = journal.subarray(before.length, (await journalOf(batches.slice(0, 3))).length);
    const holed = Buffer.concat([before, batch]).fill(0, before.length, end);
    const { records, error, torn } = await reading(fileOf(holed));
    expect(error).toBeUndefined();
    expect(records).toHaveLength(4);
    expect(torn).toBe(batch.length);
  });

  it("does not believe a line whose checksum fits but that holds no record", async () => {
    for (const text of [
      "null",
      "[]",
      '{"seq":1}',
      '{"seq":"1","first":1,"session":1,"ms":0,"type":"x","data":1}',
      "{",
    ]) {
      expect((await reading(fileOf(lineOf(text)))).records).toEqual([]);
    }
  });
});

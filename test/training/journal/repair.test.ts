/**
 * A run whose journal is damaged: it is refused by name, repaired, and goes on to the result that it would have had.
 */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TrainResult, train } from "tracegrad";
import { readRun, repairJournal } from "tracegrad/report";
import { afterEach, beforeEach, expect, test } from "vitest";
import { halving } from "../halving.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tracegrad-repair-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const run = (folder: string): Promise<TrainResult> =>
  train(halving({ budget: { steps: 5 }, test: true, folder })).result;

const ledTo = ({ best, baseline, candidates, test: scores }: TrainResult): string =>
  JSON.stringify({ best, start: baseline, candidates, scores });

test("damage anywhere is named with the command that repairs it, and the repaired run ends as it would have", async () => {
  const whole = join(root, "whole");
  const wanted = ledTo(await run(whole));
  const bytes = readFileSync(join(whole, "journal.jsonl"));
  let refused = 0;
  for (let part = 0; part < 12; part += 1) {
    const at = Math.floor((bytes.length * (part + 0.5)) / 12);
    const folder = join(root, `run-${part}`);
    cpSync(whole, folder, { recursive: true });
    const broken = Buffer.from(bytes);
    broken[at] = (broken[at] as number) ^ 4;
    writeFileSync(join(folder, "journal.jsonl"), broken);
    const thrown: unknown = await run(folder).then(ledTo, (error) => error);
    // Damage of the last write looks like a write that was cut short: nothing builds on it.
    if (thrown === wanted) continue;
    refused += 1;
    expect(thrown).toMatchObject({ code: "journal-damaged" });
    expect((thrown as Error).message).toContain(`tracegrad repair ${folder}`);
    await expect(readRun(folder)).rejects.toThrow("tracegrad repair");
    const repair = await repairJournal(folder);
    expect(readFileSync(repair?.aside ?? "")).toEqual(broken);
    expect(ledTo(await run(folder))).toBe(wanted);
    expect(readdirSync(folder).filter((name) => name.startsWith("journal-damaged"))).toHaveLength(1);
  }
  expect(refused).toBeGreaterThan(8);
});

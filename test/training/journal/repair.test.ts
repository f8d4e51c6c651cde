/**
 * A run whose journal is damaged: it is refused by name, repaired, and goes on to the result that it would have had.
 */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, parameter, type TrainResult, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { add } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { readRun, repairJournal } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tracegrad-repair-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Learns an offset of 8 by halves. Its answers depend on the prompts alone. */
async function run(folder: string): Promise<TrainResult> {
  const offset = parameter(0, { name: "offset" });
  const llm = scripted((request) => {
    const now = Number(/\(number\) offset[^]*?```\n(-?[\d.]+)\n```/.exec(String(request.messages[0]?.content))?.[1]);
    return JSON.stringify({ reasoning: "Half of the way.", suggestion: { offset: now + (8 - now) / 2 } });
  });
  return train({
    agent: (input: number): Node<number> => add(input, offset),
    optimizer: optoPrime(offset, { llm }),
    guide: code<number, number, number>((_input, output, target) => 1 / (1 + Math.abs(target - output))),
    data: split(
      Array.from({ length: 9 }, (_, input) => ({ input, target: input + 8 })),
      { train: 3, validation: 3 },
    ),
    budget: { steps: 5 },
    test: true,
    folder,
  }).result;
}

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

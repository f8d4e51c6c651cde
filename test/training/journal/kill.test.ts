import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { durabilityProgram, type Program } from "./child.ts";
import {
  CALLS,
  CONCURRENCY,
  folderOf,
  type KilledRun,
  randomLife,
  runKilled,
  type Service,
  startService,
} from "./killing.ts";
import { randomOf } from "./simulated-files.ts";

const random = randomOf(20_261_122);
let program: Program;
let service: Service;

beforeAll(async () => {
  program = await durabilityProgram();
  service = await startService(() => 5 + random(20));
});

afterAll(async () => {
  program.remove();
  await service.close();
});

describe("a run that is killed at random moments", () => {
  it("ends as one that is not, pays again only for calls under way, and never for what is in its journal", async () => {
    const root = temporaryFolder();
    const calm = await runKilled({ program, service, folder: folderOf(root, 0) }, () => undefined);
    expect(calm).toMatchObject({
      kills: 0,
      repeats: 0,
      paidTwice: [],
      final: { spent: { llmCalls: CALLS, possiblyPaid: 0 } },
    });
    const runs: KilledRun[] = [];
    let kills = 0;
    // A few kills of each kind; `npm run soak:kill` does hundreds.
    for (let n = 1; kills < 8; n += 1) {
      const killed = await runKilled({ program, service, folder: folderOf(root, n) }, () => randomLife(random, 250));
      runs.push(killed);
      kills += killed.kills;
    }
    for (const { final, repeats, paidTwice, kills: times } of runs) {
      expect(final.prompt).toBe(calm.final.prompt);
      expect(final.history).toEqual(calm.final.history);
      expect(paidTwice).toEqual([]);
      expect(repeats).toBeLessThanOrEqual(times * CONCURRENCY);
      // What was paid is accounted for: no answer was given to a call that the journal does not count.
      expect(final.spent.llmCalls).toBeGreaterThanOrEqual(CALLS + repeats);
    }
  });
});

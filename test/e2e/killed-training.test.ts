import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { temporaryFolder } from "../llm/folder.ts";
import { concurrency, type Ended, runKilled, runKilledAtWrite, type Service, startModel } from "./killed-training.ts";

let service: Service;
let calm: Ended;
const calmFolder = mkdtempSync(join(tmpdir(), "tracegrad-calm-"));
beforeAll(async () => {
  service = await startModel(inject("builtPackage"), () => 15);
  calm = await runKilled(service, join(calmFolder, "run"), () => undefined);
});
afterAll(async () => {
  rmSync(calmFolder, { recursive: true, force: true });
  await service.server.close();
});

test("a training run that is killed again and again ends as one that is not, and pays again only for calls under way", async () => {
  const folder = temporaryFolder();
  expect(calm).toMatchObject({ kills: 0, repeats: 0 });
  // The third process of each run is left alone, so that the test ends; where the first two are killed differs.
  for (const [index, lives] of [
    [5, 100],
    [60, 220],
  ].entries()) {
    const ended = await runKilled(service, join(folder, `killed-${index}`), (start) => lives[start]);
    expect(ended.final).toBe(calm.final);
    expect(ended.repeats).toBeLessThanOrEqual(ended.kills * concurrency);
  }
});

test("a training run that dies at a write to its journal ends as one that does not", async () => {
  const folder = temporaryFolder();
  // In the header, in the first step, and far in; the simulated disks of the journal's own tests stop at every write.
  for (const write of [1, 7, 45]) {
    const ended = await runKilledAtWrite(service, join(folder, `write-${write}`), write);
    expect(ended.kills).toBe(1);
    expect(ended.final).toBe(calm.final);
    expect(ended.repeats).toBeLessThanOrEqual(concurrency);
  }
});

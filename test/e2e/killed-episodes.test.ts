/** A run that learns within episodes, killed in the middle of them. */

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
  service = await startModel(inject("builtPackage"), () => 15, "episodes");
  calm = await runKilled(service, join(calmFolder, "run"), () => undefined);
});
afterAll(async () => {
  rmSync(calmFolder, { recursive: true, force: true });
  await service.server.close();
});

test("ends as one that is not killed, and pays again only for calls under way", async () => {
  const folder = temporaryFolder();
  expect(calm).toMatchObject({ kills: 0, repeats: 0 });
  for (const [index, lives] of [
    [40, 150],
    [120, 90],
  ].entries()) {
    const ended = await runKilled(service, join(folder, `killed-${index}`), (start) => lives[start]);
    expect(ended.final).toBe(calm.final);
    expect(ended.repeats).toBeLessThanOrEqual(ended.kills * concurrency);
  }
});

test("that dies at a write to its journal ends as one that does not, also between the windows of an episode", async () => {
  const folder = temporaryFolder();
  for (const write of [25, 45, 60, 75]) {
    const ended = await runKilledAtWrite(service, join(folder, `write-${write}`), write);
    expect(ended.kills).toBe(1);
    expect(ended.final).toBe(calm.final);
    expect(ended.repeats).toBeLessThanOrEqual(concurrency);
  }
});

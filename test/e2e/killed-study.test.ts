import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { temporaryFolder } from "../llm/folder.ts";
import { concurrency, runKilled, runKilledAtWrite, type Service, startModel } from "./killed-training.ts";

let service: Service;
beforeAll(async () => {
  service = await startModel(inject("builtPackage"), () => 10, "study");
});
afterAll(() => service.server.close());

/** Trials of a study run side by side, so that each kill may lose the calls of two. */
const underWay = 2 * concurrency;

test("a study that is killed ends as one that is not, and pays again only for calls under way", async () => {
  const folder = temporaryFolder();
  const calm = await runKilled(service, join(folder, "calm"), () => undefined);
  expect(calm.final).toContain('"complete":true');
  // The third process is left alone, so that the test ends.
  const killed = await runKilled(service, join(folder, "killed"), (start) => [120, 20][start]);
  const died = await runKilledAtWrite(service, join(folder, "at-write"), 30);
  for (const { final, kills, repeats } of [killed, died]) {
    expect(kills).toBeGreaterThan(0);
    expect(final).toBe(calm.final);
    // Trials ask some questions of other trials again, also when nothing is killed.
    expect(repeats - calm.repeats).toBeLessThanOrEqual(kills * underWay);
  }
});

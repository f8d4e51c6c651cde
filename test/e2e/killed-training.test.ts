import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../llm/folder.ts";
import { concurrency, runKilled, runKilledAtWrite, type Service, startModel } from "./killed-training.ts";

let service: Service;
beforeAll(async () => {
  service = await startModel(() => 15);
});
afterAll(() => service.server.close());

test("a training run that is killed again and again ends as one that is not, and pays again only for calls under way", async () => {
  const folder = temporaryFolder();
  const calm = await runKilled(service, join(folder, "calm"), () => undefined);
  expect(calm).toMatchObject({ kills: 0, repeats: 0 });
  // The third process of each run is left alone, so that the test ends; where the first two are killed differs.
  for (const [index, lives] of [
    [20, 60],
    [100, 150],
    [5, 220],
  ].entries()) {
    const ended = await runKilled(service, join(folder, `killed-${index}`), (start) => lives[start]);
    expect(ended.final).toBe(calm.final);
    expect(ended.repeats).toBeLessThanOrEqual(ended.kills * concurrency);
  }
});

test("a training run that dies at a write to its journal ends as one that does not", async () => {
  const folder = temporaryFolder();
  const calm = await runKilled(service, join(folder, "calm"), () => undefined);
  for (const write of [1, 2, 3, 7, 20, 45]) {
    const ended = await runKilledAtWrite(service, join(folder, `write-${write}`), write);
    expect(ended.kills).toBe(1);
    expect(ended.final).toBe(calm.final);
    expect(ended.repeats).toBeLessThanOrEqual(concurrency);
  }
});

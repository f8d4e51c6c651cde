/**
 * Kills 200 training runs at random moments until they are done, and one at each write to its files, and prints what
 * they paid: `npm run soak:train [runs]`.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concurrency, runKilled, runKilledAtWrite, startModel } from "../e2e/killed-training.ts";
import { buildPackage } from "../package/built.ts";

const runs = Number(process.argv[2] ?? 200);
const root = mkdtempSync(join(tmpdir(), "tracegrad-soak-"));
const built = await buildPackage();
const service = await startModel(built, () => 5 + Math.random() * 20);
const sums = { runs: 0, kills: 0, repeats: 0, otherResult: 0, overBound: 0 };
try {
  const calm = await runKilled(service, join(root, "calm"), () => undefined);
  for (let n = 1; n <= runs; n++) {
    const { final, kills, repeats } = await runKilled(service, join(root, `run-${n}`), () => Math.random() * 400);
    sums.runs += 1;
    sums.kills += kills;
    sums.repeats += repeats;
    sums.otherResult += final === calm.final ? 0 : 1;
    sums.overBound += repeats > kills * concurrency ? 1 : 0;
    if (n % 10 === 0) console.log(JSON.stringify(sums));
  }
  const writes = { writes: 0, repeats: 0, otherResult: 0, overBound: 0 };
  for (let write = 1; ; write++) {
    const { final, kills, repeats } = await runKilledAtWrite(service, join(root, `write-${write}`), write);
    if (kills === 0) break;
    writes.writes += 1;
    writes.repeats += repeats;
    writes.otherResult += final === calm.final ? 0 : 1;
    writes.overBound += repeats > concurrency ? 1 : 0;
  }
  console.log(JSON.stringify(writes));
  sums.otherResult += writes.otherResult;
  sums.overBound += writes.overBound;
} finally {
  await service.server.close();
  for (const folder of [root, built]) rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify(sums));
process.exitCode = sums.otherResult + sums.overBound > 0 ? 1 : 0;

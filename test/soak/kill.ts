/**
 * Kills 200 runs at random moments until they are done, and prints what they paid: `npm run soak:kill [runs] [seed]`.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { durabilityProgram } from "../training/journal/child.ts";
import { CONCURRENCY, folderOf, randomLife, runKilled, startService } from "../training/journal/killing.ts";
import { randomOf } from "../training/journal/simulated-files.ts";

const [runs = 200, seed = 1] = process.argv.slice(2).map(Number);
const random = randomOf(seed);
const root = mkdtempSync(join(tmpdir(), "tracegrad-soak-"));
const program = await durabilityProgram();
const service = await startService(() => 5 + random(20));
const sums = { runs: 0, kills: 0, repeats: 0, paidTwice: 0, otherResult: 0, overBound: 0 };
try {
  const calm = await runKilled({ program, service, folder: folderOf(root, 0) }, () => undefined);
  for (let n = 1; n <= runs; n += 1) {
    const folder = folderOf(root, n);
    const { final, kills, repeats, paidTwice } = await runKilled({ program, service, folder }, () =>
      randomLife(random, 250),
    );
    sums.runs += 1;
    sums.kills += kills;
    sums.repeats += repeats;
    sums.paidTwice += paidTwice.length;
    sums.otherResult +=
      JSON.stringify([final.prompt, final.history]) === JSON.stringify([calm.final.prompt, calm.final.history]) ? 0 : 1;
    sums.overBound += repeats > kills * CONCURRENCY ? 1 : 0;
    rmSync(folder, { recursive: true });
    if (n % 10 === 0) console.log(JSON.stringify(sums));
  }
} finally {
  program.remove();
  await service.close();
  rmSync(root, { recursive: true, force: true });
}
console.log(JSON.stringify({ ...sums, repeatsPerKill: Number((sums.repeats / sums.kills).toFixed(2)), seed }));
process.exitCode = sums.paidTwice + sums.otherResult + sums.overBound > 0 ? 1 : 0;

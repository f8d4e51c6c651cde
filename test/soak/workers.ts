/**
 * Runs over workers while workers, Redis and the run are killed, stopped and cut off, 200 times, each compared with a
 * calm run: `npm run soak:workers [runs] [seed]`. Needs `redis-server`.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startModel } from "../e2e/killed-training.ts";
import { runInChaos } from "../executors/chaos.ts";
import { runFixture, withoutCosts } from "../executors/run-fixture.ts";
import { buildPackage } from "../package/built.ts";

/** The concurrency of the program: no kill loses more calls. */
const underWay = 4;

const [runs = 200, seed = 1] = process.argv.slice(2).map(Number);
const built = await buildPackage();
process.env["TRACEGRAD_BUILT"] = built;
const service = await startModel(built, () => 5);
const sums = { runs: 0, mishaps: 0, repeats: 0, otherResult: 0, overBound: 0 };
try {
  const calm = await runFixture("programs", { PROGRAM: "steps", EXECUTOR: "none" }, { service });
  const expected = JSON.stringify(withoutCosts(calm.final));
  for (let n = 0; n < runs; n += 1) {
    const folder = mkdtempSync(join(tmpdir(), "tracegrad-soak-"));
    const answers = calm.requests.length;
    const end = await runInChaos({ service, folder, seed: seed + n, program: "steps", answers });
    const repeats = end.requests.length - new Set(end.requests).size;
    sums.runs += 1;
    sums.mishaps += end.happened.length;
    sums.repeats += repeats;
    const isSame = JSON.stringify(withoutCosts(end.final)) === expected;
    const isBound = repeats <= end.happened.length * underWay;
    sums.otherResult += isSame ? 0 : 1;
    sums.overBound += isBound ? 0 : 1;
    if (!isSame || !isBound) console.log(JSON.stringify({ seed: seed + n, happened: end.happened, repeats, isSame }));
    rmSync(folder, { recursive: true, force: true });
    if (sums.runs % 10 === 0) console.log(JSON.stringify(sums));
  }
} finally {
  await service.server.close();
  rmSync(built, { recursive: true, force: true });
}
console.log(JSON.stringify({ ...sums, seed }));
process.exitCode = sums.otherResult + sums.overBound > 0 ? 1 : 0;

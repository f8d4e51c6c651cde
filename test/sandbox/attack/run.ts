/**
 * Runs the whole corpus in every form, and the runtime of `@ax-llm/ax` for comparison, and prints the table:
 * `npm run test:attack [level]`, where the level is `quickjs`, `bubblewrap` or `permissions`. Takes about half an
 * hour. Exits with 1 when something failed that is ours.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { modesOf, titleOf } from "./attack.ts";
import { type BatchResult, runBatch } from "./batch.ts";
import { buildAttack } from "./build.ts";
import { corpus } from "./corpus.ts";
import { limitsOf, runPlan } from "./plan.ts";
import { faultsOf, rowOf, tableOf } from "./table.ts";

const hangMs = 20_000;

/** Its calls begin with the start of a thread, so they get more time. */
async function runAx(): Promise<BatchResult> {
  const folder = mkdtempSync(join(tmpdir(), "attack-ax-"));
  const { program, remove } = await buildAttack({ checked: false });
  try {
    const install = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "@ax-llm/ax@24"];
    execFileSync("npm", [...install, "--prefix", folder], { stdio: "inherit" });
    const level = `ax:${join(folder, "node_modules/@ax-llm/ax/index.js")}`;
    // Texts for the check have nothing to say about a runtime without one.
    const titles = corpus
      .filter((attack) => modesOf(attack).includes("async") && attack.beside === undefined)
      .filter(({ family }) => family !== "bombs for the check")
      .map(titleOf);
    const how = { mode: "async", route: "direct", checked: false } as const;
    return await runBatch({ level, limits: limitsOf(1_000), titles, ...how }, { program, hangMs });
  } finally {
    remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

const [level = "quickjs"] = process.argv.slice(2);
const seeds = Array.from({ length: 500 }, (_, seed) => seed);
const started = performance.now();
const results = await runPlan({ level, seeds, limits: limitsOf(250), hangMs, processes: 1 });
const ax = await runAx();
const faults = [...results].flatMap(([name, result]) => faultsOf(name, result));
for (const line of [...faults, ...faultsOf("ax", ax)]) console.log(line);
const rows = [...results].map(([name, result]) => rowOf(name, result));
console.log(`\n${tableOf([...rows, rowOf("`@ax-llm/ax` 24", ax)])}`);
const minutes = Math.round((performance.now() - started) / 60_000);
console.log(`\n${corpus.length} attacks, ${minutes} minutes, load ${loadavg()[0]?.toFixed(1)}`);
process.exitCode = faults.length > 0 ? 1 : 0;

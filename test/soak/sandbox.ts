/**
 * Runs random hostile programs in the sandbox for an hour, or for as many minutes as are given, and prints what failed,
 * cut down to the statements that it takes: `npm run soak:sandbox [minutes] [first seed]`.
 */
import { type Mode, textOf } from "../sandbox/attack/attack.ts";
import { type BatchResult, runBatch } from "../sandbox/attack/batch.ts";
import { buildAttack } from "../sandbox/attack/build.ts";
import type { Finding, Report } from "../sandbox/attack/findings.ts";
import { type FuzzProgram, fuzzAttack, fuzzLength, fuzzProgramOf, fuzzTitle } from "../sandbox/attack/fuzz.ts";
import { limitsOf } from "../sandbox/attack/plan.ts";
import { faultsOf, rowOf, tableOf } from "../sandbox/attack/table.ts";

const [minutes = 60, first = 1] = process.argv.slice(2).map(Number);
const size = 200;
const { program, remove } = await buildAttack({ checked: true });

function run(mode: Mode, programs: readonly FuzzProgram[]): Promise<BatchResult> {
  const how = { level: "quickjs", route: "direct", mode, checked: true, limits: limitsOf(100) } as const;
  return runBatch({ ...how, titles: programs.map(fuzzTitle) }, { program, hangMs: 30_000 });
}

/** Leaves out one statement after the other, as long as the same kind of failure stays. */
async function smallest(mode: Mode, seed: number, kind: string): Promise<FuzzProgram> {
  let statements = Array.from({ length: fuzzLength(seed) }, (_, at) => at);
  for (const at of [...statements]) {
    const fewer = statements.filter((other) => other !== at);
    const { reports } = await run(mode, [{ seed, statements: fewer }]);
    if (reports.some(({ findings }) => findings.some((finding) => finding.kind === kind))) statements = fewer;
  }
  return { seed, statements };
}

const sums: Record<Mode, { reports: Report[]; findings: Finding[] }> = {
  sync: { reports: [], findings: [] },
  async: { reports: [], findings: [] },
};
const end = performance.now() + minutes * 60_000;
try {
  for (let seed = first; performance.now() < end; seed += size) {
    const programs = Array.from({ length: size }, (_, i) => ({ seed: seed + i }));
    for (const mode of ["sync", "async"] as const) {
      const result = await run(mode, programs);
      sums[mode].reports.push(...result.reports);
      sums[mode].findings.push(...result.findings);
      for (const line of faultsOf(mode, result)) console.log(line);
      for (const { title, findings } of result.reports.filter((report) => report.findings.length > 0)) {
        const found = fuzzProgramOf(title.replace(/^random: /, "")) as FuzzProgram;
        const least = await smallest(mode, found.seed, findings[0]?.kind ?? "");
        console.log(`${fuzzTitle(least)}\n${textOf(fuzzAttack(least), mode).slice(0, 3_000)}\n`);
      }
    }
  }
} finally {
  remove();
}
const rows = [rowOf("sync", sums.sync), rowOf("async", sums.async)];
console.log(tableOf(rows));
process.exitCode = rows.every(({ runs, clean }) => runs === clean) && rows.every(({ runs }) => runs > 0) ? 0 : 1;

/** Runs the whole corpus: directly, past the check, by way of an optimizer; and random programs. */
import pLimit from "p-limit";
import { type Attack, type Mode, modesOf, titleOf } from "./attack.ts";
import { type BatchResult, runBatch } from "./batch.ts";
import { type Build, buildAttack } from "./build.ts";
import { corpus } from "./corpus.ts";
import type { Batch, Limits, Report, Route } from "./findings.ts";

/** What to run, and how. */
export interface Plan {
  readonly level: string;
  /** Which runs are made; by default all that mean something. */
  readonly select?: (attack: Attack, mode: Mode, route: Route) => boolean;
  /** Seeds of random programs. */
  readonly seeds: readonly number[];
  readonly limits: Limits;
  /** How long one run may take until it counts as a hang, in milliseconds. */
  readonly hangMs: number;
  /** How many processes run at the same time. */
  readonly processes: number;
  readonly onReport?: (name: string, report: Report) => void;
}

/** The limits of the promise, for calls of `callMs`. */
export function limitsOf(callMs: number): Limits {
  return { callMs, graceMs: 50, checkMs: 250, growthBytes: 700 * 2 ** 20 };
}

/** What came of each part of a plan, by its name. */
export type PlanResult = ReadonlyMap<string, BatchResult>;

const modes: readonly Mode[] = ["sync", "async"];

/** Runs a plan. */
export async function runPlan(plan: Plan): Promise<PlanResult> {
  const results = new Map<string, BatchResult>();
  const builds = await Promise.all([buildAttack({ checked: true }), buildAttack({ checked: false })]);
  const limit = pLimit(plan.processes);
  try {
    const parts = modes.flatMap((mode) => [
      async () => {
        const direct = await part(
          plan,
          builds,
          { mode, route: "direct", checked: true },
          titlesOf(plan, mode, "direct"),
        );
        results.set(`${mode}, as it is`, direct);
        // What the check accepts has just run as it would run past it.
        const refused = direct.reports.filter(({ end }) => end === "bad-source").map(({ title }) => title);
        const past = await part(plan, builds, { mode, route: "direct", checked: false }, refused);
        results.set(`${mode}, past the check`, past);
      },
      async () => {
        const titles = titlesOf(plan, mode, "proposal");
        results.set(
          `${mode}, by proposal`,
          await part(plan, builds, { mode, route: "proposal", checked: true }, titles),
        );
      },
      async () => {
        const titles = plan.seeds.map((seed) => `seed ${seed}`);
        results.set(
          `${mode}, random programs`,
          await part(plan, builds, { mode, route: "direct", checked: true }, titles),
        );
      },
    ]);
    await Promise.all(parts.map((run) => limit(run)));
  } finally {
    for (const build of builds) build.remove();
  }
  return results;
}

function titlesOf({ select }: Plan, mode: Mode, route: Route): readonly string[] {
  return corpus
    .filter((attack) => modesOf(attack).includes(mode) && (route === "direct" || canBeProposed(attack)))
    .filter((attack) => select === undefined || select(attack, mode, route))
    .map(titleOf);
}

/** A proposal is one program in one session. */
function canBeProposed({ beside, sessions, company }: Attack): boolean {
  return beside === undefined && sessions === undefined && company === undefined;
}

async function part(
  { level, limits, hangMs, onReport }: Plan,
  [checked, unchecked]: readonly [Build, Build],
  how: Pick<Batch, "mode" | "route" | "checked">,
  titles: readonly string[],
): Promise<BatchResult> {
  const { program } = how.checked ? checked : unchecked;
  const name = `${how.mode}${how.checked ? "" : ", past the check"}${how.route === "proposal" ? ", by proposal" : ""}`;
  // Past the check, it is the stand-in that takes its time.
  const held = how.checked ? limits : { ...limits, checkMs: 1e9 };
  return await runBatch(
    { level, limits: held, titles, ...how },
    { program, hangMs, onReport: (report) => onReport?.(name, report) },
  );
}

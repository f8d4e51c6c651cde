/** The budget that the trials of a study share: what each may spend, and what is left. */

import { stepsOf } from "../loop/stop.ts";
import type { TrainOptions } from "../options.ts";
import type { Budget, RoleSpent, Spent } from "../types.ts";

/** What is shared. Seconds are not: they pass for all trials at once. */
const shared = ["steps", "llmCalls", "tokens", "usd", "evaluations"] as const;
type Name = (typeof shared)[number];

/** The parts of a trial that decide how much it needs. */
type BudgetedTrial = Pick<TrainOptions, "budget" | "search">;

/** What a trial may spend. */
export interface Allowance {
  /** The trial's own budget, limited by what the study leaves for it. */
  readonly budget: Budget;
  /** Whether the study leaves it less than it needs. */
  readonly capped: boolean;
}

/** The accounts of a study. Each trial has a key. */
export class SharedBudget {
  readonly #budget: Budget;
  /** What trials had spent, in all processes, when they ended. */
  readonly #spent = new Map<string, Spent>();
  /** What running trials may spend in addition. */
  readonly #reserved = new Map<string, SharedAmounts>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** The sum over all trials that are over. */
  get total(): Spent {
    return sumOf([...this.#spent.values()]);
  }

  /**
   * Sets aside what a trial may spend: its share of what is left, when as many as `places` trials may run at the same
   * time. Its steps are set aside in full, since with fewer steps it would not compare. Gives the name of the limit
   * that is too small when the trial cannot begin.
   */
  open(key: string, trial: BudgetedTrial, places: number): Allowance | Name {
    const own = trial.budget ?? {};
    const shares = Math.max(1, places - this.#reserved.size);
    const reserved: SharedAmounts = {};
    const budget: { -readonly [K in keyof Budget]: Budget[K] } = { ...own };
    for (const name of shared) {
      if (this.#budget[name] === undefined) continue;
      // The budget of a run counts what its earlier processes have spent.
      const earlier = amountOf(this.#spent.get(key), name);
      const wanted = Math.max(0, wantedOf(trial, name) - earlier);
      const share = shareOf(this.#left(name), name, shares);
      // A search without a number of steps has no total to set aside.
      if (name === "steps" && Number.isFinite(wanted) ? wanted > share : share <= 0) return name;
      reserved[name] = Math.min(share, wanted);
      if (share < wanted) budget[name] = earlier + share;
    }
    this.#reserved.set(key, reserved);
    return { budget, capped: shared.some((name) => budget[name] !== own[name]) };
  }

  /** Reports that a trial is over; `spent` covers all its processes. */
  close(key: string, spent: Spent | undefined): void {
    this.#reserved.delete(key);
    if (spent !== undefined) this.#spent.set(key, spent);
  }

  #left(name: Name): number {
    const spent = [...this.#spent.values()].map((one) => amountOf(one, name));
    const reserved = [...this.#reserved.values()].map((amounts) => amounts[name] ?? 0);
    return [...spent, ...reserved].reduce((left, amount) => left - amount, this.#budget[name] as number);
  }
}

type SharedAmounts = Partial<Record<Name, number>>;

function wantedOf(trial: BudgetedTrial, name: Name): number {
  return name === "steps" ? stepsOf(trial) : (trial.budget?.[name] ?? Number.POSITIVE_INFINITY);
}

function shareOf(left: number, name: Name, shares: number): number {
  if (name === "steps") return left;
  return name === "usd" ? left / shares : Math.floor(left / shares);
}

function amountOf(spent: Spent | undefined, name: Name): number {
  if (spent === undefined) return 0;
  if (name === "tokens") return spent.inputTokens + spent.outputTokens;
  // Calls without a known price may have cost any amount.
  if (name === "usd") return spent.usd ?? (spent.llmCalls === 0 ? 0 : Number.POSITIVE_INFINITY);
  return spent[name];
}

const noCalls: RoleSpent = { llmCalls: 0, inputTokens: 0, outputTokens: 0, usd: 0 };

const nothing: Spent = {
  steps: 0,
  llmCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  usd: 0,
  evaluations: 0,
  seconds: 0,
  possiblyPaid: 0,
  byRole: { agent: noCalls, optimizer: noCalls, judge: noCalls },
};

function sumOf(all: readonly Spent[]): Spent {
  return all.reduce(
    (sum, one) => ({
      ...callsOf(sum, one),
      steps: sum.steps + one.steps,
      evaluations: sum.evaluations + one.evaluations,
      seconds: sum.seconds + one.seconds,
      possiblyPaid: sum.possiblyPaid + one.possiblyPaid,
      byRole: {
        agent: callsOf(sum.byRole.agent, one.byRole?.agent),
        optimizer: callsOf(sum.byRole.optimizer, one.byRole?.optimizer),
        judge: callsOf(sum.byRole.judge, one.byRole?.judge),
      },
    }),
    nothing,
  );
}

/** The calls of both. Trial files written before roles were counted have none. */
function callsOf(sum: RoleSpent, one: RoleSpent = noCalls): RoleSpent {
  return {
    llmCalls: sum.llmCalls + one.llmCalls,
    inputTokens: sum.inputTokens + one.inputTokens,
    outputTokens: sum.outputTokens + one.outputTokens,
    usd: sum.usd === undefined || one.usd === undefined ? undefined : sum.usd + one.usd,
  };
}

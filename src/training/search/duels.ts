/** Which of two programs is better, by the run's acceptance rule: judged on the same validation examples, as many as it takes. */

import type { Acceptance, Verdict } from "../../optimizers/acceptance.ts";
import { type Comparison, comparisonOf } from "../../optimizers/search/ranked.ts";
import { seeded, shuffled } from "../../util/rng.ts";
import type { Evaluator, Visit } from "../evaluation.ts";
import { selectionScore } from "../progress.ts";
import type { RunLog } from "../run-log.ts";
import type { Candidate, Example } from "../types.ts";
import type { Pool } from "./pool.ts";

/** One judgement of both programs. */
interface Pair {
  readonly example: Example;
  readonly visit: number;
}

/** What some pairs said. */
interface Judged extends Comparison {
  /** Whether all were judged before with just the same scores. */
  readonly repeats: boolean;
}

/** Two programs, by id. */
interface Duel {
  readonly challenger: string;
  readonly incumbent: string;
}

/** What decisions are made with. */
export interface DuelParts {
  readonly log: RunLog;
  readonly pool: Pool;
  readonly evaluator: Evaluator;
  readonly rule: Acceptance;
  readonly validation: readonly Example[];
  readonly seed: number;
}

/** The decisions of a run. Each pair of programs is decided once. */
export class Duels {
  readonly #parts: DuelParts;
  /** The validation examples in an order by the seed. */
  readonly #examples: readonly Example[];

  constructor(parts: DuelParts) {
    const { validation, seed } = parts;
    this.#parts = parts;
    this.#examples = shuffled(validation, seeded(`${seed}/pairs`));
  }

  /**
   * The index of the program that leads now: each program that has been judged on all validation examples challenges the leader
   * once, in the order in which they came.
   */
  async leader(): Promise<number> {
    const { log } = this.#parts;
    let leader = log.progress.best;
    for (const index of this.#challengers()) {
      const duel = this.#duelOf(index, leader);
      const accepted = log.progress.decisions.get(keyOf(duel)) ?? (await this.#fight(duel));
      await this.#record(duel, accepted, true);
      if (accepted) leader = index;
    }
    return leader;
  }

  /** As `leader`, by what is known already: nothing is run, and a challenger that needs more judgements does not win. */
  leaderKnown(): number {
    const { log, pool, rule } = this.#parts;
    let leader = log.progress.best;
    let { size: decided } = log.progress.decisions;
    for (const index of this.#challengers()) {
      const [challenger, incumbent] = [index, leader].map((at) => pool.candidates[at]) as [Candidate, Candidate];
      decided += 1;
      const { differences, rounding } = knownComparison(challenger, incumbent);
      const evidence = { remaining: 0, decision: decided, rounding };
      if (rule.decide(differences, evidence) === "accept") leader = index;
    }
    return leader;
  }

  /** Whether the challenger takes the incumbent's place. */
  async accepts(challenger: string, incumbent: string): Promise<boolean> {
    const duel = { challenger, incumbent };
    const known = this.#parts.log.progress.decisions.get(keyOf(duel));
    if (known !== undefined) return known;
    const accepted = await this.#fight(duel);
    await this.#record(duel, accepted, false);
    return accepted;
  }

  #challengers(): readonly number[] {
    const { best, challengers, candidates } = this.#parts.log.progress;
    return candidates.flatMap((candidate, index) => {
      const isOpen = index !== best && index !== 0 && !challengers.has(candidate.id);
      return isOpen && selectionScore(candidate, "bestValidation") !== undefined ? [index] : [];
    });
  }

  #duelOf(index: number, leader: number): Duel {
    const [challenger, incumbent] = [index, leader].map((at) => this.#parts.pool.candidates[at]) as [
      Candidate,
      Candidate,
    ];
    return { challenger: challenger.id, incumbent: incumbent.id };
  }

  async #record(duel: Duel, accepted: boolean, final: boolean): Promise<void> {
    const { log } = this.#parts;
    await log.record({ type: "decision", step: log.progress.steps + 1, ...duel, accepted, final });
  }

  async #fight(duel: Duel): Promise<boolean> {
    const { rule, log } = this.#parts;
    const decision = log.progress.decisions.size + 1;
    const differences: number[] = [];
    let rounding = 0;
    let remaining = this.#examples.length * rule.visits;
    let verdict: Verdict = "undecided";
    for (const pairs of this.#chunks()) {
      const judged = await this.#compare(duel, pairs);
      // Where a second look shows the same as the first, it is no evidence: the metric is not noisy, and nothing remains.
      const isNew = !judged.repeats;
      if (isNew) differences.push(...judged.differences);
      if (isNew) rounding += judged.rounding;
      remaining = isNew ? remaining - pairs.length : 0;
      verdict = rule.decide(differences, { remaining, decision, rounding });
      if (verdict !== "undecided" || remaining === 0) break;
    }
    return verdict === "accept";
  }

  /** The pairs in the order in which they are judged. A chunk is of one visit, so that a repeated one takes no other with it. */
  *#chunks(): Generator<readonly Pair[]> {
    const { chunk, visits } = this.#parts.rule;
    for (let visit = 0; visit < visits; visit++) {
      for (let at = 0; at < this.#examples.length; at += chunk) {
        yield this.#examples.slice(at, at + chunk).map((example) => ({ example, visit }));
      }
    }
  }

  async #compare({ challenger, incumbent }: Duel, pairs: readonly Pair[]): Promise<Judged> {
    const { evaluator, pool } = this.#parts;
    const visits: readonly Visit[] = [challenger, incumbent].flatMap((id) => {
      const state = pool.stateOf(id);
      return pairs.map((pair) => ({ id, state, split: "validation" as const, ...pair }));
    });
    evaluator.requireRoom(evaluator.missing(visits));
    const outcomes = await evaluator.judge(visits);
    const comparison = comparisonOf(outcomes.slice(0, pairs.length), outcomes.slice(pairs.length));
    const later = visits
      .map((visit, index) => ({ visit, outcome: outcomes[index] }))
      .filter(({ visit }) => visit.visit > 0);
    const firsts = await evaluator.judge(later.map(({ visit }) => ({ ...visit, visit: 0 })));
    const repeats = later.length > 0 && later.every(({ outcome }, index) => outcome?.score === firsts[index]?.score);
    return { ...comparison, repeats };
  }
}

function keyOf({ challenger, incumbent }: Duel): string {
  return `${challenger}>${incumbent}`;
}

function knownComparison(challenger: Candidate, incumbent: Candidate): Comparison {
  const outcomes = challenger.validation?.outcomes ?? [];
  const other = new Map(incumbent.validation?.outcomes.map((outcome) => [outcome.exampleId, outcome]));
  return comparisonOf(
    outcomes,
    outcomes.map(({ exampleId }) => other.get(exampleId)),
  );
}

/** Which of two programs is better, by the run's acceptance rule: judged on the same validation examples, as many as it takes. */

import { type Acceptance, strict, type Verdict } from "../../optimizers/acceptance.ts";
import { seeded, shuffled } from "../../util/rng.ts";
import type { Desk } from "../desk.ts";
import { acceptanceOf, type Selection } from "../options.ts";
import { type SearchProgress, selectionScore } from "../progress.ts";
import type { Candidate, Example, Outcome } from "../types.ts";
import type { Pool } from "./pool.ts";

/** One judgement of both programs. */
interface Pair {
  readonly example: Example;
  readonly visit: number;
}

/** What some pairs said. */
interface Judged {
  readonly differences: readonly number[];
  /** Whether all were judged before with just the same scores. */
  readonly repeats: boolean;
}

/** The decisions of a run so far. Each pair of programs is decided once. */
export class Duels {
  readonly #desk: Desk;
  readonly #pool: Pool;
  readonly #rule: Acceptance;
  readonly #verdicts: Map<string, boolean>;
  readonly #weighed: Set<string>;

  constructor(desk: Desk, pool: Pool, { verdicts, weighed }: Pick<SearchProgress, "verdicts" | "weighed">) {
    this.#desk = desk;
    this.#pool = pool;
    this.#rule = acceptanceOf(desk.parts.options) ?? strict();
    this.#verdicts = new Map(Object.entries(verdicts));
    this.#weighed = new Set(weighed);
  }

  /** What was decided, by `challenger>incumbent`. */
  get verdicts(): Readonly<Record<string, boolean>> {
    return Object.fromEntries(this.#verdicts);
  }

  /** The programs that have challenged the leader of their time. */
  get weighed(): readonly string[] {
    return [...this.#weighed];
  }

  /**
   * The index of the program that leads now: each program that has been judged on all validation examples challenges the leader
   * once, in the order in which they came.
   */
  async leader(best: number, selection: Selection): Promise<number> {
    let leader = best;
    for (const index of this.#challengers(best, selection)) {
      const [challenger, incumbent] = [index, leader].map((at) => this.#pool.candidates[at] as Candidate);
      this.#weighed.add((challenger as Candidate).id);
      if (await this.settle((challenger as Candidate).id, (incumbent as Candidate).id)) leader = index;
    }
    return leader;
  }

  #challengers(best: number, selection: Selection): readonly number[] {
    return this.#pool.candidates
      .map((candidate, index) => ({ candidate, index }))
      .filter(({ candidate, index }) => index !== best && index !== 0 && !this.#weighed.has(candidate.id))
      .filter(({ candidate }) => selectionScore(candidate, selection) !== undefined)
      .map(({ index }) => index);
  }

  /** Whether the challenger takes the incumbent's place. */
  async settle(challenger: string, incumbent: string): Promise<boolean> {
    const key = `${challenger}>${incumbent}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const decision = this.#verdicts.size + 1;
    const pairs = this.#pairs();
    const differences: number[] = [];
    let verdict: Verdict = "undecided";
    for (let at = 0; at < pairs.length && verdict === "undecided"; at += this.#rule.chunk) {
      const next = pairs.slice(at, at + this.#rule.chunk);
      const judged = await this.#differences(challenger, incumbent, next);
      // Where a second look shows the same as the first, it is no evidence: the metric is not noisy.
      if (judged.repeats) break;
      differences.push(...judged.differences);
      const remaining = Math.max(0, pairs.length - at - next.length);
      verdict = this.#rule.decide(differences, { remaining, decision });
    }
    this.#verdicts.set(key, verdict === "accept");
    return verdict === "accept";
  }

  /** As `leader`, by what is known already: nothing is run, and a challenger that needs more judgements does not win. */
  leaderKnown(best: number, selection: Selection): number {
    let leader = best;
    for (const index of this.#challengers(best, selection)) {
      const [challenger, incumbent] = [index, leader].map((at) => this.#pool.candidates[at] as Candidate);
      const differences = knownDifferences(challenger as Candidate, incumbent as Candidate);
      const decision = this.#verdicts.size + 1;
      const accepts = this.#rule.decide(differences, { remaining: 0, decision }) === "accept";
      this.#verdicts.set(`${challenger?.id}>${incumbent?.id}`, accepts);
      if (accepts) leader = index;
    }
    return leader;
  }

  /** The validation examples in an order by the seed, once for each visit. */
  #pairs(): readonly Pair[] {
    const { data, seed = 0 } = this.#desk.parts.options;
    const examples = shuffled(data.validation, seeded(`${seed}/pairs`));
    return Array.from({ length: this.#rule.visits }, (_, visit) =>
      examples.map((example) => ({ example, visit })),
    ).flat();
  }

  async #differences(challenger: string, incumbent: string, pairs: readonly Pair[]): Promise<Judged> {
    const { evaluator } = this.#desk;
    const visits = [challenger, incumbent].flatMap((id) => {
      const state = this.#pool.stateOf(id);
      return pairs.map((pair) => ({ id, state, split: "validation" as const, ...pair }));
    });
    this.#desk.requireMetricCalls(evaluator.missing(visits));
    const outcomes = await evaluator.judge(visits);
    const differences = pairs
      .map((_, index) => difference(outcomes[index], outcomes[pairs.length + index]))
      .filter((one) => one !== undefined);
    const later = visits
      .map((visit, index) => ({ visit, outcome: outcomes[index] }))
      .filter(({ visit }) => visit.visit > 0);
    const firsts = await evaluator.judge(later.map(({ visit }) => ({ ...visit, visit: 0 })));
    const repeats = later.length > 0 && later.every(({ outcome }, index) => outcome?.score === firsts[index]?.score);
    return { differences, repeats };
  }
}

function knownDifferences(challenger: Candidate, incumbent: Candidate): readonly number[] {
  const other = new Map(incumbent.validation?.outcomes.map((outcome) => [outcome.exampleId, outcome]));
  return (challenger.validation?.outcomes ?? [])
    .map((outcome) => difference(outcome, other.get(outcome.exampleId)))
    .filter((one) => one !== undefined);
}

/** Undefined where one of the two could not be judged. */
function difference(one: Outcome | undefined, other: Outcome | undefined): number | undefined {
  return one?.score === undefined || other?.score === undefined ? undefined : one.score - other.score;
}

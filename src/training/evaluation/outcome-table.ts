/** The known outcomes of each candidate, by split and example, with repeats pooled and cached. */

import { getOrSet } from "../../util/collections.ts";
import { type EvaluationName, repeatSuffix } from "../journal/call-path.ts";
import type { Outcome, SplitName } from "../types.ts";
import { poolOutcomes } from "./outcomes.ts";

/** The outcomes of one candidate on one example. */
interface ExampleOutcomes {
  readonly bySuffix: Map<string, Outcome>;
  /** Their mean; undefined when it must be computed again. */
  pooled: Outcome | undefined;
}

/** The outcomes of one candidate on one split. */
interface CandidateOutcomes {
  readonly examples: Map<string, ExampleOutcomes>;
  evaluations: number;
  scored: number;
  /** The latest result of `known`. */
  last: { readonly exampleIds: readonly string[]; readonly outcomes: readonly Outcome[] } | undefined;
}

/** The suffix of the first evaluation that scores a candidate. Those of rollouts have other suffixes. */
const firstSuffix = repeatSuffix(0);

const noOutcomes: readonly Outcome[] = [];

/** Outcomes by candidate, split and example. */
export class OutcomeTable {
  readonly #rows = new Map<string, CandidateOutcomes>();
  /** The outcomes behind each pooled outcome. */
  readonly #parts = new WeakMap<Outcome, readonly Outcome[]>();

  /** Adds an outcome, or replaces the one of the same evaluation. */
  add({ id, split, exampleId, suffix }: EvaluationName, outcome: Outcome): void {
    const row = this.#rowOf(id, split);
    const cell = getOrSet(row.examples, exampleId, () => ({ bySuffix: new Map(), pooled: undefined }));
    if (!cell.bySuffix.has(suffix)) {
      row.evaluations += 1;
      if (suffix === firstSuffix) row.scored += 1;
    }
    cell.bySuffix.set(suffix, outcome);
    cell.pooled = undefined;
    row.last = undefined;
  }

  /**
   * One outcome for each of the examples that has any, in their order. The same list as before if nothing was added.
   */
  known(id: string, split: SplitName, exampleIds: readonly string[]): readonly Outcome[] {
    const row = this.#rows.get(rowKey(id, split));
    if (row === undefined) return noOutcomes;
    if (row.last?.exampleIds === exampleIds) return row.last.outcomes;
    const outcomes: Outcome[] = [];
    for (const exampleId of exampleIds) {
      const cell = row.examples.get(exampleId);
      if (cell !== undefined) outcomes.push(this.#pooled(cell));
    }
    row.last = { exampleIds, outcomes };
    return outcomes;
  }

  /** The number of outcomes of a candidate on a split. */
  evaluationCount(id: string, split: SplitName): number {
    return this.#rows.get(rowKey(id, split))?.evaluations ?? 0;
  }

  /** The number of examples of a split with an outcome of repeat 0. */
  scoredCount(id: string, split: SplitName): number {
    return this.#rows.get(rowKey(id, split))?.scored ?? 0;
  }

  /** The outcomes that `outcome` is the mean of; undefined when `known` has not made it. */
  partsOf(outcome: Outcome): readonly Outcome[] | undefined {
    return this.#parts.get(outcome);
  }

  #rowOf(id: string, split: SplitName): CandidateOutcomes {
    return getOrSet(this.#rows, rowKey(id, split), () => ({
      examples: new Map(),
      evaluations: 0,
      scored: 0,
      last: undefined,
    }));
  }

  #pooled(cell: ExampleOutcomes): Outcome {
    if (cell.pooled !== undefined) return cell.pooled;
    // By suffix, so that a sum does not depend on which run ended first.
    const outcomes = [...cell.bySuffix].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome);
    const pooled = poolOutcomes(outcomes) as Outcome;
    if (outcomes.length > 1 && !outcomes.includes(pooled)) this.#parts.set(pooled, outcomes);
    cell.pooled = pooled;
    return pooled;
  }
}

function rowKey(id: string, split: SplitName): string {
  return `${id}/${split}`;
}

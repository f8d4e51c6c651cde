/**
 * What is known of each program: outcomes by split and example, repeats pooled, kept ready to be read again and again.
 */

import { getOrSet } from "../../util/collections.ts";
import type { Place } from "../journal/call-path.ts";
import type { Outcome, SplitName } from "../types.ts";
import { pooled } from "./outcomes.ts";

/** The outcomes of one program on one example. */
interface Cell {
  readonly visits: Map<string, Outcome>;
  /** Their mean; undefined when it has to be made anew. */
  pooled: Outcome | undefined;
}

/** The outcomes of one program on one split. */
interface Row {
  readonly cells: Map<string, Cell>;
  visits: number;
  firsts: number;
  /** What `known` gave last. */
  last: { readonly exampleIds: readonly string[]; readonly outcomes: readonly Outcome[] } | undefined;
}

/** The name of the first visit that is made to score a program; those of training runs have names of their own. */
const firstVisit = "#0";

const noOutcomes: readonly Outcome[] = [];

/** Outcomes by program, split and example. */
export class OutcomeTable {
  readonly #rows = new Map<string, Row>();
  /** What pooled outcomes are made of. */
  readonly #parts = new WeakMap<Outcome, readonly Outcome[]>();

  /** Adds an outcome, or replaces the one of the same repeat. */
  add({ id, split, exampleId, visit }: Place, outcome: Outcome): void {
    const row = this.#rowOf(id, split);
    const cell = getOrSet(row.cells, exampleId, () => ({ visits: new Map(), pooled: undefined }));
    if (!cell.visits.has(visit)) {
      row.visits += 1;
      if (visit === firstVisit) row.firsts += 1;
    }
    cell.visits.set(visit, outcome);
    cell.pooled = undefined;
    row.last = undefined;
  }

  /**
   * One outcome for each of the examples that has any, in their order. The same list as before when nothing was added.
   */
  known(id: string, split: SplitName, exampleIds: readonly string[]): readonly Outcome[] {
    const row = this.#rows.get(rowKey(id, split));
    if (row === undefined) return noOutcomes;
    if (row.last?.exampleIds === exampleIds) return row.last.outcomes;
    const outcomes: Outcome[] = [];
    for (const exampleId of exampleIds) {
      const cell = row.cells.get(exampleId);
      if (cell !== undefined) outcomes.push(this.#pooled(cell));
    }
    row.last = { exampleIds, outcomes };
    return outcomes;
  }

  /** How many outcomes there are of a program on a split. */
  visits(id: string, split: SplitName): number {
    return this.#rows.get(rowKey(id, split))?.visits ?? 0;
  }

  /** On how many examples of a split there is the outcome of a program's first visit. */
  firsts(id: string, split: SplitName): number {
    return this.#rows.get(rowKey(id, split))?.firsts ?? 0;
  }

  /** The outcomes that `outcome` is the mean of; undefined when `known` has not made it. */
  partsOf(outcome: Outcome): readonly Outcome[] | undefined {
    return this.#parts.get(outcome);
  }

  #rowOf(id: string, split: SplitName): Row {
    return getOrSet(this.#rows, rowKey(id, split), () => ({ cells: new Map(), visits: 0, firsts: 0, last: undefined }));
  }

  #pooled(cell: Cell): Outcome {
    if (cell.pooled !== undefined) return cell.pooled;
    // By name, so that a sum does not depend on which run was over first.
    const outcomes = [...cell.visits].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome);
    const made = pooled(outcomes) as Outcome;
    if (outcomes.length > 1 && !outcomes.includes(made)) this.#parts.set(made, outcomes);
    cell.pooled = made;
    return made;
  }
}

function rowKey(id: string, split: SplitName): string {
  return `${id}/${split}`;
}

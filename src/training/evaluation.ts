/** Scores of candidates on examples, each judged once: what the journal has of an earlier process is not run again. */

import type { ParameterState } from "../nodes/state.ts";
import type { Json } from "../util/decode.ts";
import { mapLimited } from "../util/limit.ts";
import { atPath } from "../util/outside.ts";
import type { RunStore } from "./journal/folder.ts";
import { summarize } from "./outcomes.ts";
import type { Player } from "./player.ts";
import type { EvaluationResult, Example, Outcome, Split } from "./types.ts";

/** A candidate to score: its values, and the hash of them. */
export interface Scored {
  readonly id: string;
  readonly state: ParameterState;
}

/** Scores candidates, with a cache by content: (candidate, split, example). */
export class Evaluator {
  readonly #player: Player;
  readonly #store: RunStore;
  readonly #concurrency: number;
  readonly #cache = new Map<string, Outcome>();

  constructor(player: Player, store: RunStore, concurrency: number) {
    this.#player = player;
    this.#store = store;
    this.#concurrency = concurrency;
    for (const record of store.records()) {
      if (record.type !== "outcome") continue;
      const { key, outcome } = record.data as unknown as { key: string; outcome: Outcome };
      this.#cache.set(key, outcome);
    }
  }

  /** How many runs were judged so far, in all processes of this run. */
  get judged(): number {
    return this.#cache.size;
  }

  /** How many runs it would take to score this candidate: those that are not in the cache. */
  missing(candidate: string, split: Split, examples: readonly Example[]): number {
    return examples.filter((example) => !this.#cache.has(keyOf(candidate, split, example))).length;
  }

  /** The scores of a candidate on all examples, in their order. */
  async evaluate({ id, state }: Scored, split: Split, examples: readonly Example[]): Promise<EvaluationResult> {
    const outcomes = await mapLimited(examples, this.#concurrency, async (example) => {
      const key = keyOf(id, split, example);
      const known = this.#cache.get(key);
      if (known !== undefined) return known;
      const outcome = await atPath(`candidate ${key}`, () => this.#player.score(example, state));
      this.#cache.set(key, outcome);
      await this.#store.append("outcome", { key, outcome: outcome as unknown as Json });
      return outcome;
    });
    return summarize(outcomes);
  }
}

function keyOf(candidate: string, split: Split, example: Example): string {
  return `${candidate}/${split}/${example.id}`;
}

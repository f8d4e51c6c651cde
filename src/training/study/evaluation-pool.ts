/**
 * Outcomes that several runs share, such as the trials of a study: what one run has evaluated, no other evaluates
 * again.
 */

import type { Json } from "../../util/encode.ts";
import { hashOf } from "../../util/json.ts";
import { contentHash } from "../data/hash.ts";
import type { EvaluationCache, EvaluationKey, SharedOutcome } from "../evaluation/evaluation-cache.ts";
import { openRun, type RunStore } from "../journal/folder.ts";
import type { Outcome } from "../types.ts";

/** A run that shares, and everything besides candidate and example that decides its outcomes. */
export interface Sharer {
  /** Unique to the run. */
  readonly run: string;
  /** Only runs with equal scopes share. */
  readonly scope: Json;
}

interface PooledOutcome {
  readonly outcome: Outcome;
  /** The run that made it. */
  readonly by: string;
}

const config = { kind: "shared evaluations", version: 1 };

/** The outcomes that runs of this process share, and those of earlier processes when there is a folder. */
export class EvaluationPool {
  readonly #store: RunStore;
  readonly #known = new Map<string, PooledOutcome>();
  /** Settles when the run that is making an outcome has made it or failed. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  /** Opens the pool of a folder, or one in memory. Throws as `openRun` does. */
  static async open(folder: string | undefined): Promise<EvaluationPool> {
    return new EvaluationPool(await openRun(folder, config));
  }

  private constructor(store: RunStore) {
    this.#store = store;
    for (const { type, data } of store.takePast()) {
      if (type !== "evaluation") continue;
      const { key, ...known } = data as unknown as PooledOutcome & { readonly key: string };
      this.#known.set(key, known);
    }
  }

  /** The shared outcomes as one run sees them. */
  for({ run, scope }: Sharer): EvaluationCache {
    const scopeHash = hashOf(scope);
    const keyOf = ({ id, split, example, repeat }: EvaluationKey): string | undefined => {
      const content = contentHash(example);
      // The id is part of the outcome, and guides receive it.
      return content && hashOf([scopeHash, id, split, example.id, content, repeat]);
    };
    return {
      has: (evaluation) => this.#known.has(keyOf(evaluation) ?? ""),
      outcome: async (evaluation, make) => {
        const key = keyOf(evaluation);
        // What cannot be compared cannot be shared.
        return key === undefined ? { outcome: await make(), own: true } : this.#outcome(key, run, make);
      },
    };
  }

  /** Writes what is left, and releases the folder. */
  close(): Promise<void> {
    return this.#store.close();
  }

  async #outcome(key: string, run: string, make: () => Promise<Outcome>): Promise<SharedOutcome> {
    for (;;) {
      const known = this.#known.get(key);
      if (known !== undefined) return { outcome: known.outcome, own: known.by === run };
      const other = this.#underWay.get(key);
      if (other === undefined) break;
      await other;
    }
    const making = this.#make(key, run, make).finally(() => this.#underWay.delete(key));
    // A failure concerns only the run that met it: a waiting run then makes the outcome itself.
    this.#underWay.set(
      key,
      making.catch(() => undefined),
    );
    return { outcome: await making, own: true };
  }

  async #make(key: string, by: string, make: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await make();
    // A failing judge says nothing about the candidate: other runs ask their own.
    if (outcome.failure?.of === "guide") return outcome;
    await this.#store.append("evaluation", { key, by, outcome: outcome as unknown as Json });
    this.#known.set(key, { outcome, by });
    return outcome;
  }
}

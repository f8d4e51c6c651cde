/**
 * Scores that several runs share, such as the trials of a study: a program that one has judged on an example, none
 * judges again.
 */

import type { Json } from "../../util/encode.ts";
import { hashOf } from "../../util/json.ts";
import { contentHash } from "../data/hash.ts";
import type { EvaluationCache, EvaluationKey, SharedOutcome } from "../evaluation/evaluation-cache.ts";
import { openRun, type RunStore } from "../journal/folder.ts";
import type { Outcome } from "../types.ts";

/** Who shares what: a run, and all that decides its evaluations beside program and example. */
export interface Sharer {
  /** Tells the run from all others. */
  readonly run: string;
  /** Only runs with equal scopes share. */
  readonly scope: Json;
}

interface Kept {
  readonly outcome: Outcome;
  /** The run that made it. */
  readonly by: string;
}

const config = { kind: "shared evaluations", version: 1 };

/** The scores that runs of this process share, and those of earlier processes, when they are kept in a folder. */
export class EvaluationPool {
  readonly #store: RunStore;
  readonly #kept = new Map<string, Kept>();
  /** Settles when a run that makes an outcome has done so, or failed to. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  /** Opens the pool of a folder, or one that is kept in memory only. Throws as `openRun` does. */
  static async open(folder: string | undefined): Promise<EvaluationPool> {
    return new EvaluationPool(await openRun(folder, config));
  }

  private constructor(store: RunStore) {
    this.#store = store;
    for (const { type, data } of store.takePast()) {
      if (type !== "evaluation") continue;
      const { key, ...kept } = data as unknown as Kept & { readonly key: string };
      this.#kept.set(key, kept);
    }
  }

  /** The scores as a run has them. */
  for({ run, scope }: Sharer): EvaluationCache {
    const scopeHash = hashOf(scope);
    const keyOf = ({ id, split, example, repeat }: EvaluationKey): string | undefined => {
      const content = contentHash(example);
      // The id is in the outcome, and a guide is told it.
      return content && hashOf([scopeHash, id, split, example.id, content, repeat]);
    };
    return {
      has: (visit) => this.#kept.has(keyOf(visit) ?? ""),
      outcome: async (visit, make) => {
        const key = keyOf(visit);
        // What cannot be compared cannot be shared.
        return key === undefined ? { outcome: await make(), own: true } : this.#outcome(key, run, make);
      },
    };
  }

  /** Writes what is left, and lets other processes have the folder. */
  close(): Promise<void> {
    return this.#store.close();
  }

  async #outcome(key: string, run: string, make: () => Promise<Outcome>): Promise<SharedOutcome> {
    for (;;) {
      const kept = this.#kept.get(key);
      if (kept !== undefined) return { outcome: kept.outcome, own: kept.by === run };
      const other = this.#underWay.get(key);
      if (other === undefined) break;
      await other;
    }
    const making = this.#make(key, run, make).finally(() => this.#underWay.delete(key));
    // A failure is the maker's: who waits makes the outcome itself then.
    this.#underWay.set(
      key,
      making.catch(() => undefined),
    );
    return { outcome: await making, own: true };
  }

  async #make(key: string, by: string, make: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await make();
    // A judge that fails says nothing of the program: others ask theirs.
    if (outcome.failure?.of === "guide") return outcome;
    await this.#store.append("evaluation", { key, by, outcome: outcome as unknown as Json });
    this.#kept.set(key, { outcome, by });
    return outcome;
  }
}

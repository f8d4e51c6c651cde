/** The candidates of a run: entered once by content, each with its values and the algorithm's memory of it. */

import type { Parameter } from "../../nodes/parameter.ts";
import type { ParameterState } from "../../nodes/state.ts";
import type { Candidate } from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { candidateId, stateOf } from "../loop/progress.ts";
import type { RunLog } from "../loop/run-log.ts";
import type { ScoredCandidate } from "../types.ts";

/** How a candidate was made. */
type CandidateOrigin = Pick<Candidate, "parents" | "origin" | "step">;

/** The result of entering a candidate. */
export interface PoolEntry {
  readonly candidate: Candidate;
  /** Whether it is new. */
  readonly isNew: boolean;
}

/** The candidates of a run, by id. Their scores are in the progress of the run's log. */
export class CandidatePool {
  readonly #log: RunLog;
  readonly #parameters: readonly Parameter[];
  readonly #firstMemory: Json;
  readonly #restore: ((stored: ScoredCandidate) => ScoredCandidate) | undefined;
  readonly #index = new Map<string, number>();
  readonly #states = new WeakMap<object, ParameterState>();
  readonly #memories = new Map<string, Json>();

  /** @param restore Gives the candidate that a stored one stands for. */
  constructor(
    log: RunLog,
    parameters: readonly Parameter[],
    firstMemory: Json,
    restore?: (stored: ScoredCandidate) => ScoredCandidate,
  ) {
    this.#log = log;
    this.#restore = restore;
    this.#parameters = parameters;
    this.#firstMemory = firstMemory;
    for (const [at, { id }] of this.candidates.entries()) this.#index.set(id, at);
  }

  /** All candidates. The first is the baseline. */
  get candidates(): readonly ScoredCandidate[] {
    const { candidates } = this.#log.progress;
    return this.#restore === undefined ? candidates : candidates.map(this.#restore);
  }

  /** The best candidate so far. */
  get best(): ScoredCandidate {
    return this.#at(this.#log.progress.best);
  }

  /** The candidate with that id. Throws TracegradError `unknown-candidate`. */
  get(id: string): ScoredCandidate {
    const at = this.#index.get(id);
    if (at !== undefined) return this.#at(at);
    throw new TracegradError(
      "unknown-candidate",
      `There is no candidate "${id}" in the pool. Use the ids of \`candidates()\`.`,
    );
  }

  #at(index: number): ScoredCandidate {
    const stored = this.#log.progress.candidates[index] as ScoredCandidate;
    return this.#restore?.(stored) ?? stored;
  }

  /** The values of a candidate, to run it on. */
  stateOf(id: string): ParameterState {
    const { values } = this.get(id);
    const known = this.#states.get(values);
    if (known !== undefined) return known;
    const state = stateOf({ values }, this.#parameters);
    this.#states.set(values, state);
    return state;
  }

  /** Enters a candidate and records it, or finds the equal one that exists. */
  async enter(
    values: Readonly<Record<string, unknown>>,
    { parents, origin, step }: CandidateOrigin,
  ): Promise<PoolEntry> {
    const id = candidateId(values);
    const at = this.#index.get(id);
    if (at !== undefined) return { candidate: this.#at(at), isNew: false };
    const candidate: Candidate = { id, step, values, parents, origin };
    this.#index.set(id, this.#log.progress.candidates.length);
    await this.#log.record({ type: "candidate", step, candidate });
    return { candidate: this.get(id), isNew: true };
  }

  /** The memory of the algorithm for rewriting a candidate. */
  memoryOf(id: string): Json {
    return this.#memories.get(id) ?? this.#log.progress.memories[id] ?? this.#firstMemory;
  }

  /** Stores the memory of the algorithm for a candidate. */
  remember(id: string, memory: Json): void {
    this.#memories.set(id, memory);
  }

  /** The memories that were stored since the last call, by id, to be recorded with the round. */
  takeMemories(): Readonly<Record<string, Json>> {
    const memories = Object.fromEntries(this.#memories);
    this.#memories.clear();
    return memories;
  }
}

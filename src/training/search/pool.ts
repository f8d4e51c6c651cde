/**
 * The candidates of a run: entered once by content, each with its values and with what the algorithm remembers of it.
 */

import type { Parameter } from "../../nodes/parameter.ts";
import type { ParameterState } from "../../nodes/state.ts";
import type { Candidate } from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { candidateId, stateOf } from "../loop/progress.ts";
import type { RunLog } from "../loop/run-log.ts";
import type { ScoredCandidate } from "../types.ts";

/** How a candidate came to be. */
type Origin = Pick<Candidate, "parents" | "origin" | "step">;

/** What came of entering a candidate. */
export interface Entry {
  readonly candidate: Candidate;
  /** Whether it was not there before. */
  readonly isNew: boolean;
}

/** The candidates of a run, by id. What is known of them is the progress of the run's log. */
export class CandidatePool {
  readonly #log: RunLog;
  readonly #parameters: readonly Parameter[];
  readonly #firstMemory: Json;
  readonly #real: ((kept: ScoredCandidate) => ScoredCandidate) | undefined;
  readonly #index = new Map<string, number>();
  readonly #states = new WeakMap<object, ParameterState>();
  readonly #memories = new Map<string, Json>();

  /** @param real Gives the candidate that a kept one stands for. */
  constructor(
    log: RunLog,
    parameters: readonly Parameter[],
    firstMemory: Json,
    real?: (kept: ScoredCandidate) => ScoredCandidate,
  ) {
    this.#log = log;
    this.#real = real;
    this.#parameters = parameters;
    this.#firstMemory = firstMemory;
    for (const [at, { id }] of this.candidates.entries()) this.#index.set(id, at);
  }

  /** All candidates, the starting artifact first. */
  get candidates(): readonly ScoredCandidate[] {
    const { candidates } = this.#log.progress;
    return this.#real === undefined ? candidates : candidates.map(this.#real);
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
      "unknown-program",
      `There is no program "${id}" in the pool. Use the ids of \`programs()\`.`,
    );
  }

  #at(index: number): ScoredCandidate {
    const kept = this.#log.progress.candidates[index] as ScoredCandidate;
    return this.#real?.(kept) ?? kept;
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

  /** Enters a candidate and records it, or finds the equal one that is there. */
  async enter(values: Readonly<Record<string, unknown>>, { parents, origin, step }: Origin): Promise<Entry> {
    const id = candidateId(values);
    const at = this.#index.get(id);
    if (at !== undefined) return { candidate: this.#at(at), isNew: false };
    const candidate: Candidate = { id, step, values, parents, origin };
    this.#index.set(id, this.#log.progress.candidates.length);
    await this.#log.record({ type: "candidate", step, candidate });
    return { candidate: this.get(id), isNew: true };
  }

  /** What the algorithm remembers when it rewrites a candidate. */
  memoryOf(id: string): Json {
    return this.#memories.get(id) ?? this.#log.progress.memories[id] ?? this.#firstMemory;
  }

  /** Keeps what the algorithm remembers of a candidate. */
  remember(id: string, memory: Json): void {
    this.#memories.set(id, memory);
  }

  /** What was remembered since this was asked last, by id, to be kept with the round. */
  takeMemories(): Readonly<Record<string, Json>> {
    const memories = Object.fromEntries(this.#memories);
    this.#memories.clear();
    return memories;
  }
}

/** The programs of a run: entered once by content, each with its values and with what the algorithm remembers of it. */

import type { Parameter } from "../../nodes/parameter.ts";
import type { ParameterState } from "../../nodes/state.ts";
import type { Program } from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { programId, stateOf } from "../progress.ts";
import type { RunLog } from "../run-log.ts";
import type { Candidate } from "../types.ts";

/** How a program came to be. */
type Origin = Pick<Program, "parents" | "origin" | "step">;

/** What came of entering a program. */
export interface Entry {
  readonly program: Program;
  /** Whether it was not there before. */
  readonly isNew: boolean;
}

/** The programs of a run, by id. What is known of them is the progress of the run's log. */
export class Pool {
  readonly #log: RunLog;
  readonly #parameters: readonly Parameter[];
  readonly #firstMemory: Json;
  readonly #index = new Map<string, number>();
  readonly #states = new WeakMap<object, ParameterState>();
  readonly #memories = new Map<string, Json>();

  constructor(log: RunLog, parameters: readonly Parameter[], firstMemory: Json) {
    this.#log = log;
    this.#parameters = parameters;
    this.#firstMemory = firstMemory;
    for (const [at, { id }] of this.candidates.entries()) this.#index.set(id, at);
  }

  /** All programs, the starting artifact first. */
  get candidates(): readonly Candidate[] {
    return this.#log.progress.candidates;
  }

  /** The best program so far. */
  get best(): Candidate {
    const { candidates, best } = this.#log.progress;
    return candidates[best] as Candidate;
  }

  /** The program with that id. Throws TracegradError `unknown-program`. */
  get(id: string): Candidate {
    const at = this.#index.get(id);
    if (at !== undefined) return this.candidates[at] as Candidate;
    throw new TracegradError(
      "unknown-program",
      `There is no program "${id}" in the pool. Use the ids of \`programs()\`.`,
    );
  }

  /** The values of a program, to run it on. */
  stateOf(id: string): ParameterState {
    const { values } = this.get(id);
    const known = this.#states.get(values);
    if (known !== undefined) return known;
    const state = stateOf({ values }, this.#parameters);
    this.#states.set(values, state);
    return state;
  }

  /** Enters a program and records it, or finds the equal one that is there. */
  async enter(values: Readonly<Record<string, unknown>>, { parents, origin, step }: Origin): Promise<Entry> {
    const id = programId(values);
    const at = this.#index.get(id);
    if (at !== undefined) return { program: this.candidates[at] as Candidate, isNew: false };
    const candidate: Program = { id, step, values, parents, origin };
    this.#index.set(id, this.candidates.length);
    await this.#log.record({ type: "candidate", step, candidate });
    return { program: this.get(id), isNew: true };
  }

  /** What the algorithm remembers when it rewrites a program. */
  memoryOf(id: string): Json {
    return this.#memories.get(id) ?? this.#log.progress.memories[id] ?? this.#firstMemory;
  }

  /** Keeps what the algorithm remembers of a program. */
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

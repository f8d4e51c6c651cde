/** The pool of programs of a search: entered once by content, each with what is known of it. */

import type { Parameter } from "../../nodes/parameter.ts";
import type { ParameterState } from "../../nodes/state.ts";
import type { Program } from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { candidateOf, type Progress, stateOf } from "../progress.ts";
import type { Candidate, EvaluationResult } from "../types.ts";

/** Programs by id, in the order in which they came. */
export class Pool {
  readonly #parameters: readonly Parameter[];
  readonly #candidates: Candidate[];
  readonly #index = new Map<string, number>();
  readonly #memories: Map<string, Json>;
  readonly #firstMemory: Json;

  constructor({ candidates, search, optimizer }: Progress, parameters: readonly Parameter[]) {
    this.#parameters = parameters;
    this.#candidates = [...candidates];
    for (const [at, { id }] of candidates.entries()) this.#index.set(id, at);
    this.#memories = new Map(Object.entries(search?.memories ?? {}));
    this.#firstMemory = optimizer.memory;
  }

  /** All programs, the starting artifact first. */
  get candidates(): readonly Candidate[] {
    return this.#candidates;
  }

  /** The algorithm's memories of programs, by id. */
  get memories(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.#memories);
  }

  /** The program with that id. Throws TracegradError `unknown-program`. */
  get(id: string): Candidate {
    const at = this.#index.get(id);
    if (at !== undefined) return this.#candidates[at] as Candidate;
    throw new TracegradError(
      "unknown-program",
      `There is no program "${id}" in the pool. Use the ids of \`programs()\`.`,
    );
  }

  /** The values of a program, to run it on. */
  stateOf(id: string): ParameterState {
    return stateOf(this.get(id), this.#parameters);
  }

  /** Enters a program, or finds the equal one that is there. */
  enter(
    values: Readonly<Record<string, unknown>>,
    from: Pick<Program, "parents" | "origin" | "step">,
  ): { readonly program: Candidate; readonly isNew: boolean } {
    const candidate = candidateOf(values, from.step, from);
    const at = this.#index.get(candidate.id);
    if (at !== undefined) return { program: this.#candidates[at] as Candidate, isNew: false };
    this.#index.set(candidate.id, this.#candidates.push(candidate) - 1);
    return { program: candidate, isNew: true };
  }

  /** Notes how a program scored on all validation examples. */
  note(id: string, validation: EvaluationResult): void {
    this.#candidates[this.#index.get(id) as number] = { ...this.get(id), validation };
  }

  /** What the algorithm remembers when it rewrites a program. */
  memoryOf(id: string): Json {
    return this.#memories.get(id) ?? this.#firstMemory;
  }

  /** Keeps what the algorithm remembers of a program. */
  remember(id: string, memory: Json): void {
    this.#memories.set(id, memory);
  }
}

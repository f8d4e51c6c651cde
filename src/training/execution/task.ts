/** Tasks: evaluations as data, with a key by content. */

import { createHash } from "node:crypto";
import type { ParameterState } from "../../nodes/state.ts";
import { getOrSet } from "../../util/collections.ts";
import { encode, type Json } from "../../util/encode.ts";
import { placeHere } from "../../util/external-call.ts";
import { hashOf } from "../../util/json.ts";
import { contentHash } from "../data/hash.ts";
import type { EvaluationResult, Example } from "../types.ts";
import type { ProgramIdentity, Task, TaskContent } from "./executor.ts";

/** What tasks of one run have in common. */
export interface TaskMakerParts {
  readonly identity: ProgramIdentity;
  /** Unique to the run: two runs never share a result. */
  readonly run: string;
  /** Of a study: which trial. */
  readonly trial: Json | undefined;
}

/** Makes the tasks of a run. What many tasks refer to is encoded once. */
export class TaskMaker {
  readonly #trial: TaskMakerParts["trial"];
  /** A hash of what all tasks have in common. */
  readonly #common: string;
  readonly #values = new WeakMap<ParameterState, TaskContent>();
  readonly #validations = new WeakMap<EvaluationResult, TaskContent>();
  readonly #examples = new WeakMap<Example, Task["example"]>();

  constructor(parts: TaskMakerParts) {
    const { identity, run, trial } = parts;
    this.#trial = trial;
    this.#common = hashOf({ identity, run, trial });
  }

  /** The task for an evaluation at the caller's place in the run. */
  task(
    kind: Task["kind"],
    example: Example,
    { state, validation }: { readonly state: ParameterState; readonly validation?: EvaluationResult | undefined },
  ): Task {
    const { path, seed } = placeHere();
    const named = getOrSet(this.#examples, example, () => ({ id: example.id, content: contentHash(example) }));
    const values = getOrSet(this.#values, state, () => content(state.values));
    const scores = validation && getOrSet(this.#validations, validation, () => content(validation));
    // One text for one task: a list has no order of keys to settle.
    const parts = [this.#common, kind, path, named.id, named.content, seed, values.hash, scores?.hash];
    const key = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
    return { key, kind, path, example: named, seed, values, validation: scores, trial: this.#trial };
  }
}

function content(value: unknown): TaskContent {
  const json = encode(value);
  return { json, hash: hashOf(json).slice(0, 32) };
}

/** Tasks: evaluations as data, with a key by content. */

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
  readonly #parts: TaskMakerParts;
  readonly #identity: string;
  readonly #values = new WeakMap<ParameterState, TaskContent>();
  readonly #validations = new WeakMap<EvaluationResult, TaskContent>();
  readonly #examples = new WeakMap<Example, Task["example"]>();

  constructor(parts: TaskMakerParts) {
    this.#parts = parts;
    this.#identity = hashOf(parts.identity);
  }

  /** The task for an evaluation at the caller's place in the run. */
  task(
    kind: Task["kind"],
    example: Example,
    { state, validation }: { readonly state: ParameterState; readonly validation?: EvaluationResult | undefined },
  ): Task {
    const { path, seed } = placeHere();
    const task = {
      kind,
      path,
      example: getOrSet(this.#examples, example, () => ({ id: example.id, content: contentHash(example) })),
      seed,
      values: getOrSet(this.#values, state, () => content(state.values)),
      validation: validation && getOrSet(this.#validations, validation, () => content(validation)),
      trial: this.#parts.trial,
    };
    const { values, validation: scores, ...rest } = task;
    const named = {
      ...rest,
      values: values.hash,
      validation: scores?.hash,
      identity: this.#identity,
      run: this.#parts.run,
    };
    return { ...task, key: hashOf(named).slice(0, 32) };
  }
}

function content(value: unknown): TaskContent {
  const json = encode(value);
  return { json, hash: hashOf(json).slice(0, 32) };
}

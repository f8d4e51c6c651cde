/** Makes the tasks of runs in other processes, with the program of this one. */

import { apart, withParameters } from "../../nodes/runs.ts";
import type { ParameterState } from "../../nodes/state.ts";
import { groupBy } from "../../util/collections.ts";
import { decode, encode, type Json } from "../../util/encode.ts";
import { ExternalCallError } from "../../util/errors.ts";
import { atPath, intercepted, seeded } from "../../util/external-call.ts";
import { redactData, redactorOf } from "../../util/redact.ts";
import { contentHash } from "../data/hash.ts";
import { runnerOf } from "../evaluation/runner.ts";
import type { RunnerResult, TracedResult } from "../evaluation/runner-result.ts";
import { stateOf } from "../loop/progress.ts";
import type { EvaluationResult, Example } from "../types.ts";
import type { ProgramIdentity, ServedProgram, Task, TaskContent, TaskEnd, TaskLine } from "./executor.ts";
import { GuestCalls } from "./guest-calls.ts";
import { fromPortable, toPortable } from "./portable-error.ts";
import { type PortableGraphs, toPortableGraphs } from "./portable-graphs.ts";
import { programIdentity, type ReachedProgram } from "./program-identity.ts";

/** A program with its data. */
export interface ProgramWithData extends ReachedProgram {
  /** All examples, also the sealed ones. */
  readonly examples: readonly Example[];
}

/** What a task gives. */
export interface TaskRecord extends RunnerResult {
  readonly notes?: readonly string[] | undefined;
  /** As JSON: each value in them is encoded by itself. */
  readonly graphs?: PortableGraphs | undefined;
  /** What is said of each graph. */
  readonly said?: readonly PortableExperience[] | undefined;
}

/** What there is to learn from a graph. */
export type PortableExperience = Omit<TracedResult["experiences"][number], "graph">;

/** How many values and scores of candidates are kept between tasks. */
const maxContents = 100;

/** See the head of the file. */
export class ProgramServer implements ServedProgram {
  readonly identity: ProgramIdentity;
  readonly #program: ProgramWithData;
  readonly #examples: ReadonlyMap<string, readonly Example[]>;
  readonly #states = new Map<string, ParameterState>();

  constructor(program: ProgramWithData) {
    this.#program = program;
    this.identity = programIdentity(program);
    this.#examples = groupBy(program.examples, ({ id }) => id);
  }

  async perform(task: Task, line: TaskLine): Promise<TaskEnd> {
    const stop = new AbortController();
    let calls: GuestCalls | undefined;
    try {
      const { redact } = this.#program.options;
      const text = redactorOf(redact);
      const change = text && ((request: unknown) => redactData(request, text));
      const guest = new GuestCalls(line, task.path, change);
      calls = guest;
      const stopped = new Promise<never>((_, reject) => {
        line.listen((message) => {
          if (message.type !== "stop") return guest.receive(message);
          reject(message.error === undefined ? cancelled() : fromPortable(message.error));
          stop.abort();
        });
      });
      const intercept = guest.interceptIn(undefined);
      const running = apart(() => intercepted(intercept, () => withSeed(task, () => this.#run(task, stop.signal))));
      const { graphs, ...rest } = await Promise.race([running, stopped]);
      // Calls that the program did not wait for are part of what it costs.
      await Promise.race([guest.idle(), stopped]);
      const record = { result: encode(rest), ...(graphs === undefined ? {} : { graphs: graphs as unknown as Json }) };
      return { record };
    } catch (thrown) {
      return { error: toPortable(thrown) };
    } finally {
      calls?.end();
    }
  }

  async #run({ kind, path, example: named, values, validation }: Task, signal: AbortSignal): Promise<TaskRecord> {
    const { options, parameters } = this.#program;
    const runner = runnerOf({ ...options, signal });
    const example = this.#example(named);
    const state = this.#stateOf(values);
    if (kind === "score") return atPath(path, () => runner.score(example, state));
    const scores = validation && (decode(validation.json) as EvaluationResult);
    const rollout = () => withParameters(state, () => runner.rollout(example, scores));
    const { experiences, ...rest } = await atPath(path, rollout);
    const graphs = toPortableGraphs(
      experiences.map(({ graph }) => graph),
      parameters,
    );
    return { ...rest, graphs, said: experiences.map(({ graph: _graph, ...said }) => said) };
  }

  #stateOf({ hash, json }: TaskContent): ParameterState {
    const known = this.#states.get(hash);
    if (known !== undefined) return known;
    const { state } = this.#program;
    const values = decode(json) as Readonly<Record<string, unknown>>;
    const fresh = stateOf({ values }, state.parameters);
    const [oldest] = this.#states.keys();
    if (this.#states.size >= maxContents && oldest !== undefined) this.#states.delete(oldest);
    this.#states.set(hash, fresh);
    return fresh;
  }

  #example({ id, content }: Task["example"]): Example {
    const alike = this.#examples.get(id) ?? [];
    const found = alike.find((example) => contentHash(example) === content);
    if (found !== undefined) return found;
    throw new ExternalCallError(
      "other-data",
      `The worker has ${alike.length === 0 ? "no example" : "another example"} "${id}". Start workers with the data of the run.`,
    );
  }
}

function withSeed<R>({ seed }: Task, fn: () => R): R {
  return seed === undefined ? fn() : seeded(seed, fn);
}

function cancelled(): Error {
  return new DOMException("The run does not go on with this task.", "AbortError");
}

/** The record of a task as its worker had it. */
export function readRecord(record: Json): TaskRecord {
  const { result, graphs } = record as { readonly result: Json; readonly graphs?: unknown };
  return { ...(decode(result) as TaskRecord), ...(graphs === undefined ? {} : { graphs: graphs as PortableGraphs }) };
}

/** Where the evaluations of a run are made: here, or by its executor. */

import { currentContext } from "../../nodes/context.ts";
import { ParameterState } from "../../nodes/state.ts";
import { throwIfAborted } from "../../util/abort.ts";
import type { Json } from "../../util/encode.ts";
import { scoreFailure } from "../evaluation/failed-run.ts";
import type { Runner } from "../evaluation/runner.ts";
import type { TracedResult } from "../evaluation/runner-result.ts";
import type { EvaluationResult, Example } from "../types.ts";
import type { ExecutionStatus, Executor, Task, TaskQueue } from "./executor.ts";
import { HostCalls } from "./host-calls.ts";
import { fromPortable } from "./portable-error.ts";
import { fromPortableGraphs, type ProgramParameters } from "./portable-graphs.ts";
import { programIdentity, type ReachedProgram } from "./program-identity.ts";
import { type PortableExperience, readRecord, type TaskRecord } from "./served-program.ts";
import { StatusFile } from "./status-file.ts";
import { TaskMaker } from "./task.ts";

/** The run for which something is executed. */
export interface ExecutionSettings {
  readonly executor: Executor | undefined;
  /** Of a study: which trial. */
  readonly trial: Json | undefined;
  readonly signal: AbortSignal | undefined;
  readonly warn: (message: string) => void;
  /** Unique to the run; the same when it is resumed. */
  readonly id: string;
  /** Where the run is stored; undefined for a run in memory. */
  readonly folder: string | undefined;
}

/** See the head of the file. */
export interface Execution {
  /** The runner that makes the evaluations of `local`. */
  runner(local: Runner): Runner;
  /** Releases what the executor holds for the run. */
  close(): Promise<void>;
}

/** Begins the execution of a run. Rejects as `Executor.open` does. */
export async function openExecution(
  program: () => ReachedProgram,
  { executor, trial, signal, warn, id, folder }: ExecutionSettings,
): Promise<Execution> {
  if (executor === undefined) return { runner: (local) => local, close: async () => undefined };
  const reached = program();
  const identity = programIdentity(reached);
  const warned = new Set<string>();
  const warnOnce = (message: string): void => {
    if (!warned.has(message)) warn(message);
    warned.add(message);
  };
  const status = new StatusFile(folder, executor.name);
  const onStatus = (now: ExecutionStatus): void => status.write(now);
  const queue = await executor.open({ id, identity, trial, warn: warnOnce, signal, onStatus });
  const onEnd = (): void => status.count();
  const remote = new RemoteRunner(queue, new TaskMaker({ identity, trial, run: id }), { ...reached, signal, onEnd });
  return {
    runner: (local) => ({
      // An episode that goes on after an update is played where the update is made.
      ...local,
      score: (example, state) => remote.score(example, state),
      rollout: (example, validation) => remote.rollout(example, validation),
    }),
    close: async () => {
      await queue.close();
      await status.close();
    },
  };
}

type RemoteParts = ReachedProgram & Pick<ExecutionSettings, "signal"> & { readonly onEnd: () => void };

/** A runner whose runs are tasks. */
class RemoteRunner implements Pick<Runner, "rollout" | "score"> {
  readonly #queue: TaskQueue;
  readonly #tasks: TaskMaker;
  readonly #parts: RemoteParts;

  constructor(queue: TaskQueue, tasks: TaskMaker, parts: RemoteParts) {
    this.#queue = queue;
    this.#tasks = tasks;
    this.#parts = parts;
  }

  async score(example: Example, state: ParameterState): ReturnType<Runner["score"]> {
    return this.#make(this.#tasks.task("score", example, { state }), example);
  }

  async rollout(example: Example, validation: EvaluationResult | undefined): Promise<TracedResult> {
    const { options, parameters, state: first } = this.#parts;
    const here = currentContext().state;
    const state = here instanceof ParameterState ? here : ParameterState.of(first.parameters);
    const usesScore = options.environment?.feedback !== undefined;
    const task = this.#tasks.task("rollout", example, { state, validation: usesScore ? validation : undefined });
    const { graphs, said = [], notes = [], ...result } = await this.#make(task, example);
    const reader = (parameter: ProgramParameters[number]) => state.entry(parameter);
    const read = graphs === undefined ? [] : fromPortableGraphs(graphs, parameters, reader);
    return { ...result, notes, experiences: read.map((graph, at) => ({ ...(said[at] as PortableExperience), graph })) };
  }

  async #make(task: Task, example: Example): Promise<TaskRecord> {
    const { signal, onEnd } = this.#parts;
    throwIfAborted(signal);
    const host = new HostCalls(signal);
    try {
      const end = await this.#queue.run(task, host, signal);
      onEnd();
      if ("error" in end) throw fromPortable(end.error);
      if (host.refusal !== undefined) throw host.refusal;
      if ("record" in end) return readRecord(end.record);
      const message = `The process that ran it ended each time: ${end.crashed}.`;
      return { outcome: scoreFailure(this.#parts.options, example, { message }) };
    } finally {
      host.end();
    }
  }
}

/** The programs of `train`, `evaluate` and `study`, for executors and for processes that serve them. */

import { ParameterState } from "../../nodes/state.ts";
import { getOrSet } from "../../util/collections.ts";
import type { Json } from "../../util/decode.ts";
import { ExternalCallError } from "../../util/errors.ts";
import { stableStringify } from "../../util/json.ts";
import { datasetHash } from "../data/hash.ts";
import { programOf } from "../identity/program.ts";
import type { TrainOptions } from "../options.ts";
import type { Example } from "../types.ts";
import type { Executor, ServedProgram } from "./executor.ts";
import type { ExecutedProgram, ReachedProgram } from "./program-identity.ts";
import { ProgramServer } from "./served-program.ts";
import { type ProgramOffer, servingHere } from "./serving.ts";

/** The program of a run of `train`. */
export function trainedProgram(options: TrainOptions): ReachedProgram {
  const { optimizer, data } = options;
  const { text, parameters: reached } = programOf(options);
  return {
    options,
    text,
    state: ParameterState.of(optimizer.parameters),
    data: { train: datasetHash(data.train), validation: datasetHash(data.validation), test: data.test.hash },
    parameters: [...new Set([...reached, ...optimizer.parameters])].sort((a, b) => a.id - b.id),
  };
}

/** The program of a call of `evaluate`, on parameters that it reaches. `hash` is that of its data. */
export function evaluatedProgram(
  options: Omit<ExecutedProgram["options"], "optimizer">,
  { state, text, hash }: Pick<ReachedProgram, "state" | "text"> & { readonly hash: string },
): ReachedProgram {
  const { parameters } = state;
  return {
    options: { ...options, optimizer: state },
    text,
    state,
    data: { rows: hash },
    parameters: [...parameters].sort((a, b) => a.id - b.id),
  };
}

/** In a process that serves, offers the program of `options`, and says so. */
export function offersTraining(options: TrainOptions): boolean {
  return offers(options.executor, async () => servedTraining(options));
}

/** In a process that serves, offers a program with its data, and says so. */
export function offersProgram(
  program: () => ReachedProgram,
  examples: readonly Example[],
  executor: Executor | undefined,
): boolean {
  return offers(executor, async () => new ProgramServer({ ...program(), examples }));
}

/**
 * In a process that serves, offers the programs of all trials of a study, and says so. `options` makes the options of a
 * trial, each in its own program.
 */
export function offersTrials(executor: Executor | undefined, options: (trial: Json) => Promise<TrainOptions>): boolean {
  return offers(executor, async (trial) => {
    if (trial === undefined) throw new ExternalCallError("other-program", "A study has programs by trial only.");
    return servedTraining(await options(trial));
  });
}

function offers(executor: Executor | undefined, program: ProgramOffer["program"]): boolean {
  const offer = servingHere();
  // Each program is made once, when it is first asked for.
  const programs = new Map<string, Promise<ServedProgram>>();
  offer?.({
    executor,
    program: (trial) => getOrSet(programs, stableStringify(trial ?? null), async () => program(trial)),
  });
  return offer !== undefined;
}

function servedTraining(options: TrainOptions): ServedProgram {
  const { train, validation, test } = options.data;
  const sealed = test.size === 0 ? [] : test.unseal("to run the tasks of a run in another process").read();
  return new ProgramServer({ ...trainedProgram(options), examples: [...train, ...validation, ...sealed] });
}

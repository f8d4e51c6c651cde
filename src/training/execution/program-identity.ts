/** What decides how the evaluations of a program go, as hashes: a worker with another identity makes none of them. */

import type { Parameter } from "../../nodes/parameter.ts";
import { ParameterState } from "../../nodes/state.ts";
import { encode, type Json } from "../../util/encode.ts";
import { hashOf } from "../../util/json.ts";
import type { EnvironmentTask } from "../environment-task.ts";
import type { RunnerOptions } from "../evaluation/runner.ts";
import type { ProgramText } from "../identity/program.ts";
import type { TrainOptions } from "../options.ts";
import type { ProgramIdentity } from "./executor.ts";

/** A program with all that its evaluations depend on. */
export interface ExecutedProgram {
  readonly options: RunnerOptions & Pick<TrainOptions, "redact">;
  /** The parameters whose values a task gives. */
  readonly state: ParameterState;
  /** Hashes of the data. */
  readonly data: Readonly<Record<string, string>>;
}

/** A program, and all parameters that it reaches, in the order in which they were made. */
export interface ReachedProgram extends ExecutedProgram {
  /** The text of the program and its judge. */
  readonly text: ProgramText;
  readonly parameters: readonly Parameter[];
}

/** The identity of a program: equal in all processes that have loaded the same program, judge and data. */
export function programIdentity({ options, state, data, text, parameters }: ReachedProgram): ProgramIdentity {
  const { failureScore = 0, showTarget = true, objectives = [], maxScore } = options;
  const settings = { failureScore, showTarget, objectives: objectives as unknown as Json, maxScore: encode(maxScore) };
  return {
    ...text,
    ...Object.fromEntries(Object.entries(data).map(([name, hash]) => [`data.${name}`, hash.slice(0, 16)])),
    parameters: hashOf(state.parameters.map((one) => [state.nameOf(one), one.kind])).slice(0, 16),
    // Graphs name parameters by their place among all that are reached.
    "parameters reached": hashOf(parameters.map((one) => [one.name, one.kind])).slice(0, 16),
    outages: hashOf(Object.entries(options.outages ?? {}).map(([name, rule]) => [name, String(rule)])).slice(0, 16),
    settings: hashOf({ ...settings, ...stepsOf(options.environment) }).slice(0, 16),
  };
}

function stepsOf(environment: EnvironmentTask | undefined): Readonly<Record<string, Json>> {
  return environment === undefined ? {} : { maxSteps: environment.maxSteps, scoredSteps: environment.scoredSteps ?? 0 };
}

/** The places in which two identities differ, in order. */
export function identityDifferences(a: ProgramIdentity, b: ProgramIdentity): readonly string[] {
  const places = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...places].filter((place) => a[place] !== b[place]).sort();
}

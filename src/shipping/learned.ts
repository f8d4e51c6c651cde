/** What a run learned, as a file: the values that ship, and where each change came from. */

import { readFile } from "node:fs/promises";
import { restore } from "../nodes/commit.ts";
import type { Fit } from "../nodes/fit.ts";
import { fitValue } from "../nodes/fit-value.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { parametersOf } from "../nodes/parameters-of.ts";
import { ParameterState } from "../nodes/state.ts";
import { namedParameters } from "../training/search/named-parameters.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import { checkFormat, type JsonFormat, parseJson } from "../util/json-file.ts";
import { nearest } from "../util/known-names.ts";

/** A step of the run that led to what ships. */
export interface LearnedStep {
  readonly step: number;
  /** The names of the values that it changed. */
  readonly changed: readonly string[];
  /** The training examples that it learned from, with their scores. */
  readonly examples: readonly { readonly id: string; readonly score: number | undefined }[];
  readonly feedback: string;
  /** What the optimizer's model said. */
  readonly reasoning: string;
}

/** What a run learned, as `tracegrad export` writes it. */
export interface LearnedProgram {
  readonly format: "tracegrad-learned";
  readonly version: 1;
  readonly run: string;
  /** Id of the candidate, and the step in which it came; 0 is the baseline. */
  readonly candidate: string;
  readonly step: number;
  /** The verdict on the run in words, line by line; empty when the run has none. Without secrets, as are the steps. */
  readonly verdict: readonly string[];
  /** The values of the trained parameters, by name: as they are, secrets included. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Names of parameters whose values the run did not change and has stored redacted: they are not in `values`. */
  readonly redacted: readonly string[];
  /** Names of the values that are source text. */
  readonly code: readonly string[];
  /** The steps that led to the values, in order. */
  readonly steps: readonly LearnedStep[];
}

/** The file of a learned program: its errors name it. */
export function learnedFormat(where: string): JsonFormat {
  return {
    format: "tracegrad-learned",
    version: 1,
    damaged: (how) => badState(`${where} is no learned program: ${how}. \`tracegrad export\` writes one.`),
    unsupported: (version) => badState(`${where} is of version ${version}; this tracegrad reads version 1.`),
  };
}

/** A path or URL of a `learned.json`, or its content, as a bundler imports it. */
export type LearnedSource = string | URL | LearnedProgram | Readonly<Record<string, unknown>>;

/**
 * The learned values as a state of a program's parameters, for `withParameters`: nothing changes that is live. Values
 * are checked as those of a proposal are, code by its sandbox. Parameters that the run did not train keep their values.
 * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
 * @throws TracegradError `bad-state` when the source is no learned program, or its values do not fit: the error names
 * each one and says why. `no-parameter` when `target` holds none.
 * @example
 * const candidate = await readLearned(parameters, "learned/learned.json");
 * const answer = await withParameters(candidate, () => triage("I was charged twice."));
 */
export async function readLearned(target: unknown, source: LearnedSource): Promise<ParameterState> {
  const updates = await updatesOf(target, source);
  return ParameterState.of(parametersOf(target)).set(updates);
}

/**
 * Makes learned values live in this process. Call it once, where the program starts.
 * @returns The state that is live now.
 * @throws What {@link readLearned} throws; then nothing has changed.
 * @example
 * await load(parameters, "learned/learned.json");
 * // In a bundled program, import the file as JSON, and give what was imported:
 * await load(parameters, learned);
 */
export async function load(target: unknown, source: LearnedSource): Promise<ParameterState> {
  const updates = await updatesOf(target, source);
  // Only what was learned: other values may have changed while this waited.
  restore(ParameterState.of(updates.map(([parameter]) => parameter)).set(updates));
  return ParameterState.of(parametersOf(target));
}

type Update = readonly [parameter: Parameter, value: unknown];

async function updatesOf(target: unknown, source: LearnedSource): Promise<readonly Update[]> {
  const where = typeof source === "string" || source instanceof URL ? String(source) : "The given value";
  const values = await valuesIn(source, where);
  const byName = parametersByName(target);
  const updates: Update[] = [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const parameter = byName.get(name);
    const fit = parameter === undefined ? unknownName(name, [...byName.keys()]) : await fitOf(parameter, value);
    if ("problem" in fit) problems.push(`"${name}": ${fit.problem}`);
    else updates.push([parameter as Parameter, fit.value]);
  }
  if (problems.length > 0) throw badState(`${where} does not fit the program.\n${problems.join("\n")}`);
  return updates;
}

/** @throws TracegradError `no-parameter`. */
export function parametersByName(target: unknown): ReadonlyMap<string, Parameter> {
  const parameters = parametersOf(target);
  if (parameters.length > 0) return namedParameters(parameters);
  throw new TracegradError("no-parameter", "The target holds no parameter. Give what the run trained.");
}

async function valuesIn(source: LearnedSource, where: string): Promise<Readonly<Record<string, unknown>>> {
  const isPath = typeof source === "string" || source instanceof URL;
  const json = isPath
    ? parseJson(await textOf(source), learnedFormat(where))
    : checkFormat(source, learnedFormat(where));
  const { values } = json;
  if (!isRecord(values)) throw learnedFormat(where).damaged("it has no values");
  return values;
}

async function textOf(path: string | URL): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    throw badState(`${String(path)} cannot be read: ${messageOf(thrown)}`);
  }
}

function unknownName(name: string, known: readonly string[]): Fit {
  const near = nearest(name, known);
  const meant = near === undefined ? `It has ${known.join(", ")}.` : `"${near}" may be it.`;
  const why = "Bundlers and minifiers rename functions, so give each bundle and parameter a `name`.";
  return { problem: `the program has no such parameter. ${meant} ${why}` };
}

/** The value as it becomes live, or why it cannot. */
async function fitOf(parameter: Parameter, value: unknown): Promise<Fit> {
  await parameter.code?.load();
  return fitValue(parameter, value);
}

function badState(problem: string): TracegradError {
  return new TracegradError("bad-state", problem);
}

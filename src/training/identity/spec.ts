/** A learning loop as data: everything that decides what a run does, to record it, to hash it, and to compare two. */

import type { Objective } from "../../math/pareto.ts";
import { ParameterState } from "../../nodes/state.ts";
import { interactive } from "../../templates/interactive.ts";
import type { TemplateSpec } from "../../templates/template.ts";
import { shorten } from "../../util/cut.ts";
import type { Json } from "../../util/encode.ts";
import { encode } from "../../util/encode.ts";
import { hashOf, stableStringify } from "../../util/json.ts";
import { jsonDifferences } from "../../util/json-diff.ts";
import { type AcceptanceSpec, acceptancePlan, acceptanceSpec } from "../acceptance/plan.ts";
import { datasetHash } from "../data/hash.ts";
import type { RollbackRules, Selection, StopRules, TrainOptions } from "../options.ts";
import type { Budget } from "../types.ts";

/** A learning loop as plain JSON. Values and data are identified by the first 16 hex digits of their SHA-256. */
export interface LoopSpec {
  /** The candidate that learning starts from. */
  readonly baseline: {
    /** A name for people, such as `one function`. */
    readonly label?: string;
    /** Hashes of its values, by parameter name. */
    readonly parameters: Readonly<Record<string, string>>;
    /** Names of those whose values are source text; absent where there is none. */
    readonly code?: readonly string[];
  };
  readonly template: TemplateSpec;
  readonly optimizer: {
    /** The algorithm's name. */
    readonly name: string;
    /** Its settings, if the optimizer exposes them. */
    readonly settings?: Json;
    /** Hash of its memory before the first step. */
    readonly memory: string;
  };
  /** The search over candidates, if there is one. */
  readonly search?: { readonly name: string; readonly settings: Json };
  /** What ships, and how the validation examples are used. */
  readonly acceptance: AcceptanceSpec;
  /** The objectives besides the score. */
  readonly objectives?: readonly Objective[];
  readonly selection: Selection;
  readonly stop: StopRules;
  readonly rollback: RollbackRules;
  readonly budget: Budget;
  /** The name of the guide function; "" when it has none. Undefined when an environment judges. */
  readonly guide?: string;
  /** The name of the function that writes the feedback on rollouts, if there is one; "" when it has none. */
  readonly feedback?: string;
  /** Of an environment: the maximum number of steps of its episodes. */
  readonly environment?: { readonly maxSteps: number; readonly scoredSteps: number };
  readonly seed: number;
  readonly order: "shuffled" | "given";
  /** In steps. */
  readonly evaluateEvery: number;
  readonly countFailedSteps: boolean;
  readonly failureScore: number;
  /** Only if it was given; null for Infinity. */
  readonly maxScore?: number | null;
  /** Only if feedback on failed programs leaves out their targets. */
  readonly showTarget?: false;
  /** Hashes of the three parts of the data. */
  readonly data: { readonly train: string; readonly validation: string; readonly test: string };
}

/** The loop that `train(options)` runs, with the defaults filled in. `label` names the baseline, for people. */
export function loopSpec<I, O, K>(options: TrainOptions<I, O, K>, label?: string): LoopSpec {
  const { data, template = interactive(), stop = {}, rollback = {}, budget = {} } = options;
  const { seed = 0, order = "shuffled", evaluateEvery = 1, countFailedSteps = true, failureScore = 0 } = options;
  return plain({
    baseline: { ...(label === undefined ? {} : { label }), parameters: firstValues(options), ...codeOf(options) },
    template: template.spec,
    optimizer: optimizerSpec(options),
    ...searchSpec(options),
    acceptance: acceptanceSpec(acceptancePlan(options as unknown as TrainOptions)),
    selection: options.selection ?? (data.validation.length > 0 ? "bestValidation" : "bestTrain"),
    stop,
    rollback,
    budget,
    ...judgeOf(options),
    ...(options.feedback === undefined ? {} : { feedback: options.feedback.name }),
    seed,
    order,
    evaluateEvery,
    countFailedSteps,
    failureScore,
    ...(options.maxScore === undefined ? {} : { maxScore: options.maxScore }),
    ...(options.showTarget === false ? { showTarget: false } : {}),
    data: {
      train: short(datasetHash(data.train)),
      validation: short(datasetHash(data.validation)),
      test: short(data.test.hash),
    },
  });
}

/**
 * The part of a spec that decides what a run does: without the budgets, which only say how far it may go, and without
 * names for people (the label and those of functions). Runs with equal identities may share a run folder, so that a run can be
 * resumed with a larger budget.
 */
export function identitySpecOf(spec: LoopSpec): Json {
  const { baseline, budget: _, guide: __, feedback: ___, acceptance, ...rest } = spec;
  // The share of alpha for one decision depends on the budget of steps, and what it can prove depends on that share. An
  // older spec may have no acceptance.
  const { alphaUsed: ____, provenBy: _____, ...rule } = acceptance ?? ({} as Partial<AcceptanceSpec>);
  return {
    ...plain({ ...rest, acceptance: rule } as unknown as Readonly<Record<string, Json>>),
    parameters: baseline.parameters,
  };
}

/** The SHA-256 of a spec in hex: equal for equal specs, whatever the order of their keys. */
export function specHash(spec: LoopSpec): string {
  return hashOf(spec);
}

/**
 * How two specs differ: one line for each difference, by path, such as `template.size: 1 → 3`; none for equal specs.
 */
export function diffSpecs(a: LoopSpec, b: LoopSpec): readonly string[] {
  return jsonDifferences(a, b).map(
    ({ path, before, after }) => `${path === "" ? "(all)" : path}: ${displayOf(before)} → ${displayOf(after)}`,
  );
}

function firstValues({ optimizer }: Pick<TrainOptions, "optimizer">): Readonly<Record<string, string>> {
  const { first } = optimizer.toJSON().parameters;
  return Object.fromEntries(Object.entries(first).map(([name, { value }]) => [name, short(hashOf(encode(value)))]));
}

function codeOf({ optimizer }: Pick<TrainOptions, "optimizer">): Pick<LoopSpec["baseline"], "code"> {
  const state = ParameterState.of(optimizer.parameters);
  const code = optimizer.parameters.filter((one) => one.code !== undefined).map((one) => state.nameOf(one));
  return code.length === 0 ? {} : { code };
}

function optimizerSpec({ optimizer }: Pick<TrainOptions, "optimizer">): LoopSpec["optimizer"] {
  const { algorithm, memory } = optimizer.toJSON();
  const { settings } = optimizer as { readonly settings?: Json };
  return { name: algorithm, ...(settings === undefined ? {} : { settings }), memory: short(hashOf(memory)) };
}

function searchSpec<I, O, K>(options: TrainOptions<I, O, K>): Pick<LoopSpec, "search" | "objectives"> {
  const { search, objectives = [] } = options;
  return {
    ...(search === undefined ? {} : { search: { name: search.name, settings: search.settings } }),
    ...(objectives.length === 0 ? {} : { objectives }),
  };
}

/** What judges: a guide, or the environment that the agent acts in. */
function judgeOf<I, O, K>({ guide, environment }: TrainOptions<I, O, K>): Pick<LoopSpec, "guide" | "environment"> {
  if (environment === undefined) return { guide: guide?.name ?? "" };
  const { maxSteps, scoredSteps = maxSteps } = environment;
  return { environment: { maxSteps, scoredSteps } };
}

function displayOf(value: unknown): string {
  return value === undefined ? "not set" : shorten(stableStringify(value), 120);
}

function short(hash: string): string {
  return hash.slice(0, 16);
}

/** The value after a round trip through JSON, which drops undefined fields. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

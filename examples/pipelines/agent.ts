/** The two starting artifacts: one function that has all to do, and five that share the work. */

import { bundle, type Node, type Nodeable } from "tracegrad";
import { nodeProcess, type Sandbox } from "tracegrad/extend";
import { memoize } from "../shared/memoize.ts";
import { bothOf, type TaskData, type TaskName } from "./data.ts";
import { type PartName, partDocs, wholeDoc } from "./docs.ts";
import type { PipelineInput } from "./feedback.ts";
import type { TableRow } from "./toolkit/frames.ts";
import { toolkit } from "./toolkit/toolkit.ts";

/** Which artifact a run starts from. */
export type ArtifactName = "one-function" | "many-function";

/** What a run of a pipeline works on. */
interface Tables {
  readonly x: readonly TableRow[];
  readonly y: readonly number[];
  readonly test: readonly TableRow[];
}

/** A pipeline: what can be learned of it, and how it is run. */
export interface Pipeline {
  readonly functions: Readonly<Record<string, unknown>>;
  readonly run: (input: Nodeable<PipelineInput>) => Node<readonly number[]>;
}

/**
 * Where the recorded runs were made: V8 in a confined process. What it refused is in their prompts, so its limits stay. A
 * step trains on what an earlier one was validated with, so most calls come again.
 */
const runSandbox = memoize(nodeProcess({ memoryBytes: 2 ** 30 }), 2 ** 29);

/** The same, with room for the matrices and forests of a pipeline that is fitted on all rows. */
export const wideSandbox: Sandbox = nodeProcess({ memoryBytes: 2 ** 30, maxTransferChars: 50_000_000 });

/** What every trainable function has. It may take far more time than a sensible fit does. */
const settingsIn = (sandbox: Sandbox) => ({
  trainable: true as const,
  scope: toolkit,
  sandbox,
  timeoutMs: 900_000,
  constraint: "The same input must give the same result: no Math.random, no clock; take a seed where one is needed.",
});

/** The artifact for a task, with its data. */
export function makePipeline(
  task: TaskName,
  artifact: ArtifactName,
  data: TaskData,
  sandbox: Sandbox = runSandbox,
): Pipeline {
  const tables: TableOps = {
    x: bundle((input: PipelineInput) => tablesOf(data, input).x, { name: "x", doc: "The rows to fit on." }),
    y: bundle((input: PipelineInput) => tablesOf(data, input).y, { name: "y", doc: "The targets of x." }),
    test: bundle((input: PipelineInput) => tablesOf(data, input).test, { name: "test", doc: "The rows to predict." }),
  };
  const settings = settingsIn(sandbox);
  return artifact === "one-function" ? oneFunction(task, tables, settings) : manyFunctions(task, tables, settings);
}

function tablesOf({ train, validation, heldOut, unlabelled }: TaskData, { part }: PipelineInput): Tables {
  if (part === "validation") return { x: train.rows, y: train.labels, test: validation.rows };
  if (part === "held out") return { x: train.rows, y: train.labels, test: heldOut.rows };
  const both = bothOf(train, validation);
  return { x: both.rows, y: both.labels, test: [...heldOut.rows, ...unlabelled] };
}

/** The tables as operations, each under its name in the prompt. */
type TableOps = { readonly [K in keyof Tables]: (input: Nodeable<PipelineInput>) => Node<Tables[K]> };

type Settings = ReturnType<typeof settingsIn>;

function oneFunction(task: TaskName, tables: TableOps, settings: Settings): Pipeline {
  const train_model = bundle(
    function train_model(x: readonly TableRow[], y: readonly number[], test: readonly TableRow[]): number[] {
      void [x, y]; // Not used yet.
      return test.map(() => 0);
    },
    { ...settings, doc: wholeDoc(task) },
  );
  return {
    functions: { train_model },
    run: (input) => train_model(tables.x(input), tables.y(input), tables.test(input)),
  };
}

function manyFunctions(task: TaskName, tables: TableOps, settings: Settings): Pipeline {
  const part = (name: PartName) => ({ ...settings, doc: partDocs[task][name] });
  const preprocess = bundle(function preprocess(data: readonly TableRow[]): readonly TableRow[] {
    return data;
  }, part("preprocess"));
  const select_features = bundle(function select_features(processed_data: readonly TableRow[]): string[] {
    return Object.keys(processed_data[0]!);
  }, part("select_features"));
  const create_ensemble_model = bundle(function create_ensemble_model(
    features: readonly string[],
    data: readonly TableRow[],
  ): unknown {
    void [features, data]; // Not used yet.
    return null;
  }, part("create_ensemble_model"));
  const train_model = bundle(function train_model(
    ensemble_model: unknown,
    features: readonly string[],
    data: readonly TableRow[],
    results: readonly number[],
  ): unknown {
    void [ensemble_model, features, data, results]; // Not used yet.
    return null;
  }, part("train_model"));
  const predict = bundle(function predict(model: unknown, data: readonly TableRow[]): number[] {
    void model; // Not used yet.
    return data.map(() => 0);
  }, part("predict"));
  const filter_features = bundle(
    (selected: readonly string[], data: readonly TableRow[]): readonly TableRow[] =>
      data.map((row) => Object.fromEntries(selected.map((name) => [name, row[name] ?? null]))),
    { name: "filter_features", doc: "Rows with the selected columns alone; null where a row lacks one." },
  );
  return {
    functions: { preprocess, select_features, create_ensemble_model, train_model, predict },
    run: (input) => {
      const processed = preprocess(tables.x(input));
      const features = select_features(processed);
      const chosen = filter_features(features, processed);
      const model = train_model(create_ensemble_model(features, chosen), features, chosen, tables.y(input));
      return predict(model, filter_features(features, preprocess(tables.test(input))));
    },
  };
}

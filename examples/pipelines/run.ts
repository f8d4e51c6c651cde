/** One run of the study: a task, an artifact, and a model that rewrites it. */

import { node, ParameterState, parametersOf, type Run, train, untraced, withParameters } from "tracegrad";
import { split } from "tracegrad/data";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { type ArtifactName, makePipeline, type Pipeline, wideSandbox } from "./agent.ts";
import type { TaskData, TaskName } from "./data.ts";
import { tableText } from "./docs.ts";
import { comparing, feedbackOf, guideOf, type PipelineInput } from "./feedback.ts";
import { toolkitText } from "./toolkit/toolkit.ts";

/** The steps of the protocol. The feedback says which of them it stands in, also in a run of fewer. */
export const protocolSteps = 15;

/** What is to be run. */
export interface RunSettings {
  readonly task: TaskName;
  readonly artifact: ArtifactName;
  readonly data: TaskData;
  readonly llm: LanguageModel;
  readonly steps: number;
  /** The run folder, in which a run that was stopped goes on. Default: the run is in memory only. */
  readonly folder?: string | undefined;
  /** Stops the run. Default: nothing does. */
  readonly signal?: AbortSignal | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** A run that has begun, and its pipeline for use after it. */
export interface PipelineRun {
  readonly run: Run;
  /** What the pipeline with these values predicts. */
  readonly predict: (values: Values, part: PipelineInput["part"]) => readonly number[];
}

/**
 * Starts a run. Its training examples are the steps: each fits on the training rows and predicts the validation rows,
 * as the paper's loop does; the one validation example is the same without feedback.
 */
export function startRun(settings: RunSettings): PipelineRun {
  const { task, artifact, data, llm, steps, folder, signal } = settings;
  const pipeline = makePipeline(task, artifact, data);
  const run = train({
    agent: pipeline.run,
    optimizer: optoPrime(pipeline.functions, {
      llm,
      memorySize: 5,
      problemContext: `${tableText[task]}\n\n${toolkitText}`,
    }),
    guide: guideOf(task),
    feedback: comparing(task, protocolSteps),
    data: split(examplesOf(data, steps), { train: steps, validation: 1 }),
    order: "given",
    acceptance: "best",
    budget: { steps },
    failureScore: feedbackOf[task].failureScore,
    showTarget: false,
    test: true,
    concurrency: 1,
    folder,
    signal,
  });
  const onAllRows = () => makePipeline(task, artifact, data, wideSandbox);
  return { run, predict: (values, part) => predictAs(part === "both" ? onAllRows() : pipeline, values, part) };
}

/** A training example for each step, one validation example, and the held-out rows as the sealed test. */
function examplesOf({ validation, heldOut }: TaskData, steps: number) {
  const example = (part: PipelineInput["part"], step: number, target: readonly number[]) => {
    return { id: step === 0 ? part : `step ${step}`, input: { part, step } satisfies PipelineInput, target };
  };
  return [
    ...Array.from({ length: steps }, (_, index) => example("validation", index + 1, validation.labels)),
    example("validation", 0, validation.labels),
    example("held out", 0, heldOut.labels),
  ];
}

function predictAs({ functions, run }: Pipeline, values: Values, part: PipelineInput["part"]): readonly number[] {
  const state = ParameterState.of(parametersOf(functions));
  const candidate = state.set(state.parameters.map((one) => [one, values[state.nameOf(one)]] as const));
  return withParameters(candidate, () => untraced(() => run(node({ part, step: 0 }))).data);
}

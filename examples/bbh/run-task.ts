/** One task of a study: the two-part agent learns with each batch size, several times, and is tested. */

import { batch, model, type StudyResult, study, type Traced } from "tracegrad";
import { split } from "tracegrad/data";
import { multipleChoice } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { localSearch, type Optimizer, optoPrime } from "tracegrad/optimizers";
import { Predict } from "./agent.ts";
import type { TaskData } from "./data.ts";
import { programs } from "./space.ts";
import type { StudyProtocol } from "./studies.ts";

/** One run of the loop: a batch size, and which of the trials. */
export interface Arm {
  readonly batch: number;
  readonly trial: number;
}

/** Whose answers a task uses. */
export interface TaskModels {
  readonly agent: LanguageModel;
  /** Undefined for a local search, which asks none. */
  readonly optimizer: ((arm: Arm) => LanguageModel) | undefined;
}

/** What a task runs on. */
export interface TaskRun {
  readonly protocol: StudyProtocol;
  readonly data: TaskData;
  readonly models: TaskModels;
  /** The folder of the runs. */
  readonly folder: string;
}

/** The questions of a task that its protocol uses. */
export function questionsOf(
  { split: { train, validation }, test }: StudyProtocol,
  { rows }: TaskData,
): TaskData["rows"] {
  return test === undefined ? rows : rows.slice(0, train + validation + test);
}

/** A new agent, as it is at the start. */
export function makeAgent({ protocol, data, models }: TaskRun): Traced<Predict> {
  const { prompt } = data.recorded ?? {};
  const fixed = prompt === undefined ? {} : { prompt, trainPrompt: false };
  return model(Predict, { llm: models.agent, ...fixed, ...protocol.request });
}

/**
 * Runs all arms at once, since most of their time they wait for answers. As in the paper, each makes all of its updates,
 * is validated after each, and its last agent is tested, whether it is the best one or not. A local search tries
 * functions one after another, so there the best one is tested.
 */
export function runTask(run: TaskRun): Promise<StudyResult> {
  const { protocol, data, models, folder } = run;
  const { batches, trials, updates, concurrency } = protocol;
  const rows = questionsOf(protocol, data);
  const asInPaper = { maxScore: Number.POSITIVE_INFINITY, selection: "last", acceptance: "best" } as const;
  return study(
    ({ batch: size }, { seed, index: trial }) => {
      const agent = makeAgent(run);
      return {
        agent: agent.answer,
        optimizer: optimizerOf(agent, { protocol, seed, llm: models.optimizer?.({ batch: size, trial }) }),
        template: batch(size),
        guide: multipleChoice(),
        data: split(rows, protocol.split),
        budget: { steps: updates },
        ...(models.optimizer && asInPaper),
        ...{ concurrency, seed },
      };
    },
    { batch: batches },
    { trials, folder, concurrency: batches.length * trials, seed: 1, shareEvaluations: ["batch"] },
  ).result;
}

interface OptimizerParts {
  readonly protocol: StudyProtocol;
  readonly seed: number;
  readonly llm: LanguageModel | undefined;
}

function optimizerOf(agent: Traced<Predict>, { protocol, seed, llm }: OptimizerParts): Optimizer {
  if (llm === undefined) return localSearch(agent, { space: { extract_answer: programs }, seed });
  const { problemContext } = protocol;
  return optoPrime(agent, { llm, ...(problemContext !== undefined && { problemContext }) });
}

/** One task of a study: the two-part agent learns with each batch size, several times, and is tested. */

import { batch, model, type StudyResult, study, type Traced } from "tracegrad";
import { split } from "tracegrad/data";
import { multipleChoice } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { localSearch, type Optimizer, optoPrime } from "tracegrad/optimizers";
import { Predict } from "./agent.ts";
import type { TaskData } from "./data.ts";
import { programs } from "./space.ts";
import { type StudyProtocol, splitSizes } from "./studies.ts";

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
export function questionsOf({ test }: StudyProtocol, { rows }: TaskData): TaskData["rows"] {
  return test === undefined ? rows : rows.slice(0, splitSizes.train + splitSizes.validation + test);
}

/**
 * Runs all arms at once, since most of their time they wait for answers. As in the paper, each makes all of its updates,
 * is validated after each, and its last agent is tested, whether it is the best one or not. A local search tries
 * functions one after another, so there the best one is tested.
 */
export function runTask({ protocol, data, models, folder }: TaskRun): Promise<StudyResult> {
  const { batches, trials, updates, request, concurrency } = protocol;
  const rows = questionsOf(protocol, data);
  const { prompt } = data.recorded ?? {};
  const asInPaper = { maxScore: Number.POSITIVE_INFINITY, selection: "last", acceptance: "best" } as const;
  return study(
    ({ batch: size }, { seed, index: trial }) => {
      const fixed = prompt === undefined ? {} : { prompt, trainPrompt: false };
      const agent = model(Predict, { llm: models.agent, ...fixed, ...request });
      return {
        agent: agent.answer,
        optimizer: optimizerOf(agent, { protocol, seed, llm: models.optimizer?.({ batch: size, trial }) }),
        template: batch(size),
        guide: multipleChoice(),
        data: split(rows, splitSizes),
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

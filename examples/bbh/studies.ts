/** The studies: the protocol of each, as data. What they share with the paper's protocol stands here once. */

import { loadQuestions, loadRecorded, paperTasks, type TaskData } from "./data.ts";

/** The paper's split, in the order of the data: 15 to learn from, 10 to validate; the rest is the test set. */
const paperSplit = { train: 15, validation: 10 };

/** One task of a study. */
export interface StudyTask {
  /** The name of its file. */
  readonly file: string;
  /** What folders of the study are called after. */
  readonly name: string;
}

/** Everything that is decided before a study runs. */
export interface StudyProtocol {
  readonly tasks: readonly StudyTask[];
  readonly batches: readonly number[];
  readonly updates: number;
  readonly trials: number;
  readonly split: { readonly train: number; readonly validation: number };
  /** How many of the test questions are used, in order. Default: all. */
  readonly test?: number;
  /** The folder of its data, below that of all data; undefined for rows that stand beside this file. */
  readonly data?: string;
  readonly load: (folder: string, file: string) => Promise<TaskData>;
  /** What the optimizer is told of the language model. The paper's is told nothing. */
  readonly problemContext?: string;
  /** The agent's requests. */
  readonly request?: { readonly maxTokens: number; readonly temperature: number };
  /** The most answers of the agent's model that are waited for at once. */
  readonly concurrency: number;
}

const named = (files: readonly string[], prefix = ""): readonly StudyTask[] =>
  files.map((file) => ({ file, name: `${prefix}${file}` }));

const batches = [1, 3, 5];
const recordedTasks = ["boolean_expressions", "geometric_shapes", "movie_recommendation"];

/** The studies, by name. */
export const studies = {
  /** A local search on a few recorded responses that we made up, so that the example runs as it is. */
  sample: {
    tasks: named(["sample"]),
    ...{ batches, updates: 15, trials: 3, split: { train: 6, validation: 4 }, load: loadRecorded, concurrency: 8 },
  },
  /** The paper's protocol, for a model of your own. */
  paper: {
    ...{ tasks: named(paperTasks), batches, updates: 15, trials: 3, split: paperSplit },
    ...{ data: "bbeh", load: loadQuestions, concurrency: 8 },
  },
  /** The paper's protocol on small tasks of our own, with a small model on this machine as the agent. */
  "local-model": {
    tasks: [
      { file: "review-sentiment", name: "sentiment" },
      { file: "record", name: "record" },
      { file: "ticket-routing", name: "routing" },
    ],
    ...{ batches, updates: 10, trials: 3, split: paperSplit, data: "small-tasks", load: loadQuestions },
    problemContext:
      "The LLM is SmolLM2-135M-Instruct, a small model of 135 million parameters, used without a chat template: it " +
      "continues the text that it is given. The prompt template and the question are that text. Its response is what " +
      "follows, up to the end of the first line that is not empty, 32 tokens at most. It decodes greedily.",
    request: { maxTokens: 32, temperature: 0 },
    concurrency: 8,
  },
  /** Recorded responses: only `extract_answer` can be learned. */
  codex: {
    tasks: named(recordedTasks, "codex-"),
    ...{ batches, updates: 5, trials: 1, split: paperSplit, data: "bbh-codex-cot", load: loadRecorded },
    concurrency: 8,
    problemContext:
      "The responses of the LLM, code-davinci-002, are recorded, so the prompt cannot change: only extract_answer can.",
  },
  /** The same recorded responses, searched without a language model. */
  "local-search": {
    tasks: named(recordedTasks, "search-"),
    ...{ batches, updates: 15, trials: 3, split: paperSplit, data: "bbh-codex-cot", load: loadRecorded },
    concurrency: 8,
  },
  /** One task of the paper's, with one strong model as the agent and as the optimizer. */
  disambiguation: {
    tasks: [{ file: "disambiguation_qa", name: "disambiguation" }],
    ...{ batches: [3], updates: 3, trials: 1, split: paperSplit, test: 30, data: "bbeh", load: loadQuestions },
    concurrency: 60,
  },
} as const satisfies Record<string, StudyProtocol>;

/** The name of a study. */
export type StudyName = keyof typeof studies;

/** Whether a study asks no language model to optimize. */
export const isSearch = (study: StudyName): boolean => study === "local-search" || study === "sample";

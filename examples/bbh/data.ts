/** The data of the studies: tasks of BIG-Bench Extra Hard, recorded outputs of BIG-Bench Hard, and small tasks. */

import { join } from "node:path";
import { TracegradError } from "tracegrad";
import { loadJson } from "tracegrad/data";
import type { LanguageModel } from "tracegrad/llm";

/** The eight tasks of the paper's Table 2. */
export const paperTasks = [
  "dyck_languages",
  "geometric_shapes",
  "linguini",
  "causal_understanding",
  "disambiguation_qa",
  "boolean_expressions",
  "movie_recommendation",
  "boardgame_qa",
] as const;

/** One question, with its answer. */
export interface Question {
  readonly input: string;
  readonly target: string;
}

/** The questions of a task, and what can answer them. */
export interface TaskData {
  readonly rows: readonly Question[];
  /** The prompt and the model of recorded outputs; undefined where a model has to be asked. */
  readonly recorded?: { readonly prompt: string; readonly llm: LanguageModel };
}

/**
 * A file of questions, `{"examples": [{"input", "target"}]}`: `task.json` of a task of github.com/google-deepmind/bbeh
 * under the name of the task, or one of the small tasks.
 */
export async function loadQuestions(folder: string, task: string): Promise<TaskData> {
  return { rows: await loadJson<Question>(join(folder, `${task}.json`), "examples") };
}

interface Output extends Question {
  /** The whole prompt: few-shot examples, then the question. */
  readonly input: string;
  readonly prediction: string;
}

/**
 * A file of recorded outputs, `{"outputs": [{"input", "prediction", "target"}]}`, as the authors of BIG-Bench Hard
 * publish them (code-davinci-002, chain of thought; MIT licence). All of its prompts have the same few-shot examples.
 * @throws TracegradError `bad-data` when they do not.
 */
export async function loadRecorded(folder: string, task: string): Promise<TaskData> {
  const file = join(folder, `${task}.json`);
  const outputs = await loadJson<Output>(file, "outputs");
  const cutAt = ({ input }: Output) => input.lastIndexOf("\nQ: ");
  const prompts = new Set(outputs.map((output) => output.input.slice(0, cutAt(output))));
  const [prompt = "", ...others] = prompts;
  if (others.length > 0) throw new TracegradError("bad-data", `${file} has prompts of several kinds. Give one task.`);
  const rows = outputs.map((output) => ({ input: output.input.slice(cutAt(output) + 1), target: output.target }));
  return { rows, recorded: { prompt, llm: answerFrom(outputs) } };
}

/** A model that gives the recorded outputs, and none to any other prompt. */
function answerFrom(outputs: readonly Output[]): LanguageModel {
  const responses = new Map(outputs.map(({ input, prediction }) => [input, prediction]));
  const name = "code-davinci-002";
  return {
    name,
    generate: async ({ messages }) => {
      const prompt = String(messages[0]?.content);
      const text = responses.get(prompt);
      // A prompt that was never sent has no recorded response, and none is made up.
      if (text === undefined)
        throw new Error(`No response was recorded for the prompt that ends: ${prompt.slice(-100)}`);
      return { text, stopReason: "end", usage: { inputTokens: 0, outputTokens: 0 }, model: name };
    },
  };
}

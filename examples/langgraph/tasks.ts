/** The two tasks: where their problems come from, and when an answer is right. */

import { TracegradError } from "tracegrad";
import { loadJson, loadJsonl } from "tracegrad/data";
import type { Guide } from "tracegrad/guides";

/** A problem with its answer. */
export interface Problem {
  readonly question: string;
  readonly answer: string;
}

/** A task. */
export interface Task {
  /** Where its file is published. */
  readonly source: string;
  /** Reads the file as it is published. */
  readonly load: (file: string) => Promise<readonly Problem[]>;
}

/** The tasks, by the name that the command line takes. */
export const tasks: Readonly<Record<string, Task>> = {
  gsm8k: {
    source: "grade_school_math/data/test.jsonl of github.com/openai/grade-school-math (MIT)",
    load: async (file) => {
      const rows = await loadJsonl<Problem>(file);
      return rows.map(({ question, answer }) => ({ question, answer: answer.split("####").at(-1)?.trim() ?? "" }));
    },
  },
  causal: {
    source: "bbeh/benchmark_tasks/bbeh_causal_understanding/task.json of github.com/google-deepmind/bbeh (CC BY 4.0)",
    load: async (file) => {
      const rows = await loadJson<{ readonly input: string; readonly target: string }>(file, "examples");
      return rows.map(({ input, target }) => ({ question: input, answer: target }));
    },
  },
};

/**
 * The task of this name.
 * @throws TracegradError `bad-option` when there is none.
 */
export function taskOf(name: string): Task {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task !== undefined) return task;
  throw new TracegradError("bad-option", `There is no task "${name}". There are: ${Object.keys(tasks).join(", ")}.`);
}

/** Right or wrong, by the words alone, and numbers by their value: `$1,000.00` is 1000. */
export const isRight: Guide<string, string, string> = (_question, output, target) =>
  isSame(String(output), target)
    ? { score: 1, text: `SUCCESS: '${output}'` }
    : { score: 0, text: `FAILED: '${output}' != '${target}'. Fix the code or the prompt to solve similar problems.` };

function isSame(output: string, target: string): boolean {
  const [one, other] = [plain(output), plain(target)];
  return one === other || (one !== "" && Number(one) === Number(other));
}

/** Without case, spaces and punctuation, except what belongs to a number. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.-]/gu, "")
    .replace(/\.$/, "");
}

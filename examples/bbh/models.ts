/** Whose answers a study uses: recorded ones, or new ones of a model on this machine and of a mailbox. */

import { join } from "node:path";
import { TracegradError } from "tracegrad";
import { type LanguageModel, mailbox, record, replay } from "tracegrad/llm";
import { protocol as llamaProtocol, smolLm } from "../prompt/llama.ts";
import type { TaskData } from "./data.ts";
import type { Arm, TaskModels } from "./run-task.ts";
import { isSearch, type StudyName, type StudyTask } from "./studies.ts";

/** Which task of which study. */
export interface StudyPart {
  readonly study: StudyName;
  readonly task: StudyTask;
  readonly data: TaskData;
}

/** Where new answers come from, and where they are recorded. */
export interface LiveSource {
  /** The folder of the mailbox. */
  readonly mailbox: string;
  /** The model on this machine. */
  readonly local?: LanguageModel | undefined;
  /** The folder of the cassettes. */
  readonly cassettes: string;
}

/** The folder of the committed cassettes. */
export const committedCassettes: string = join(import.meta.dirname, "cassettes");

/** The models of a task whose answers are recorded in `cassettes`. */
export function recordedModels({ study, task, data }: StudyPart, cassettes = committedCassettes): TaskModels {
  const folder = join(cassettes, task.name);
  return {
    agent: data.recorded?.llm ?? replay(join(folder, "agent.cassette.json.gz")),
    optimizer: isSearch(study) ? undefined : (arm) => replay(join(folder, `${nameOf(arm)}.cassette.json.gz`)),
  };
}

/** The models of a task that answer now, each with its answers on record. */
export function liveModels({ study, task, data }: StudyPart, source: LiveSource): TaskModels {
  const [mail, cassettes] = [join(source.mailbox, task.name), join(source.cassettes, task.name)];
  const recorded = (llm: LanguageModel, name: string) =>
    record(llm, join(cassettes, `${name}.cassette.json.gz`), { note: `${study}, ${task.name}, ${name}` });
  const agent = () => {
    if (study === "local-model" && source.local === undefined)
      throw new TracegradError("bad-option", "The agent of local-model is a model on this machine. Add --model DIR.");
    return recorded(source.local ?? mailbox(join(mail, "agent")), "agent");
  };
  // With one arm there is nothing to tell apart.
  const folderOf = (arm: Arm) => (study === "disambiguation" ? "optimizer" : nameOf(arm));
  return {
    agent: data.recorded?.llm ?? agent(),
    optimizer: (arm) => recorded(mailbox(join(mail, folderOf(arm))), nameOf(arm)),
  };
}

/** The model of `local-model`, whose files are in a folder. */
export function loadLocalModel(folder: string): Promise<LanguageModel> {
  return smolLm(folder, { ...llamaProtocol, maxTokens: 32, contextSize: 4096, promptCache: 10 });
}

/** `batch-3-2`: batch size 3, second trial. */
export function nameOf({ batch, trial }: Arm): string {
  return `batch-${batch}-${trial}`;
}

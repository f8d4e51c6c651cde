/** The model of the first steps: recorded answers, or yours with `--mailbox DIR`. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LanguageModel, mailbox, record, replay } from "tracegrad/llm";
import { answersIn } from "../shared/answers.ts";

/** The answers for an example. With `--mailbox DIR` each prompt is written to DIR, and its answer is recorded. */
export function answersFor(example: string): LanguageModel {
  const { values } = parseArgs({ options: { mailbox: { type: "string" } } });
  const cassette = join(import.meta.dirname, "cassettes", `${example}.cassette.json`);
  if (values.mailbox !== undefined) {
    console.log(`Mode: live. Answer the prompts in ${values.mailbox}.\n`);
    return record(mailbox(values.mailbox), cassette);
  }
  const { models, date } = answersIn(cassette);
  console.log(`Mode: replay. The answers of ${models.join(", ")} are from ${date}; all else runs now.\n`);
  return replay(cassette);
}

/** The small model of classifier.ts: recorded answers, or SmolLM2 on this machine with `--model DIR`. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LanguageModel, record, replay } from "tracegrad/llm";
import { protocol, smolLm } from "../prompt/llama.ts";
import { answersIn } from "../shared/answers.ts";

const cassette = join(import.meta.dirname, "cassettes", "classifier.cassette.json");

/** The model. `examples/prompt/main.ts --help` says how to prepare the folder for `--model`. */
export async function smallModel(): Promise<LanguageModel> {
  const { values } = parseArgs({ options: { model: { type: "string" } } });
  if (values.model !== undefined) {
    console.log("Mode: local model. SmolLM2-135M answers on this machine.\n");
    return record(await smolLm(values.model, protocol), cassette);
  }
  const { models, date } = answersIn(cassette);
  console.log(`Mode: replay of a local model. The answers of ${models.join(", ")} are from ${date}.\n`);
  return replay(cassette);
}

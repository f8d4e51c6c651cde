/** Separates failures of one model call, which cost a step one of its candidates, from those that must end the step. */

import type { LanguageModel } from "../../llm/llm.ts";
import { isAbort } from "../../util/abort.ts";
import { counted } from "../../util/answering.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";

/** A model gave no answer. */
export class ModelFailure extends Error {
  override readonly name: string = "ModelFailure";
}

/** Failures of the run and its settings, not of one call: the next call would fail too, or must not be made. */
const runFailures: ReadonlySet<string> = new Set([
  ...["budget", "no-price", "replay-divergence", "journal-damaged", "journal-stopped", "journal-write"],
  ...["model-config", "no-recorded-answer"],
]);

/** A model like `llm` that throws its failures as ModelFailures; aborts and failures of the run stay as they are. */
export function isolateFailures(llm: LanguageModel): LanguageModel {
  const { name, maxTokens } = llm;
  const { generate } = counted(llm);
  return {
    name,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    async generate(request, options = {}) {
      try {
        return await generate(request, options);
      } catch (error) {
        const isRunFailure = error instanceof TracegradError && runFailures.has(error.code);
        if (isAbort(error) || options.signal?.aborted === true || isRunFailure) throw error;
        throw new ModelFailure(`${llm.name} gave no answer: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}

/** Tells the failure of one model call, which costs a step one of its candidates, from what must end the step. */

import type { LanguageModel } from "../../llm/llm.ts";
import { isAbort } from "../../util/abort.ts";
import { counted } from "../../util/answering.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";

/** A model gave no answer. */
export class ModelFailure extends Error {
  override readonly name: string = "ModelFailure";
}

/**
 * Failures of the run and of its settings, not of the one call: the next call would fail alike, or must not be made.
 */
const ofTheRun: ReadonlySet<string> = new Set([
  ...["budget", "no-price", "replay-divergence", "journal-damaged", "journal-stopped", "journal-write"],
  ...["model-config", "no-recorded-answer"],
]);

/** `llm`, whose failures are ModelFailures. Aborts and failures of the run are thrown as they are. */
export function failingAlone(llm: LanguageModel): LanguageModel {
  const { name, maxTokens } = llm;
  const asked = counted(llm);
  return {
    name,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    async generate(request, options = {}) {
      try {
        return await asked.generate(request, options);
      } catch (thrown) {
        const isOfTheRun = thrown instanceof TracegradError && ofTheRun.has(thrown.code);
        if (isAbort(thrown) || options.signal?.aborted === true || isOfTheRun) throw thrown;
        throw new ModelFailure(`${llm.name} gave no answer: ${messageOf(thrown)}`, { cause: thrown });
      }
    },
  };
}

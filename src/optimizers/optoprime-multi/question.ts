/** A side question on the problem of a step, such as which proposal is best. It is asked once. */

import type { LanguageModel, ModelReply } from "../../llm/llm.ts";
import { atPath } from "../../util/external-call.ts";
import { type ProblemQuestion, requestFor } from "../optoprime/request.ts";
import type { OptoPrimeSettings } from "../optoprime/settings.ts";
import { refuse } from "../prompt/answer.ts";
import { askFor, type ReplyReading, type TypedAnswer } from "../prompt/ask.ts";
import { ModelFailure } from "../prompt/model-failure.ts";

/** Who is asked, and by what settings. */
export interface SideCall {
  readonly llm: LanguageModel;
  readonly signal: AbortSignal | undefined;
  readonly settings: OptoPrimeSettings;
  /** The call path of the question in the run. */
  readonly path: string;
}

/** Asks the question once. A model that fails gives an answer that is refused. */
export async function askAside<T>(
  question: ProblemQuestion,
  read: (reply: ModelReply) => ReplyReading<T>,
  { llm, signal, settings, path }: SideCall,
): Promise<TypedAnswer<T>> {
  const { request } = requestFor(question, settings);
  try {
    return await atPath(path, () => askFor({ request, read, llm, signal, retries: 0 }));
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    return { ...refuse(error.message), exchanges: [] };
  }
}

/** Has a model sum up runs that do not fit into the prompt, with the objective in mind. */

import type { LanguageModel } from "../../llm/llm.ts";
import { cut } from "../../util/cut.ts";
import { atPath } from "../../util/external-call.ts";
import type { Exchange } from "../algorithm.ts";
import { refuse } from "../prompt/answer.ts";
import { accept, answerText, askFor } from "../prompt/ask.ts";
import { isolateFailures, ModelFailure } from "../prompt/model-failure.ts";
import { summaryInstructions } from "./prompt-text.ts";
import { type ProblemQuestion, requestFor } from "./request.ts";
import type { OptoPrimeSettings } from "./settings.ts";

/** What a model said of runs, and what it took. */
export interface RunsSummary {
  /** Undefined when the model gave none. */
  readonly text: string | undefined;
  readonly exchanges: readonly Exchange[];
  /** What people should know, in sentences. */
  readonly notes: readonly string[];
}

/** Who is asked, and by what settings. */
export interface SummaryCall {
  readonly llm: LanguageModel;
  readonly signal: AbortSignal | undefined;
  readonly settings: OptoPrimeSettings;
}

/** How many times more of the runs the model sees than the prompt has room for. */
const moreTokens = 8;
/** The longest summary, in characters. */
const maxSummary = 2_000;

/** Asks once. A model that fails or says nothing gives a note in place of a text. */
export async function summarizeRuns(
  question: Omit<ProblemQuestion, "instructions" | "tool">,
  { llm, signal, settings }: SummaryCall,
): Promise<RunsSummary> {
  const { request } = requestFor(
    { ...question, rounds: [], instructions: summaryInstructions, tool: undefined },
    { ...settings, maxPromptTokens: settings.maxPromptTokens * moreTokens },
  );
  const call = { request, llm: isolateFailures(llm), signal, retries: 0 };
  try {
    const { value, exchanges } = await atPath("summary", () =>
      askFor<string>({
        ...call,
        read: (reply) => (answerText(reply) === "" ? refuse("It says nothing.") : accept(answerText(reply))),
      }),
    );
    return value === undefined
      ? { text: undefined, exchanges, notes: [withoutText(`${llm.name} said nothing`)] }
      : { text: cut(value, maxSummary), exchanges, notes: [] };
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    return { text: undefined, exchanges: [], notes: [withoutText(error.message)] };
  }
}

function withoutText(reason: string): string {
  return `The rows that did not fit into the prompt of the optimizer have statistics alone, no summary: ${reason}.`;
}

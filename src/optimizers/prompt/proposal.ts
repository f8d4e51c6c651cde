/** Asks a model for new values of the variables of a problem, and checks that they fit. */

import type { LanguageModel, ModelReply, ModelRequest } from "../../llm/llm.ts";
import type { ParameterUpdate } from "../../nodes/commit.ts";
import type { Proposal } from "../algorithm.ts";
import type { Problem } from "../problem.ts";
import { fit } from "../suggestion.ts";
import { askFor, type ReplyReading } from "./ask.ts";
import type { ReplyFormat } from "./reply.ts";

/** What is asked, how its answer is read, and what the answer must fit. */
export interface ProposalQuestion {
  readonly request: ModelRequest;
  readonly problem: Problem;
  readonly llm: LanguageModel;
  readonly signal: AbortSignal | undefined;
  readonly format: ReplyFormat;
  /** How often a refused answer is asked for again. */
  readonly retries: number;
}

/** Changes that fit, with the reasoning behind them. */
interface FittedAnswer {
  readonly updates: readonly ParameterUpdate[];
  readonly reasoning: string;
}

/** Asks for new values. The proposal holds the last answer, and all exchanges. */
export async function askForProposal(question: ProposalQuestion): Promise<Proposal> {
  const { request, problem, llm, signal, format, retries } = question;
  const read = (reply: ModelReply) => readProposal(reply, problem, format);
  const { value, refused, exchanges } = await askFor({ request, read, llm, signal, retries });
  return { updates: value?.updates ?? [], reasoning: value?.reasoning ?? "", refused, exchanges };
}

async function readProposal(
  reply: ModelReply,
  problem: Problem,
  format: ReplyFormat,
): Promise<ReplyReading<FittedAnswer>> {
  const suggestion = format.read(reply, problem);
  if (!("values" in suggestion)) return { value: undefined, refused: [suggestion] };
  const { updates, refused } = await fit(suggestion, problem);
  return { value: { updates, reasoning: suggestion.reasoning }, refused };
}

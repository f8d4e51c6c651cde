/** Asks a model for new values of the variables of a problem, and checks that they fit. */

import type { LanguageModel, ModelReply, ModelRequest } from "../../llm/llm.ts";
import type { Proposal } from "../algorithm.ts";
import type { Problem } from "../problem.ts";
import { droppedField, fit, type Refusal, type Suggestion } from "../suggestion.ts";
import { unusableReply } from "./answer.ts";
import { askFor, type ReplyReading } from "./ask.ts";
import { correctionOf } from "./correction.ts";
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
  /** Why a suggestion is useless although it fits; undefined when it is not. Default: none is. */
  check?(suggestion: Suggestion): Refusal | undefined;
}

/** Changes that fit, with the reasoning behind them, and what was left out beside them. */
interface FittedAnswer extends Pick<Proposal, "updates" | "reasoning"> {
  readonly dropped: readonly Refusal[];
}

/** Asks for new values. The proposal holds the last answer, and all exchanges. */
export async function askForProposal(question: ProposalQuestion): Promise<Proposal> {
  const { request, problem, llm, signal, format, retries } = question;
  const { value, refused, exchanges } = await askFor({
    ...{ request, llm, signal, retries },
    read: (reply) => readProposal(reply, question),
    correction: (reply, reasons) => correctionOf({ reply, refused: reasons }, problem, format),
  });
  const { updates = [], reasoning = "", dropped = [] } = value ?? {};
  return { updates, reasoning, refused, exchanges, ...droppedField(dropped) };
}

async function readProposal(
  reply: ModelReply,
  { problem, format, check }: ProposalQuestion,
): Promise<ReplyReading<FittedAnswer>> {
  const suggestion = format.read(reply, problem);
  if (!("values" in suggestion)) {
    return { value: undefined, refused: [suggestion], isNearlyRight: holdsAnswer(reply, format, problem) };
  }
  const { reasoning, dropped = [] } = suggestion;
  const { updates, refused } = await fit(suggestion, problem);
  const unused = { updates: [], reasoning, dropped: [] };
  if (refused.length > 0) return { value: unused, refused: [...refused, ...dropped], isNearlyRight: true };
  const useless = check?.(suggestion);
  if (useless !== undefined) return { value: unused, refused: [useless] };
  return { value: { updates, reasoning, dropped }, refused };
}

/** Whether an answer that cannot be read is there at all: prose, and what was cut, must be asked for from the start. */
function holdsAnswer(reply: ModelReply, format: ReplyFormat, problem: Problem): boolean {
  if (unusableReply(reply) !== undefined) return false;
  const hasTool = format.tool(problem) !== undefined;
  return (hasTool && reply.toolInput !== undefined) || /\{|<variable/i.test(reply.text);
}

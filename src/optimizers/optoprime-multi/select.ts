/**
 * Chooses one of several proposals. Only valid ones can be chosen; when the choice fails, the last valid one is taken.
 */

import type { ModelReply } from "../../llm/llm.ts";
import { TracegradError } from "../../util/errors.ts";
import type { Exchange } from "../algorithm.ts";
import { answerTool, readFields, refusal, refuse } from "../prompt/answer.ts";
import { accept, type ReplyReading, refusalText } from "../prompt/ask.ts";
import { numberOf } from "../prompt/convert.ts";
import type { Refusal } from "../suggestion.ts";
import { isValid, lastValid, type ProposalAttempt } from "./candidate.ts";
import { type MultiStep, withProposals } from "./generate.ts";
import { distanceOf, majorityOf } from "./majority.ts";
import { mergeText, pickInstructions, pickText, pickTool } from "./prompt-text.ts";
import { askAside, type SideCall } from "./question.ts";

/** The chosen attempt, and what the choice took. */
export interface CandidateChoice {
  /** Undefined when nothing was valid, or a function chose none. */
  readonly chosen: ProposalAttempt | undefined;
  readonly exchanges: readonly Exchange[];
  /** Why the model failed to choose; empty when it did not fail. */
  readonly refused: readonly Refusal[];
}

/**
 * Chooses among `attempts` as the settings say.
 * @throws TracegradError `bad-selection` when a function returns something other than one of its candidates.
 */
export async function choose(
  attempts: readonly ProposalAttempt[],
  step: MultiStep,
  call: SideCall,
): Promise<CandidateChoice> {
  const { select } = step.settings;
  const valid = attempts.filter(isValid);
  if (valid.length === 0) return choiceOf(undefined);
  if (typeof select === "function") {
    const chosen = await select(valid, { problem: step.problem, signal: call.signal });
    return choiceOf(chosen === undefined ? undefined : requireOneOf(valid, chosen));
  }
  const fallback = lastValid(valid) as ProposalAttempt;
  if (select === "lastValid") return choiceOf(fallback);
  if (select === "majority") return choiceOf(majorityOf(valid, step.problem));
  // When all propose the same, there is nothing to ask about.
  if (valid.every((attempt) => distanceOf(attempt, fallback, step.problem) === 0)) return choiceOf(fallback);
  return select === "bestOf" ? pickBest(valid, step, call) : mergeProposals(valid, step);
}

/** A choice that took no model call. */
function choiceOf(chosen: ProposalAttempt | undefined): CandidateChoice {
  return { chosen, exchanges: [], refused: [] };
}

function requireOneOf(valid: readonly ProposalAttempt[], chosen: unknown): ProposalAttempt {
  const found = valid.find((attempt) => attempt === chosen);
  if (found !== undefined) return found;
  throw new TracegradError(
    "bad-selection",
    "The function `select` returned something other than one of its candidates. Return one of them, or undefined " +
      "for none.",
  );
}

/** The one that the model picks. */
async function pickBest(valid: readonly ProposalAttempt[], step: MultiStep, call: SideCall): Promise<CandidateChoice> {
  const { problem } = step;
  const numbers = valid.map(({ number }) => number);
  const tool = answerTool(pickTool, "Picks the best of the proposals.", {
    reasoning: { type: "string", description: "Why it is the best." },
    best: { type: "integer", enum: numbers, description: "The number of the best proposal." },
  });
  const note = withProposals(pickText, valid, step);
  const question = { problem, rounds: [], note, instructions: pickInstructions(numbers), tool };
  const { value, refused, exchanges } = await askAside(question, (reply) => readPick(reply, valid), call);
  if (value !== undefined) return { chosen: value, exchanges, refused: [] };
  return { chosen: lastValid(valid), exchanges, refused: [choiceRefusal("pick the best", refused)] };
}

function readPick(reply: ModelReply, valid: readonly ProposalAttempt[]): ReplyReading<ProposalAttempt> {
  const { value: fields, refused } = readFields(reply, "best");
  if (fields === undefined) return { value: undefined, refused };
  const pick = valid.find(({ number }) => number === numberOf(fields["best"]));
  const numbers = valid.map(({ number }) => number).join(", ");
  return pick === undefined ? refuse(`"best" is none of ${numbers}.`) : accept(pick);
}

/** A new one, into which the model merges them. It passes the same checks as they did. */
async function mergeProposals(valid: readonly ProposalAttempt[], step: MultiStep): Promise<CandidateChoice> {
  const number = Math.max(...valid.map((attempt) => attempt.number)) + 1;
  const mixture = await step.attempt(number, { origin: "mixture", note: withProposals(mergeText, valid, step) });
  const { exchanges, refused } = mixture.proposal;
  if (isValid(mixture)) return { chosen: mixture, exchanges, refused: [] };
  return { chosen: lastValid(valid), exchanges, refused: [choiceRefusal("merge the proposals", refused)] };
}

function choiceRefusal(what: string, refused: readonly Refusal[]): Refusal {
  const reasons = refused.map(refusalText).join(" ");
  return refusal(`The model could not ${what}, so the last valid one was taken. ${reasons}`);
}

/**
 * Chooses one of several proposals. Only valid ones can be chosen; what fails to choose falls back to the last valid
 * one.
 */

import { TracegradError } from "../../util/errors.ts";
import type { Exchange } from "../algorithm.ts";
import type { Refusal } from "../suggestion.ts";
import { type Attempt, isValid, lastValid } from "./candidate.ts";
import { type Step, told } from "./generate.ts";
import { distanceOf, majorityOf } from "./majority.ts";
import { mergeText, pickInstructions, pickText } from "./prompt-text.ts";
import { type Asking, answerTool, askedAside } from "./question.ts";

/** What was chosen, and what it took. */
export interface Selected {
  /** Undefined when there was nothing valid, or a function wanted none of them. */
  readonly chosen: Attempt | undefined;
  readonly exchanges: readonly Exchange[];
  /** Why the way of choosing failed, where it did. */
  readonly refused: readonly Refusal[];
}

/**
 * Chooses among `attempts` as the settings say.
 * @throws TracegradError `bad-selection` when a function gives what is none of its candidates.
 */
export async function selected(attempts: readonly Attempt[], step: Step, asking: Asking): Promise<Selected> {
  const { select = "bestOf" } = step.settings;
  const valid = attempts.filter(isValid);
  if (valid.length === 0) return only(undefined);
  if (typeof select === "function") {
    const chosen = await select(valid, { problem: step.problem, signal: asking.signal });
    return only(chosen === undefined ? undefined : oneOf(valid, chosen));
  }
  const fallback = lastValid(valid) as Attempt;
  if (select === "lastValid") return only(fallback);
  if (select === "majority") return only(majorityOf(valid, step.problem));
  // Where all propose the same, there is nothing to ask about.
  if (valid.every((attempt) => distanceOf(attempt, fallback, step.problem) === 0)) return only(fallback);
  return select === "bestOf" ? picked(valid, step, asking) : merged(valid, step);
}

function only(chosen: Attempt | undefined): Selected {
  return { chosen, exchanges: [], refused: [] };
}

function oneOf(valid: readonly Attempt[], chosen: unknown): Attempt {
  const found = valid.find((attempt) => attempt === chosen);
  if (found !== undefined) return found;
  throw new TracegradError(
    "bad-selection",
    "The function `select` gave something that is none of its candidates. Return one of them, or undefined for none.",
  );
}

/** The one that the model picks. */
async function picked(valid: readonly Attempt[], step: Step, asking: Asking): Promise<Selected> {
  const { problem } = step;
  const numbers = valid.map(({ number }) => number);
  const tool = answerTool("pick_proposal", "Picks the best of the proposals.", {
    reasoning: { type: "string", description: "Why it is the best." },
    best: { type: "integer", enum: numbers, description: "The number of the best proposal." },
  });
  const note = told(pickText, valid, step);
  const asked = { problem, rounds: [], note, instructions: pickInstructions(numbers), tool };
  const { answer, problem: reason, exchanges } = await askedAside(asked, asking);
  const chosen = valid.find(({ number }) => number === answer?.["best"]);
  if (chosen !== undefined) return { chosen, exchanges, refused: [] };
  const why = answer === undefined ? reason : `"best" is none of ${numbers.join(", ")}.`;
  return { chosen: lastValid(valid), exchanges, refused: [failed("pick the best", why)] };
}

/** A new one, into which the model merges them. It passes the same checks as they did. */
async function merged(valid: readonly Attempt[], step: Step): Promise<Selected> {
  const number = Math.max(...valid.map((attempt) => attempt.number)) + 1;
  const mixture = await step.attempt(number, { made: "mixture", note: told(mergeText, valid, step) });
  const { exchanges, refused } = mixture.proposal;
  if (isValid(mixture)) return { chosen: mixture, exchanges, refused: [] };
  const why = refused.map(({ name, reason }) => (name === undefined ? reason : `${name}: ${reason}`)).join(" ");
  return { chosen: lastValid(valid), exchanges, refused: [failed("merge the proposals", why)] };
}

function failed(what: string, why: string): Refusal {
  return { name: undefined, reason: `The model could not ${what}, so the last valid one was taken. ${why}` };
}

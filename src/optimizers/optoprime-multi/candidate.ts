/** One of several proposals for the same problem: what it is, and how a prompt shows it. */

import { shorten } from "../../util/cut.ts";
import type { Proposal } from "../algorithm.ts";
import type { OptoPrimeState } from "../optoprime/optoprime.ts";
import type { Problem } from "../problem.ts";
import { imageText } from "../prompt/images.ts";
import { fenced, valueText } from "../prompt/text.ts";
import type { Refusal } from "../suggestion.ts";

/** A proposal among several. */
export interface MultiCandidate {
  /** Counts from 1, in the order in which they were asked for. */
  readonly number: number;
  /** Where it comes from, such as `temperature 0.5`. */
  readonly origin: string;
  /** The proposal. It is valid when nothing in it was refused. */
  readonly proposal: Proposal;
}

/**
 * Chooses one of the valid candidates, of which there is at least one; undefined chooses none, which changes nothing.
 * An error that it throws ends the step.
 */
export type CandidateChooser = (
  candidates: readonly MultiCandidate[],
  context: { readonly problem: Problem; readonly signal: AbortSignal | undefined },
) => MultiCandidate | undefined | Promise<MultiCandidate | undefined>;

/** A candidate, and the memory of an optimizer that takes it. */
export interface ProposalAttempt extends MultiCandidate {
  readonly state: OptoPrimeState;
}

/** Whether its values passed all checks. Only such candidates can be chosen. */
export function isValid({ proposal }: MultiCandidate): boolean {
  return proposal.refused.length === 0;
}

/** The last valid one that changes something, else the last valid one. */
export function lastValid(attempts: readonly ProposalAttempt[]): ProposalAttempt | undefined {
  const valid = attempts.filter(isValid);
  return valid.findLast(({ proposal }) => proposal.updates.length > 0) ?? valid.at(-1);
}

/** Why candidates are not valid, by their numbers. */
export function refusalsOf(attempts: readonly ProposalAttempt[]): readonly Refusal[] {
  return attempts.flatMap(({ number, origin, proposal }) =>
    proposal.refused.map(({ name, reason }) => ({ name, reason: `Proposal ${number} (${origin}): ${reason}` })),
  );
}

/** The candidates as a prompt shows them, in about `limit` characters, each with the same share. */
export function candidatesText(candidates: readonly MultiCandidate[], problem: Problem, limit: number): string {
  const share = Math.floor(limit / Math.max(1, candidates.length));
  return candidates.map((candidate) => shorten(candidateText(candidate, problem), share)).join("\n\n");
}

function candidateText({ number, proposal }: MultiCandidate, { variables }: Problem): string {
  const values = proposal.updates.map(({ parameter, value }) => {
    const name = variables.find((variable) => variable.parameter === parameter)?.name ?? parameter.name;
    return `${name}:\n${fenced(imageText(value, new Map()) ?? valueText(value))}`;
  });
  const changes = values.length === 0 ? ["It changes nothing."] : values;
  const why = proposal.reasoning.trim() === "" ? [] : [`Reasoning: ${proposal.reasoning}`];
  return [`## Proposal ${number}`, ...changes, ...why].join("\n");
}

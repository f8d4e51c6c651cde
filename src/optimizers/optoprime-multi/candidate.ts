/** One of several proposals for the same problem: what it is, and how a model is told of it. */

import { shorten } from "../../util/cut.ts";
import type { Proposal } from "../algorithm.ts";
import type { OptoPrimeState } from "../optoprime/optoprime.ts";
import type { Problem } from "../problem.ts";
import { fenced, valueText } from "../prompt/fence.ts";
import { imageText } from "../prompt/images.ts";
import type { Refusal } from "../suggestion.ts";

/** A proposal among several. */
export interface MultiCandidate {
  /** 1 for the first that was asked for. */
  readonly number: number;
  /** How it was had, such as `temperature 0.5`. */
  readonly made: string;
  /** The proposal. It is valid when nothing in it was refused. */
  readonly proposal: Proposal;
}

/**
 * Chooses one of the valid candidates, of which there is one at least; undefined for none of them, which changes
 * nothing. What it throws ends the step.
 */
export type CandidateChooser = (
  candidates: readonly MultiCandidate[],
  context: { readonly problem: Problem; readonly signal: AbortSignal | undefined },
) => MultiCandidate | undefined | Promise<MultiCandidate | undefined>;

/** A candidate, and the memory of an optimizer that takes it. */
export interface Attempt extends MultiCandidate {
  readonly state: OptoPrimeState;
}

/** Whether its values passed all checks. Only such candidates can be chosen. */
export function isValid({ proposal }: MultiCandidate): boolean {
  return proposal.refused.length === 0;
}

/** The last valid one that changes something, else the last valid one. */
export function lastValid(attempts: readonly Attempt[]): Attempt | undefined {
  const valid = attempts.filter(isValid);
  return valid.findLast(({ proposal }) => proposal.updates.length > 0) ?? valid.at(-1);
}

/** Why candidates were dropped, a refusal each. */
export function droppedOf(attempts: readonly Attempt[]): readonly Refusal[] {
  return attempts.flatMap(({ number, made, proposal }) =>
    proposal.refused.map(({ name, reason }) => ({ name, reason: `Proposal ${number} (${made}): ${reason}` })),
  );
}

/** The candidates as a model is told of them, in about `limit` characters, each with the same share. */
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

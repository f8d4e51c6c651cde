/** The failures of a program and its judge, in sentences that say what to do next: part of a run's progress. */

import { TracegradError } from "../../util/errors.ts";
import type { Outcome, ScoredCandidate } from "../types.ts";

/** The first failure of each kind, in words. */
export interface Failures {
  /** The judge gave no score. */
  readonly guide?: string;
  /** The program uses tracegrad incorrectly. */
  readonly use?: string;
  /** The baseline failed on everything. */
  readonly program?: string;
}

/** The failures after some more outcomes. */
export function withFailures(failures: Failures, outcomes: readonly Outcome[]): Failures {
  let known = failures;
  for (const { failure, exampleId } of outcomes) {
    if (failure?.of === "guide" && known.guide === undefined) known = { ...known, guide: guideText(failure.message) };
    if (failure?.of === "use" && known.use === undefined) {
      known = { ...known, use: useText(exampleId, failure.message) };
    }
  }
  return known;
}

/** The failures after all outcomes of the baseline on some examples are known. */
export function withBaseline(failures: Failures, outcomes: readonly Outcome[], on: string): Failures {
  const first = outcomes[0]?.failure;
  const isHopeless = first !== undefined && outcomes.every(({ failure }) => failure?.of === "agent");
  if (!isHopeless || failures.program !== undefined) return failures;
  const count = outcomes.length === 1 ? `its only ${on} example` : `all ${outcomes.length} ${on} examples`;
  const program = `The baseline failed on ${count}. The first reason: ${first.message}`;
  return { ...failures, program };
}

/** The sentences, each to be recorded as a warning once. */
export function failureTexts({ guide, use, program }: Failures): readonly string[] {
  return [guide, use, program].filter((text) => text !== undefined);
}

/**
 * Why a run whose judge failed on everything cannot continue; undefined when some output has a score, or nothing was
 * judged.
 */
export function whyUnjudged({ validation }: ScoredCandidate): string | undefined {
  const outcomes = validation?.outcomes ?? [];
  const first = outcomes.find(({ failure }) => failure?.of === "guide");
  if (first === undefined || outcomes.some(({ score }) => score !== undefined)) return undefined;
  return guideText(first.failure?.message ?? "");
}

/** A warning about a mean that covers only some of the examples. */
export function unjudgedText({ validation }: ScoredCandidate): readonly string[] {
  const outcomes = validation?.outcomes ?? [];
  const judged = outcomes.filter(({ score }) => score !== undefined).length;
  if (judged === outcomes.length || judged === 0) return [];
  return [
    `The score of the best candidate covers only ${judged} of ${outcomes.length} validation examples: the judge ` +
      "failed " +
      "on the others.",
  ];
}

function guideText(message: string): string {
  const sentence = message.endsWith(".") ? message : `${message}.`;
  return `${sentence} An example on which that happens has no score. Fix it, then start again with a new folder.`;
}

function useText(exampleId: string, message: string): string {
  const example = JSON.stringify(exampleId);
  return `On example ${example} the program uses tracegrad incorrectly, which no optimizer can fix: ${message}`;
}

/** The number of outputs that a judge may fail on before it has given any score. */
export const maxUnjudged = 10;

/** The judge fails on everything, so nothing can be compared: the run ends with the reason `failures`. */
export class UnjudgedError extends TracegradError {
  override readonly name: string = "UnjudgedError";

  constructor(message: string) {
    super("unjudged", message);
  }
}

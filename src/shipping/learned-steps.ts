/** The steps that led to a candidate: what each learned from, and what it changed. */

import { isDeepStrictEqual } from "node:util";
import type { Candidate } from "../optimizers/search/search.ts";
import type { SavedRun } from "../training/read-run.ts";
import type { LearnedStep } from "./learned.ts";
import { LineOrigins } from "./line-origins.ts";

/** All candidates of a run, in the order in which they came. */
export function candidatesOf({ events }: Pick<SavedRun, "events">): readonly Candidate[] {
  return events.flatMap((event) => (event.type === "candidate" ? [event.candidate] : []));
}

/** The steps that led to a candidate, in order. */
export function learnedSteps(run: Pick<SavedRun, "events">, candidate: Candidate): readonly LearnedStep[] {
  const all = candidatesOf(run);
  const byId = new Map(all.map((one) => [one.id, one]));
  return new LineOrigins(all).stepsTo(candidate).map((one): LearnedStep => {
    const proposal = proposalOf(run, one);
    const parents = one.parents.flatMap((id) => byId.get(id) ?? []);
    const names = Object.keys(one.values);
    const changed = names.filter((name) =>
      parents.every((parent) => !isDeepStrictEqual(parent.values[name], one.values[name])),
    );
    return {
      step: one.step,
      changed,
      examples: examplesOf(run, one),
      feedback: proposal?.feedback ?? "",
      reasoning: proposal?.reasoning ?? "",
    };
  });
}

function proposalOf({ events }: Pick<SavedRun, "events">, { id }: Candidate) {
  for (const event of events) if (event.type === "step" && event.proposal.candidate === id) return event.proposal;
  return undefined;
}

/** The rollouts of the parents in the step that made the candidate. */
function examplesOf({ events }: Pick<SavedRun, "events">, { step, parents }: Candidate): LearnedStep["examples"] {
  return events.flatMap((event) =>
    event.type === "rollout" && event.step === step && parents.includes(event.candidate)
      ? [{ id: event.outcome.exampleId, score: event.outcome.score }]
      : [],
  );
}

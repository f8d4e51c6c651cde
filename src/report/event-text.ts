/** Events as single lines, for the log of a run. */

import type { EventOf, Progress, TrainEvent } from "../training/events.ts";
import type { Spent } from "../training/types.ts";
import { endHeading } from "./end-text.ts";
import { countText, plural, scoreText, spreadText } from "./figures.ts";
import { isSearch } from "./recorded-spec.ts";

/** An event in one line; undefined for one that only marks progress. `before` is the progress before it. */
export function eventText(event: TrainEvent, before: Progress): string | undefined {
  switch (event.type) {
    case "start":
      return event.resumedAt === undefined ? `Run ${event.runId}` : `Resumed after ${unitOf(event)} ${event.resumedAt}`;
    case "rollout":
      return rolloutText(event);
    case "step":
      return stepText(event, unitOf(before));
    case "candidate":
      return candidateText(event);
    case "evaluation":
      return evaluationText(event, unitOf(before));
    case "decision":
      return decisionText(event);
    case "best":
      return bestText(event, before);
    case "round":
      return undefined;
    case "spent":
      return spentText(event.spent);
    case "waiting":
    case "warning":
      return event.message;
    case "crash":
      return `Stopped: ${event.message}`;
    case "end":
      return endHeading(event.reason);
  }
}

function unitOf(progress: { readonly spec: unknown }): "round" | "step" {
  return isSearch(progress) ? "round" : "step";
}

function rolloutText({ outcome: { exampleId, score, failure } }: EventOf<"rollout">): string {
  const result = failure ? `${failure.of} failed, ${failure.message}` : `score ${scoreText(score)}`;
  return `Example ${exampleId}: ${result}`;
}

function stepText({ step, proposal }: EventOf<"step">, unit: string): string {
  const { changes = [], refused = [] } = proposal;
  const names = changes.map(({ name }) => name).join(", ");
  const what = names === "" ? "nothing changed" : `changed ${names}`;
  return `${capitalize(unit)} ${step}: ${what}${refused.length > 0 ? `, ${refused.length} refused` : ""}`;
}

function candidateText({ candidate: { id, step, origin } }: EventOf<"candidate">): string {
  return step === 0 ? `Baseline: candidate ${id}` : `Candidate ${id} added by ${origin}`;
}

function evaluationText({ step, split, result }: EventOf<"evaluation">, unit: string): string {
  const when = step === 0 ? "Baseline" : `After ${unit} ${step}`;
  return `${when}, ${split}: ${spreadText(result)} over ${plural(result.outcomes?.length ?? 0, "example")}`;
}

function spentText({ llmCalls, inputTokens, outputTokens }: Spent): string {
  return `${plural(llmCalls, "model call")}, ${countText(inputTokens + outputTokens)} tokens`;
}

function decisionText({ accepted, approved, finalist, baseline }: EventOf<"decision">): string {
  if (approved === false) return `Not approved: candidate ${finalist}, so it does not ship`;
  return accepted
    ? `Decided: candidate ${finalist} ships`
    : `Decided: the baseline ${baseline} ships, and not candidate ${finalist}`;
}

/** A round names the candidate that leads so far; the end of a run names the one that ships, if another one led. */
function bestText({ candidate, score, step }: EventOf<"best">, before: Progress): string {
  const what = `candidate ${candidate}${score === undefined ? "" : `, score ${scoreText(score)}`}`;
  if (step > before.steps) return `Best so far: ${what}, after ${unitOf(before)} ${step}`;
  return candidate === before.candidates[0]?.id ? `The baseline ships: ${what}` : `Ships: ${what}`;
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Events as single lines, for the log of a run. */

import type { Progress, TrainEvent } from "../training/events.ts";
import { scoreText } from "./figures.ts";

/** An event in one line; undefined for one that only says where a run goes on. `before` is the progress before it. */
export function describe(event: TrainEvent, before: Progress): string | undefined {
  switch (event.type) {
    case "start":
      return event.resumedAt !== undefined ? `Resumed after step ${event.resumedAt}` : `Run ${event.runId}`;
    case "rollout": {
      const { exampleId, score, failure } = event.outcome;
      return `Example ${exampleId}: ${failure ? `${failure.of} failed, ${failure.message}` : `score ${score ?? "–"}`}`;
    }
    case "step": {
      const { changes = [], refused = [] } = event.proposal;
      const names = changes.map(({ name }) => name).join(", ");
      return `Step ${event.step}: ${names === "" ? "nothing changed" : `changed ${names}`}${refused.length > 0 ? `, ${refused.length} refused` : ""}`;
    }
    case "candidate":
      return `Program ${event.candidate.id} entered, by ${event.candidate.origin}`;
    case "evaluation":
      return `After step ${event.step}, ${event.split}: ${event.result.mean ?? "–"} over ${event.result.outcomes?.length ?? 0} examples`;
    case "decision":
      return event.accepted
        ? `Decided: program ${event.finalist} ships`
        : `Decided: the start ships, program ${event.baseline}, and not ${event.finalist}`;
    case "best":
      return bestText(event, before);
    case "round":
      return undefined;
    case "spent":
      return `${event.spent.llmCalls} calls, ${event.spent.inputTokens + event.spent.outputTokens} tokens`;
    case "waiting":
    case "warning":
      return event.message;
    case "crash":
      return `Stopped: ${event.message}`;
    case "end":
      return `Ended: ${event.reason}`;
  }
}

/**
 * A round names the program that leads by now; at the end of a run the one that ships is named, where another one led.
 */
function bestText(
  { candidate, score, step }: Extract<TrainEvent, { type: "best" }>,
  { steps, candidates }: Progress,
): string {
  const what = `program ${candidate}${score === undefined ? "" : `, score ${scoreText(score)}`}`;
  if (step > steps) return `Best so far: ${what}, after step ${step}`;
  return candidate === candidates[0]?.id ? `The start ships: ${what}` : `Ships: ${what}`;
}

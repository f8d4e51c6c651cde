/** Events as single lines, for the log of a run. */

import type { TrainEvent } from "../training/types.ts";
import { isNumber } from "./tidy.ts";

/** An event in one line. */
export function describe(event: TrainEvent): string {
  switch (event.type) {
    case "start":
      return isNumber(event.resumedAt) ? `Resumed after step ${event.resumedAt}` : `Run ${event.runId}`;
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
    case "best":
      return `Best so far: ${event.score}, after step ${event.step}`;
    case "spent":
      return `${event.spent.llmCalls} calls, ${event.spent.inputTokens + event.spent.outputTokens} tokens`;
    case "waiting":
    case "warning":
      return event.message;
    case "end":
      return `Ended: ${event.reason}`;
  }
}

/** Events as single lines, for the log of a run. */

import type { TrainEvent } from "../training/types.ts";

/** An event in one line; undefined for one that only says where a run goes on. */
export function describe(event: TrainEvent): string | undefined {
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
      return `Program ${event.challenger} ${event.accepted ? "replaces" : "does not replace"} ${event.incumbent}`;
    case "best":
      return `Best so far: ${event.score ?? event.candidate}, after step ${event.step}`;
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

/** Events as lines for logs: one line each, and only those that somebody would miss. */

import type { TrainEvent } from "../training/types.ts";
import type { Redact } from "../util/redact.ts";
import { plural, scoreText, spreadText } from "./figures.ts";
import { reasonTexts } from "./parts/summary.ts";
import { type Progress, statusLine } from "./progress.ts";
import { plainLine } from "./terminal.ts";

/** One line, and whether it is a warning. */
export interface ConsoleLine {
  readonly text: string;
  readonly look: "plain" | "warning";
}

const longest = 300;

/** The lines of `event`; `progress` is that after it. No control characters, no secrets. */
export function eventLines(event: TrainEvent, progress: Progress, redact: Redact): readonly ConsoleLine[] {
  return linesOf(event, progress).map(({ text, look }) => {
    // Before and after: a secret may hold a line break, or be cut by an escape sequence.
    const safe = redact(plainLine(redact(text)));
    return { look, text: safe.length > longest ? `${safe.slice(0, longest)}…` : safe };
  });
}

function linesOf(event: TrainEvent, progress: Progress): readonly ConsoleLine[] {
  switch (event.type) {
    case "start": {
      const text = event.resumedAt === undefined ? "started" : `resumed after step ${event.resumedAt}`;
      return [line(`run ${event.runId} ${text}`), ...event.warnings.map(warning)];
    }
    case "step": {
      const { changes, refused, trainScore } = event.proposal;
      const what = changes.length === 0 ? "nothing changed" : `changed ${changes.map(({ name }) => name).join(", ")}`;
      const of = progress.wanted === undefined ? "" : `/${progress.wanted}`;
      const score = trainScore === undefined ? "" : `, train ${scoreText(trainScore)}`;
      return [
        line(`step ${event.step}${of}: ${what}${score}`),
        ...refused.map(({ name, reason }) => warning(`step ${event.step}: refused ${name ?? "the reply"}: ${reason}`)),
      ];
    }
    case "evaluation": {
      const { mean, standardError, outcomes, failures } = event.result;
      const of = `${plural(outcomes.length, "example")}${failures > 0 ? `, ${failures} failed` : ""}`;
      return [line(`step ${event.step}: ${event.split} ${spreadText(mean, standardError)} (${of})`)];
    }
    case "best":
      return [line(`step ${event.step}: best so far ${scoreText(event.score)}`)];
    case "warning":
      return [warning(event.message)];
    case "end":
      return [line(`ended: ${reasonTexts[event.reason] ?? event.reason}; ${statusLine(progress, 0)}`)];
    default:
      return [];
  }
}

function line(text: string): ConsoleLine {
  return { text, look: "plain" };
}

function warning(text: string): ConsoleLine {
  return { text: `warning: ${text}`, look: "warning" };
}

/** Events as lines for logs: one line each, and only those that somebody would miss. */

import { verdictOf } from "../training/acceptance/verdict.ts";
import type { TrainEvent } from "../training/events.ts";
import { headOf } from "../util/cut.ts";
import type { Redact } from "../util/redact.ts";
import { plural, scoreText, spreadText } from "./figures.ts";
import { shortId } from "./names.ts";
import { reasonTexts } from "./parts/summary.ts";
import { planText } from "./plan-text.ts";
import { isSearch, type RunStatus, statusLine } from "./progress.ts";
import { plainLine } from "./terminal.ts";
import { verdictLines } from "./verdict-text.ts";

/** One line, and how it looks. A note and a warning are shown beside a bar, too. */
export interface ConsoleLine {
  readonly text: string;
  readonly look: "plain" | "note" | "warning";
}

const longest = 300;

/**
 * The lines of `event`, which came at `now` (milliseconds); `status` is that after it. No control characters, no
 * secrets.
 */
export function eventLines(event: TrainEvent, status: RunStatus, redact: Redact, now: number): readonly ConsoleLine[] {
  return linesOf(event, status, now).map(({ text, look }) => {
    // Before and after: a secret may hold a line break, or be cut by an escape sequence.
    const safe = redact(plainLine(redact(text)));
    return { look, text: safe.length > longest ? `${headOf(safe, longest)}…` : safe };
  });
}

function linesOf(event: TrainEvent, status: RunStatus, now: number): readonly ConsoleLine[] {
  switch (event.type) {
    case "start": {
      const [unit, by] = [unitOf(status), methodText(event.spec)];
      const text = event.resumedAt === undefined ? "started" : `resumed after ${unit} ${event.resumedAt}`;
      const plan = planText(event.spec);
      return [
        line(`run ${event.runId} ${text}${by === "" ? "" : `: ${by}`}`),
        ...(plan === undefined ? [] : [note(plan)]),
        ...event.warnings.map(warning),
      ];
    }
    case "step":
      return isSearch(status) ? proposalLines(event) : stepLines(event, status);
    case "evaluation": {
      const { outcomes, failures } = event.result;
      const of = `${plural(outcomes.length, "example")}${failures > 0 ? `, ${failures} failed` : ""}`;
      const whose = !isSearch(status) ? "" : ` of ${shortId(event.candidate)}`;
      const score = `${event.split} ${spreadText(event.result)}${whose}`;
      return [line(`${unitOf(status)} ${event.step}: ${score} (${of})`)];
    }
    case "best":
      return event.score === undefined ? [] : [line(bestText(event.score, event, status))];
    case "round":
      return perfectLines(event, status);
    case "spent":
      return isSearch(status) ? [line(statusLine(status, now))] : [];
    case "warning":
      return [warning(event.message)];
    case "waiting":
      return [line(event.message)];
    case "end":
      return [
        line(`ended: ${reasonTexts[event.reason] ?? event.reason}; ${statusLine(status, now)}`),
        ...verdictOfRun(status).map(note),
      ];
    default:
      return [];
  }
}

function verdictOfRun({ progress }: RunStatus): readonly string[] {
  const verdict = verdictOf(progress);
  return verdict === undefined ? [] : verdictLines(verdict);
}

/**
 * A round names the program that leads by now; at the end of a run the one that ships is named, where another one led.
 */
function bestText(score: number, { step }: { readonly step: number }, status: RunStatus): string {
  const at = `${unitOf(status)} ${step}`;
  if (step > status.progress.steps) return `${at}: best so far ${scoreText(score)}, chosen by this score`;
  return `${at}: ${status.progress.best === 0 ? "the start ships" : "the best program ships"}, ${scoreText(score)}`;
}

function unitOf(status: RunStatus): string {
  return isSearch(status) ? "round" : "step";
}

/** The search and the optimizer of a loop's description: `gepa with OptoPrime`. */
function methodText(spec: unknown): string {
  const { search, optimizer } = (spec ?? {}) as { search?: { name?: unknown }; optimizer?: { name?: unknown } };
  return [search?.name, optimizer?.name].filter((name) => typeof name === "string" && name !== "").join(" with ");
}

/** A plain step: what it changed. */
function stepLines({ step, proposal }: Extract<TrainEvent, { type: "step" }>, { wanted }: RunStatus): ConsoleLine[] {
  const { changes, refused, trainScore } = proposal;
  const what = changes.length === 0 ? "nothing changed" : `changed ${changes.map(({ name }) => name).join(", ")}`;
  const of = wanted === undefined ? "" : `/${wanted}`;
  const score = trainScore === undefined ? "" : `, train ${scoreText(trainScore)}`;
  return [
    line(`step ${step}${of}: ${what}${score}`),
    ...refused.map(({ name, reason }) => warning(`step ${step}: refused ${name ?? "the reply"}: ${reason}`)),
  ];
}

/** Why a round asked no optimizer, where there was nothing to learn. */
function perfectLines(
  { step, perfect = [] }: Extract<TrainEvent, { type: "round" }>,
  status: RunStatus,
): ConsoleLine[] {
  if (perfect.length === 0) return [];
  const runs = perfect.length === 1 ? "the training run has" : `all ${perfect.length} training runs have`;
  return [line(`${unitOf(status)} ${step}: nothing to learn, ${runs} the highest score`)];
}

/** A proposal of a search: how a program came from which others, and what it changed. */
function proposalLines({ step, proposal }: Extract<TrainEvent, { type: "step" }>): readonly ConsoleLine[] {
  const { changes, refused, trainScore, candidate, parents = [], origin = "proposal" } = proposal;
  const from = parents.map(shortId).join(" + ");
  const to = candidate === undefined ? "no program" : shortId(candidate);
  const what = changes.length === 0 ? "" : `, changed ${changes.map(({ name }) => name).join(", ")}`;
  const score = trainScore === undefined ? "" : `, train ${scoreText(trainScore)}`;
  return [
    line(`round ${step}: ${origin} ${from} → ${to}${what}${score}`),
    ...refused.map(({ name, reason }) => warning(`round ${step}: refused ${name ?? "the reply"}: ${reason}`)),
  ];
}

function line(text: string): ConsoleLine {
  return { text, look: "plain" };
}

function note(text: string): ConsoleLine {
  return { text, look: "note" };
}

function warning(text: string): ConsoleLine {
  return { text: `warning: ${text}`, look: "warning" };
}

/** Events as lines for logs: one line each, and only for events that a reader would miss. */

import { verdictOf } from "../training/acceptance/verdict.ts";
import type { EventOf, TrainEvent } from "../training/events.ts";
import { headOf } from "../util/cut.ts";
import type { Redact } from "../util/redact.ts";
import { endHeading } from "./end-text.ts";
import { plural, scoreText, spreadText } from "./figures.ts";
import { shortId } from "./names.ts";
import { planText } from "./plan-text.ts";
import { isSearch, methodText } from "./recorded-spec.ts";
import { type RunStatus, statusLine } from "./run-status.ts";
import { plainLine } from "./terminal.ts";
import { verdictLines } from "./verdict-text.ts";

/** One line, and how it looks. A note and a warning appear above a bar, too. */
export interface ConsoleLine {
  readonly text: string;
  readonly look: "plain" | "note" | "warning";
}

const maxLength = 300;

/**
 * The lines of `event`, which came at `now` (milliseconds); `status` is the one after it. Without control characters
 * and secrets.
 */
export function eventLines(event: TrainEvent, status: RunStatus, redact: Redact, now: number): readonly ConsoleLine[] {
  return linesOf(event, status, now).map(({ text, look }) => {
    // Before and after: a secret may contain a line break, or be cut by an escape sequence.
    const safe = redact(plainLine(redact(text)));
    return { look, text: safe.length > maxLength ? `${headOf(safe, maxLength)}…` : safe };
  });
}

function linesOf(event: TrainEvent, status: RunStatus, now: number): readonly ConsoleLine[] {
  const isOfSearch = isSearch(status.progress);
  switch (event.type) {
    case "start":
      return startLines(event, status);
    case "step":
      return isOfSearch ? proposalLines(event) : stepLines(event, status);
    case "evaluation":
      return [evaluationLine(event, status)];
    case "best":
      return event.score === undefined ? [] : [line(bestText(event.score, event, status))];
    case "round":
      return perfectLines(event, status);
    case "spent":
      return isOfSearch ? [line(statusLine(status, now))] : [];
    case "warning":
      return [warning(event.message)];
    case "waiting":
      return [line(event.message)];
    case "end": {
      const heading = endHeading(event.reason);
      const start = heading.charAt(0).toLowerCase() + heading.slice(1);
      return [line(`${start}; ${statusLine(status, now)}`), ...verdictOfRun(status).map(note)];
    }
    default:
      return [];
  }
}

function startLines({ runId, spec, resumedAt, warnings }: EventOf<"start">, status: RunStatus): ConsoleLine[] {
  const start = resumedAt === undefined ? "started" : `resumed after ${unitOf(status)} ${resumedAt}`;
  const method = methodText(spec);
  const plan = planText(spec);
  return [
    line(`run ${runId} ${start}${method === "" ? "" : `: ${method}`}`),
    ...(plan === undefined ? [] : [note(plan)]),
    ...warnings.map(warning),
  ];
}

function evaluationLine({ step, split, candidate, result }: EventOf<"evaluation">, status: RunStatus): ConsoleLine {
  const { outcomes, failures } = result;
  const count = `${plural(outcomes.length, "example")}${failures > 0 ? `, ${failures} failed` : ""}`;
  const of = isSearch(status.progress) ? ` of ${shortId(candidate)}` : "";
  return line(`${unitOf(status)} ${step}: ${split} ${spreadText(result)}${of} (${count})`);
}

function verdictOfRun({ progress }: RunStatus): readonly string[] {
  const verdict = verdictOf(progress);
  return verdict === undefined ? [] : verdictLines(verdict);
}

/** A round names the candidate that leads so far; the end of a run names the one that ships, if another one led. */
function bestText(score: number, { step }: { readonly step: number }, status: RunStatus): string {
  const at = `${unitOf(status)} ${step}`;
  if (step > status.progress.steps) return `${at}: best so far ${scoreText(score)}, chosen by this score`;
  return `${at}: the ${status.progress.best === 0 ? "baseline" : "best candidate"} ships, ${scoreText(score)}`;
}

function unitOf({ progress }: RunStatus): "round" | "step" {
  return isSearch(progress) ? "round" : "step";
}

/** A plain step: what it changed. */
function stepLines({ step, proposal }: EventOf<"step">, { maxSteps }: RunStatus): readonly ConsoleLine[] {
  const { changes, trainScore } = proposal;
  const what = changes.length === 0 ? "nothing changed" : `changed ${changes.map(({ name }) => name).join(", ")}`;
  const of = maxSteps === undefined ? "" : `/${maxSteps}`;
  const score = trainScore === undefined ? "" : `, train ${scoreText(trainScore)}`;
  return [line(`step ${step}${of}: ${what}${score}`), ...refusedLines(`step ${step}`, proposal)];
}

/** A proposal of a search: which candidate came from which others, and what it changed. */
function proposalLines({ step, proposal }: EventOf<"step">): readonly ConsoleLine[] {
  const { changes, trainScore, candidate, parents = [], origin = "proposal" } = proposal;
  const from = parents.map(shortId).join(" + ");
  const to = candidate === undefined ? "no candidate" : shortId(candidate);
  const what = changes.length === 0 ? "" : `, changed ${changes.map(({ name }) => name).join(", ")}`;
  const score = trainScore === undefined ? "" : `, train ${scoreText(trainScore)}`;
  return [line(`round ${step}: ${origin} ${from} → ${to}${what}${score}`), ...refusedLines(`round ${step}`, proposal)];
}

function refusedLines(at: string, { refused, dropped = [] }: EventOf<"step">["proposal"]): readonly ConsoleLine[] {
  return [
    ...refused.map(({ name, reason }) => warning(`${at}: refused ${name ?? "the reply"}: ${reason}`)),
    ...dropped.map(({ name, reason }) => warning(`${at}: left out ${name}: ${reason}`)),
  ];
}

/** Why a round made no optimizer call: there was nothing to learn. */
function perfectLines({ step, perfect = [] }: EventOf<"round">, status: RunStatus): readonly ConsoleLine[] {
  if (perfect.length === 0) return [];
  const rollouts = perfect.length === 1 ? "the rollout has" : `all ${perfect.length} rollouts have`;
  return [line(`${unitOf(status)} ${step}: nothing to learn, ${rollouts} the highest score`)];
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

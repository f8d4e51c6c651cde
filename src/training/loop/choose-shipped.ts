/** Which candidate ships at the end of a run: the finalist if the run accepts it, else what shipped before. */

import { throwIfAborted, untilAborted } from "../../util/abort.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { decide } from "../acceptance/decision.ts";
import type { AcceptancePlan } from "../acceptance/plan.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { LoopSpec } from "../identity/spec.ts";
import type { TrainOptions } from "../options.ts";
import type { CandidatePool } from "../search/pool.ts";
import type { EndReason, ScoredCandidate } from "../types.ts";
import { chooseBest } from "./choose-best.ts";
import type { RunLog } from "./run-log.ts";

/** What the decision works with. */
export interface ShippingParts {
  readonly options: Pick<TrainOptions, "approve" | "signal">;
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
  readonly plan: AcceptancePlan;
  readonly spec: LoopSpec;
  /** Reserves part of the budgets for the decision, or releases it. */
  readonly reserve: (isOn: boolean) => void;
  /** Does part of the loop. Gives the reason when something interrupts it. */
  readonly attempt: (work: () => Promise<void>) => Promise<EndReason | undefined>;
}

/** The index of the candidate that ships. `reason` is why the rounds ended. */
export async function chooseShipped(parts: ShippingParts, reason: EndReason): Promise<number> {
  const finalist = chooseBest(parts.log.progress, parts.spec.selection);
  parts.reserve(false);
  return (await acceptsFinalist(parts, finalist, reason)) ? finalist : shippedBefore(parts);
}

/**
 * What ships when the finalist does not: a candidate that an earlier end of the run accepted on examples that did not
 * select it, else the baseline.
 */
function shippedBefore({ log, plan }: Pick<ShippingParts, "log" | "plan">): number {
  const isIndependent = plan.deciding.length > 0 || plan.rule.ship === "proven";
  const { decisions, candidates } = log.progress;
  const last = isIndependent ? decisions.findLast(({ accepted }) => accepted) : undefined;
  return Math.max(
    0,
    candidates.findIndex(({ id }) => id === last?.finalist),
  );
}

/** Whether the finalist ships. False, with a warning, when the run could not decide. */
async function acceptsFinalist(parts: ShippingParts, index: number, reason: EndReason): Promise<boolean> {
  const { log, spec, pool, plan } = parts;
  const finalist = log.progress.candidates[index];
  const baseline = log.progress.candidates[0];
  if (finalist === undefined || baseline === undefined || index === 0) return true;
  const decision = log.progress.decisions.at(-1);
  if (decision?.finalist === finalist.id) return decision.accepted;
  if (reason === "aborted" && plan.deciding.length > 0) return warnUndecided(parts, reason);
  let accepted = false;
  let approved: boolean | undefined;
  const interruption = await parts.attempt(async () => {
    accepted = await decide({ ...parts, selection: spec.selection }, pool.get(finalist.id));
    if (accepted) approved = await askPerson(parts, pool.get(finalist.id), baseline);
  });
  if (interruption !== undefined) return warnUndecided(parts, interruption, accepted);
  accepted &&= approved !== false;
  await log.record({
    ...{ type: "decision", step: log.progress.steps, finalist: finalist.id, baseline: baseline.id, accepted },
    ...(approved === undefined ? {} : { approved }),
    evaluations: parts.evaluator.evaluationsInRounds,
  });
  return accepted;
}

/** What `approve` says; undefined where there is none. Throws when the run is cancelled while it waits. */
async function askPerson(
  { options: { approve, signal }, log }: ShippingParts,
  finalist: ScoredCandidate,
  baseline: ScoredCandidate,
): Promise<boolean | undefined> {
  if (approve === undefined) return undefined;
  throwIfAborted(signal);
  log.notify({ type: "waiting", message: `The run waits for the approval of candidate ${finalist.id}.` });
  const answer: unknown = await untilAborted(approve({ finalist, baseline, signal }), signal);
  if (typeof answer === "boolean") return answer;
  throw new TracegradError("bad-option", `\`approve\` must say true or false; it said ${preview(answer)}.`);
}

/** @param waited Whether only the approval was missing. */
async function warnUndecided(parts: ShippingParts, reason: EndReason, waited = false): Promise<false> {
  const { log } = parts;
  const step = log.progress.candidates[shippedBefore(parts)]?.step ?? 0;
  const shipped = step === 0 ? "the baseline" : `the candidate of step ${step}`;
  const message =
    `The run has not decided whether the finalist ships, so ${shipped} ships: ${whyInterrupted(reason)} before ` +
    `${waited ? "it was approved" : "all deciding examples were evaluated"}. Run the same command again, with a ` +
    "larger budget if the budget ended, and the run decides.";
  await log.record({ type: "warning", message });
  return false;
}

function whyInterrupted(reason: EndReason): string {
  if (reason === "aborted") return "the run was cancelled";
  return reason === "budget" ? "the budget ended" : "the last outputs got no score";
}

/** The progress of a run: one pure fold over its events, for the loop, a resumed run, the report and the console. */

import type { Parameter } from "../../nodes/parameter.ts";
import { ParameterState } from "../../nodes/state.ts";
import { hashOf } from "../../util/json.ts";
import { withBaseline, withFailures } from "../evaluation/failures.ts";
import { summarize } from "../evaluation/outcomes.ts";
import type { EventOf, OutcomeCount, PastRollouts, Progress, RoundTally, TrainEvent } from "../events.ts";
import type { Selection } from "../options.ts";
import type { Candidate, Outcome, ScoredCandidate } from "../types.ts";

const noRuns: OutcomeCount = { judged: 0, unjudged: 0 };

/** The progress of a run without events. */
export const unstarted: Progress = {
  runId: undefined,
  spec: undefined,
  resumes: [],
  warnings: [],
  steps: 0,
  countedSteps: 0,
  candidates: [],
  best: 0,
  sinceBest: 0,
  idleRounds: 0,
  mastered: new Map(),
  unjudgedRounds: 0,
  state: undefined,
  done: false,
  memories: {},
  decisions: [],
  deciding: new Map(),
  live: [],
  past: undefined,
  spent: undefined,
  evaluations: 0,
  cost: undefined,
  unused: [],
  ended: undefined,
  crash: undefined,
  failing: new Set(),
  failures: {},
  round: { candidates: 0, best: 0, runs: new Map(), rollouts: noRuns, evaluations: noRuns },
};

/** The progress after one more event. */
export function progressAfter(progress: Progress, event: TrainEvent): Progress {
  switch (event.type) {
    case "start":
      return afterStart(progress, event);
    case "candidate":
      return withCandidate(progress, event.candidate);
    case "rollout":
      return afterRollout(progress, event);
    case "evaluation":
      return afterEvaluation(progress, event);
    case "decision":
      return afterDecision(progress, event);
    case "best":
      return { ...progress, best: Math.max(0, indexOf(progress, event.candidate)) };
    case "round":
      return afterRound(progress, event);
    case "spent":
      return { ...progress, spent: event.spent };
    case "warning":
      return withWarnings(progress, [event.message]);
    case "crash":
      return { ...progress, crash: event.message };
    case "end":
      return { ...progress, ended: event.reason, spent: event.spent };
    default:
      return progress;
  }
}

function afterStart(before: Progress, { runId, spec, resumedAt, warnings, earlier }: EventOf<"start">): Progress {
  const progress = earlier ?? before;
  const resumes = resumedAt === undefined ? progress.resumes : [...progress.resumes, resumedAt];
  return withWarnings({ ...progress, runId, spec, resumes, ended: undefined, crash: undefined }, warnings);
}

function withWarnings(progress: Progress, more: readonly string[]): Progress {
  const fresh = more.filter((message) => !progress.warnings.includes(message));
  return fresh.length === 0 ? progress : { ...progress, warnings: [...progress.warnings, ...fresh] };
}

function withCandidate(progress: Progress, added: Candidate): Progress {
  if (indexOf(progress, added.id) >= 0) return progress;
  const decision = progress.deciding.get(added.id);
  const known = decision === undefined ? {} : { decision };
  const candidate: ScoredCandidate = { ...added, trainScore: undefined, validation: undefined, ...known };
  return { ...progress, candidates: [...progress.candidates, candidate] };
}

function afterRollout(before: Progress, { candidate: id, outcome }: EventOf<"rollout">): Progress {
  const progress = { ...before, failures: withFailures(before.failures, [outcome]) };
  const { round } = progress;
  if (outcome.score === undefined)
    return { ...progress, round: { ...round, rollouts: addCounts(round.rollouts, 0, 1) } };
  const runs = [...(round.runs.get(id) ?? []), outcome];
  const tally = {
    ...round,
    rollouts: addCounts(round.rollouts, 1, 0),
    runs: new Map(round.runs).set(id, runs),
  };
  const failing = withMember(
    progress.failing,
    id,
    runs.every(({ failure }) => failure !== undefined),
  );
  return amend({ ...progress, round: tally, failing }, id, { trainScore: summarize(runs).mean });
}

function withMember(set: ReadonlySet<string>, member: string, isIn: boolean): ReadonlySet<string> {
  if (set.has(member) === isIn) return set;
  return new Set(isIn ? [...set, member] : [...set].filter((one) => one !== member));
}

function afterEvaluation(before: Progress, { split, candidate, result }: EventOf<"evaluation">): Progress {
  const known = withFailures(before.failures, result.outcomes);
  const isStart = before.candidates[0]?.id === candidate;
  const progress = { ...before, failures: isStart ? withBaseline(known, result.outcomes, split) : known };
  if (split === "test") return amend(progress, candidate, { test: result });
  if (split === "decision") {
    const deciding = new Map(progress.deciding).set(candidate, result);
    return amend({ ...progress, deciding }, candidate, { decision: result });
  }
  if (split !== "validation") return progress;
  const judged = result.outcomes.reduce((sum, { score }) => sum + (score === undefined ? 0 : 1), 0);
  const evaluations = addCounts(progress.round.evaluations, judged, result.outcomes.length - judged);
  return amend({ ...progress, round: { ...progress.round, evaluations } }, candidate, { validation: result });
}

function afterDecision(progress: Progress, event: EventOf<"decision">): Progress {
  const { finalist, accepted, approved, evaluations } = event;
  const decision = { finalist, accepted, ...(approved === undefined ? {} : { approved }), evaluations };
  return { ...progress, decisions: [...progress.decisions, decision] };
}

function afterRound(progress: Progress, event: EventOf<"round">): Progress {
  const { step, state, done, memories, live, evaluations, cost, unused = [], perfect } = event;
  const { best, round, candidates } = progress;
  const isIdle = candidates.length === round.candidates;
  const runs = round.rollouts.judged + round.rollouts.unjudged > 0 ? round.rollouts : round.evaluations;
  return {
    ...progress,
    ...{ steps: step, state, done, evaluations, cost, unused },
    countedSteps: progress.countedSteps + (event.counted && step > 0 ? 1 : 0),
    sinceBest: best !== round.best || step === 0 ? 0 : progress.sinceBest + (event.evaluated ? 1 : 0),
    idleRounds: isIdle ? progress.idleRounds + (perfect === undefined ? 1 : 0) : 0,
    mastered: isIdle && perfect !== undefined ? withRuns(progress.mastered, perfect) : unstarted.mastered,
    unjudgedRounds: runs.judged === 0 && runs.unjudged > 0 ? progress.unjudgedRounds + 1 : 0,
    memories: { ...progress.memories, ...memories },
    live: live.length === 0 ? progress.live : [...progress.live, ...live],
    past: withRollouts(progress.past, round.runs, step),
    round: { ...unstarted.round, candidates: candidates.length, best },
  };
}

/** The rollouts so far, with those of a round. */
function withRollouts(before: PastRollouts | undefined, runs: RoundTally["runs"], step: number): Progress["past"] {
  if (runs.size === 0) return before;
  const rollouts = [...runs.values()].flat() as readonly (Outcome & { readonly score: number })[];
  return { before, outcomes: rollouts.map((outcome) => ({ ...outcome, step })) };
}

function withRuns(before: ReadonlyMap<string, number>, exampleIds: readonly string[]): ReadonlyMap<string, number> {
  const runs = new Map(before);
  for (const id of exampleIds) runs.set(id, (runs.get(id) ?? 0) + 1);
  return runs;
}

function addCounts(count: OutcomeCount, judged: number, unjudged: number): OutcomeCount {
  return { judged: count.judged + judged, unjudged: count.unjudged + unjudged };
}

function amend(progress: Progress, id: string, known: Partial<ScoredCandidate>): Progress {
  const at = indexOf(progress, id);
  const candidate = progress.candidates[at];
  if (candidate === undefined) return progress;
  const candidates = [...progress.candidates];
  candidates[at] = { ...candidate, ...known };
  return { ...progress, candidates };
}

/** From the end, since events are mostly about the newest candidates. */
function indexOf({ candidates }: Progress, id: string): number {
  return candidates.findLastIndex((candidate) => candidate.id === id);
}

/** A short name for parameter values. Equal values have equal names. */
export function candidateId(values: Readonly<Record<string, unknown>>): string {
  return hashOf(values).slice(0, 12);
}

/** The values of a candidate over the given parameters. */
export function stateOf({ values }: Pick<Candidate, "values">, parameters: readonly Parameter[]): ParameterState {
  const live = ParameterState.of(parameters);
  return live.set(parameters.map((parameter) => [parameter, values[live.nameOf(parameter)]]));
}

/** The score by which a candidate is selected; undefined while it has none. */
export function selectionScore(candidate: ScoredCandidate, selection: Selection): number | undefined {
  const score = selection === "bestTrain" ? candidate.trainScore : candidate.validation?.mean;
  return score === undefined || Number.isNaN(score) ? undefined : score;
}

/** The id of the candidate that plain steps continue with, from their state; undefined before the first step. */
export function currentOf(state: Progress["state"]): string | undefined {
  return (state as { readonly current?: string } | undefined)?.current;
}

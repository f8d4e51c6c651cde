/** What happens in a run, as events, and the progress that follows from them. Types only. */

import type { Graph } from "../graph/graph.ts";
import type { Json } from "../util/decode.ts";
import type { Failures } from "./evaluation/failures.ts";
import type {
  Candidate,
  EndReason,
  EvaluationResult,
  Outcome,
  RolloutOutcome,
  RunCost,
  ScoredCandidate,
  Spent,
  SplitName,
  StepRecord,
} from "./types.ts";

/** An event of one type. */
export type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

/** What happens in a run, in order. Every event is JSON except for graphs, which only live listeners receive. */
export type TrainEvent =
  | {
      readonly type: "start";
      readonly runId: string;
      /** The number of finished rounds when the run was resumed; undefined for a new run. */
      readonly resumedAt: number | undefined;
      readonly spec: unknown;
      readonly warnings: readonly string[];
      /** The progress of the earlier processes of a resumed run. For live listeners only. */
      readonly earlier?: Progress;
    }
  /** A traced execution of a candidate on a training example. */
  | { readonly type: "rollout"; readonly step: number; readonly candidate: string; readonly outcome: Outcome }
  /** A new candidate. The first one is the baseline. */
  | { readonly type: "candidate"; readonly step: number; readonly candidate: Candidate }
  | { readonly type: "step"; readonly step: number; readonly proposal: StepRecord; readonly graph: Graph | undefined }
  | {
      readonly type: "evaluation";
      readonly step: number;
      readonly split: SplitName;
      readonly candidate: string;
      readonly result: EvaluationResult;
    }
  /** The run has decided whether its finalist ships instead of the baseline. */
  | {
      readonly type: "decision";
      readonly step: number;
      readonly finalist: string;
      readonly baseline: string;
      readonly accepted: boolean;
      /** What `approve` said of a finalist that the run would ship; absent where it was not asked. */
      readonly approved?: boolean;
      /** Evaluations so far, without those for the decision. */
      readonly evaluations: number;
    }
  /** Another candidate is the best from now on. */
  | {
      readonly type: "best";
      readonly step: number;
      readonly score: number | undefined;
      readonly candidate: string;
    }
  /** An error ended the run: `result` rejects with it. The same command continues from the last finished round. */
  | { readonly type: "crash"; readonly code: string; readonly message: string }
  | { readonly type: "spent"; readonly spent: Spent }
  | RoundEvent
  | { readonly type: "warning"; readonly message: string }
  /** For live listeners only: the run waits for a person, for example for the answer to a prompt in a mailbox. */
  | { readonly type: "waiting"; readonly message: string }
  | { readonly type: "end"; readonly reason: EndReason; readonly spent: Spent };

/** A round has ended: a step, or a round of a search. Round 0 evaluates the baseline. A resumed run continues here. */
export interface RoundEvent {
  readonly type: "round";
  readonly step: number;
  /** Whether it counts against the budget of steps. */
  readonly counted: boolean;
  /** Whether a candidate was due to be evaluated in it. */
  readonly evaluated: boolean;
  /**
   * Ids of the training examples that ran, once per rollout. Present only when every rollout reached the highest score,
   * so that there was nothing to learn.
   */
  readonly perfect?: readonly string[];
  /** The path of the calls of episodes that go on into the next round: a resumed run asks for their answers. */
  readonly open?: string;
  /** The state of the search after the round, and whether the search is finished. */
  readonly state: Json;
  readonly done: boolean;
  /** The algorithm's memory of candidates, by id, where it has changed. */
  readonly memories: Readonly<Record<string, Json>>;
  /** The candidates that the round made live, in order. */
  readonly live: readonly string[];
  /** Evaluations so far. */
  readonly evaluations: number;
  /** The cost of an evaluation so far, where part of the budget is reserved for the decision. */
  readonly cost?: RunCost;
  /**
   * Outcomes in the journal that no round has used, left by an earlier end of the run: ranges of their numbers, both
   * ends included.
   */
  readonly unused?: readonly (readonly [number, number])[];
}

/** The state of a run after some of its events. */
export interface Progress {
  /** Undefined before the run has started. */
  readonly runId: string | undefined;
  /** The loop's description, as the run recorded it. */
  readonly spec: unknown;
  /** The steps at which the run was resumed. */
  readonly resumes: readonly number[];
  /** What people should know, each sentence once. */
  readonly warnings: readonly string[];
  /** Finished rounds (optimizer steps, or rounds of a search), and how many of them count against the budget. */
  readonly steps: number;
  readonly countedSteps: number;
  /** All candidates so far. The first is the baseline. */
  readonly candidates: readonly ScoredCandidate[];
  /** Index of the best candidate so far. */
  readonly best: number;
  /** Rounds with an evaluation since the best candidate changed. */
  readonly sinceBest: number;
  /** Consecutive rounds without a new candidate, not counting rounds with nothing to learn. */
  readonly idleRounds: number;
  /** How often each training example ran in the latest consecutive rounds with nothing to learn, by id. */
  readonly mastered: ReadonlyMap<string, number>;
  /** Consecutive rounds in which the judge gave no score. */
  readonly unjudgedRounds: number;
  /** The state of the search, and whether it is finished. Undefined before the baseline has been evaluated. */
  readonly state: Json | undefined;
  readonly done: boolean;
  /** The algorithm's memory of candidates, by id. */
  readonly memories: Readonly<Record<string, Json>>;
  /** Whether the finalist ships: one decision for each end of the run, since a continued run decides again. */
  readonly decisions: readonly Decision[];
  /** Scores on the examples that only decide, by candidate. */
  readonly deciding: ReadonlyMap<string, EvaluationResult>;
  /** The candidates that were live, in order. */
  readonly live: readonly string[];
  /** The rollouts of finished rounds; undefined before the first ones. */
  readonly past: PastRollouts | undefined;
  /** The latest account of what was spent. */
  readonly spent: Spent | undefined;
  /** Evaluations when the last round ended. */
  readonly evaluations: number;
  /** The cost of an evaluation when the last round ended, where part of the budget is reserved for the decision. */
  readonly cost: RunCost | undefined;
  /** Outcomes in the journal that no round had used when the last round ended: see `RoundEvent`. */
  readonly unused: NonNullable<RoundEvent["unused"]>;
  readonly ended: EndReason | undefined;
  /** The error that ended the run, if one did. */
  readonly crash: string | undefined;
  /** Ids of the candidates whose rollouts all failed in their latest round. */
  readonly failing: ReadonlySet<string>;
  readonly failures: Failures;
  /** What has happened since the last round ended. */
  readonly round: RoundTally;
}

/** What a run decided when it ended. */
export interface Decision {
  /** The candidate that could ship instead of the baseline, by id. */
  readonly finalist: string;
  readonly accepted: boolean;
  /** What `approve` said of a finalist that the run would ship; absent where it was not asked. */
  readonly approved?: boolean;
  /** Evaluations so far, without those for the decision. */
  readonly evaluations: number;
}

/** The rollouts of a round that have a score, and those of the rounds before. One list would be copied in each round. */
export interface PastRollouts {
  readonly outcomes: readonly RolloutOutcome[];
  readonly before: PastRollouts | undefined;
}

/** Sums over the events of a round. */
export interface RoundTally {
  /** The number of candidates when it began, and the index of the best one. */
  readonly candidates: number;
  readonly best: number;
  /** Outcomes of the rollouts, by candidate. */
  readonly runs: ReadonlyMap<string, readonly Outcome[]>;
  readonly rollouts: OutcomeCount;
  readonly evaluations: OutcomeCount;
}

/** Outcomes with a score, and outcomes without one because the judge failed. */
export interface OutcomeCount {
  readonly judged: number;
  readonly unjudged: number;
}

/** A run as people look at it: one plain record and its parts. Types only. */

import type { Interval } from "../math/intervals.ts";
import type { Verdict } from "../training/acceptance/verdict.ts";
import type { TrainEvent } from "../training/events.ts";
import type { RecordedStatus } from "../training/execution/status-file.ts";
import type { RunPicture } from "../training/run-pictures.ts";
import type { EndReason, EvaluationResult, Outcome, Spent, SplitName, StepRecord } from "../training/types.ts";

/** One step of the optimizer, or one proposal of a round of a search. */
export interface StepView {
  /** From 1 up: the step, or the round. */
  readonly step: number;
  /** Its number among the proposals of its round, from 1 up; always 1 where there is no search. */
  readonly number: number;
  readonly record: StepRecord;
}

/** One rollout. */
export interface RolloutView {
  /** The step that led to the candidate: 0 for the baseline. In a search, the round of the rollout. */
  readonly step: number;
  readonly outcome: Outcome;
  /** The id of the candidate that ran. */
  readonly candidate: string;
}

/** Scores of one candidate on one part of the data. */
export interface EvaluationView {
  /** The step after which it was scored, or the round in which it was; 0 for the baseline. */
  readonly step: number;
  readonly split: SplitName;
  /** The candidate's id: a hash of its values. */
  readonly candidate: string;
  readonly result: EvaluationResult;
}

/** A candidate of a search. */
export interface CandidateView {
  /** Hash of its values. */
  readonly id: string;
  /** The round in which it was added; 0 for the baseline. */
  readonly round: number;
  /** The ids of the candidates it comes from; none for the baseline. */
  readonly parents: readonly string[];
  /** How it came about: `start`, `proposal`, `merge`, … */
  readonly origin: string;
  /** Parameter values by name. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The mean of its last scores on the validation examples, and its interval of 95%; undefined where it has none. */
  readonly mean: number | undefined;
  readonly interval: Interval | undefined;
  /** The number of validation examples of that mean, and how many of them failed. */
  readonly count: number;
  readonly failures: number;
  /** Means over the validation examples of what else the guide measured, by name. */
  readonly objectives: Readonly<Record<string, number>>;
  /** Whether it led at some time, or shipped; the baseline led first. */
  readonly wasBest: boolean;
}

/** A candidate that led by its validation score after a round, or that ships at the end instead of the leader. */
export interface BestView {
  readonly step: number;
  /** Whether it was named at the end of the run. */
  readonly isAtEnd: boolean;
  /** Undefined where the run does not choose by a score. */
  readonly score: number | undefined;
  readonly candidate: string;
}

/** One line of the events log. */
export interface LogLine {
  readonly type: TrainEvent["type"];
  readonly text: string;
}

/** A run as a plain record. Of an unfinished run it has what has happened so far: then `ended` is undefined. */
export interface RunView {
  /** Undefined before the run has started. */
  readonly runId: string | undefined;
  /** The loop's description, as the run recorded it. */
  readonly spec: unknown;
  /** The steps at which the run was resumed. */
  readonly resumes: readonly number[];
  /** Rounds that have ended: optimizer steps, or rounds of a search. The baseline does not count. */
  readonly rounds: number;
  readonly warnings: readonly string[];
  /** The first failure of each kind: guide, use of tracegrad, a program that always fails. Also in `warnings`. */
  readonly failures: readonly string[];
  /** The error that ended the run, if one did. */
  readonly crash: string | undefined;
  readonly rollouts: readonly RolloutView[];
  readonly steps: readonly StepView[];
  readonly evaluations: readonly EvaluationView[];
  /** The candidates of a search in the order in which they came, the baseline first; none without a search. */
  readonly candidates: readonly CandidateView[];
  /** Each candidate that led, in order, without the baseline at the beginning; the last one ships. */
  readonly bests: readonly BestView[];
  /** The accounts in order; the last one is the current one. */
  readonly spent: readonly Spent[];
  readonly ended: EndReason | undefined;
  /** Whether the finalist is better than the baseline; undefined before the end. */
  readonly verdict: Verdict | undefined;
  readonly log: readonly LogLine[];
  /** `workers` of what `readRun` gives, for the section of workers. Default: the report has no such section. */
  readonly workers?: RecordedStatus | undefined;
  /** What `pictures()` of what `readRun` gives, for the section of pictures. Default: the report has no such section. */
  readonly pictures?: readonly RunPicture[] | undefined;
}

/** A run as people look at it: one plain record, and what it is made of. Types only. */

import type { Interval } from "../math/intervals.ts";
import type { Verdict } from "../training/acceptance/verdict.ts";
import type { TrainEvent } from "../training/events.ts";
import type { EndReason, EvaluationResult, Outcome, Spent, SplitName, StepRecord } from "../training/types.ts";

/** One step of the optimizer, or one proposal of a round of a search. */
export interface StepView {
  /** From 1 up: the step, or the round. */
  readonly step: number;
  /** Its place among those of its round, from 1 up; always 1 where there is no search. */
  readonly place: number;
  readonly record: StepRecord;
}

/** One training run of the agent. */
export interface RolloutView {
  /** How many steps the program had behind it: 0 is the starting artifact. In a search, the round. */
  readonly step: number;
  readonly outcome: Outcome;
  /** The program that ran. */
  readonly candidate: string;
}

/** Scores of one program on one part of the data. */
export interface EvaluationView {
  /** The step after which it was scored, or the round in which it was; 0 is the starting artifact. */
  readonly step: number;
  readonly split: SplitName;
  /** The program's name: a hash of its values. */
  readonly candidate: string;
  readonly result: EvaluationResult;
}

/** A program of a search. */
export interface CandidateView {
  /** Hash of its values. */
  readonly id: string;
  /** The round in which it came; 0 is the starting artifact. */
  readonly round: number;
  /** The programs that it was made from; none for the starting artifact. */
  readonly parents: readonly string[];
  /** How it was made: `start`, `proposal`, `merge`, … */
  readonly origin: string;
  /** Parameter values by name. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The mean of its last scores on the validation examples, and its interval of 95 %; undefined where it has none. */
  readonly mean: number | undefined;
  readonly interval: Interval | undefined;
  /** How many validation examples that mean is of, and how many of them failed. */
  readonly count: number;
  readonly failures: number;
  /** Means over the validation examples of what else the judge measured, by name. */
  readonly objectives: Readonly<Record<string, number>>;
  /** Whether it led at some time, or shipped; the starting artifact led first. */
  readonly wasBest: boolean;
}

/** A program that led by its validation score after a round, or that ships at the end in place of the one that led. */
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

/** A run as a plain record. Of an unfinished run it holds what has happened so far: then `ended` is undefined. */
export interface RunView {
  /** Undefined before the run has started. */
  readonly runId: string | undefined;
  /** The loop's description, as the run recorded it. */
  readonly spec: unknown;
  /** The steps at which the run was resumed. */
  readonly resumes: readonly number[];
  readonly warnings: readonly string[];
  /**
   * What failed first, of each kind: the judge, the use of tracegrad, a program that fails on everything. Warnings too.
   */
  readonly failures: readonly string[];
  /** Why the run could not go on, when an error ended it. */
  readonly crash: string | undefined;
  readonly rollouts: readonly RolloutView[];
  readonly steps: readonly StepView[];
  readonly evaluations: readonly EvaluationView[];
  /** The programs of a search in the order in which they came, the starting artifact first; none without a search. */
  readonly candidates: readonly CandidateView[];
  /** Each program that led, in order, without the starting artifact at the beginning; the last one ships. */
  readonly bests: readonly BestView[];
  /** The accounts in order; the last one is of now. */
  readonly spent: readonly Spent[];
  readonly ended: EndReason | undefined;
  /** Whether the best candidate is better than the start; undefined before the end. */
  readonly verdict: Verdict | undefined;
  readonly log: readonly LogLine[];
}

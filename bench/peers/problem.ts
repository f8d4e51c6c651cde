/**
 * What both libraries are given: a program of texts, a judge, and how the scripted model changes a text by what it
 * reads.
 */

import type { Rng } from "../../src/util/rng.ts";

/** A whole program: texts by name. */
export type Texts = Readonly<Record<string, string>>;

/** What the judge says of a program on an example. */
export interface Judged {
  readonly score: number;
  readonly text: string;
}

/**
 * A problem drawn by a seed. Examples are numbers: the first `train` are for training, as many as `validation` follow.
 */
export interface PeerProblem {
  /** The texts that a run begins with. */
  readonly start: Texts;
  readonly train: number;
  readonly validation: number;
  /** Judges a program on an example. `rng` is the noise of this one judgement. */
  judge(program: Texts, example: number, rng: Rng): Judged;
  /** The expected score on new examples, without noise. */
  truth(program: Texts): number;
}

/** A kind of problem, and how the model changes one of its texts. */
export interface PeerFamily {
  readonly name: string;
  readonly about: string;
  problem(seed: number): PeerProblem;
  /** The text as the feedback wants it; undefined when the feedback says nothing of this text. */
  told(text: string, feedback: string, rng: Rng): string | undefined;
  /** The text with a random change. */
  random(text: string, rng: Rng): string;
}

/** One of the items, each equally likely. */
export function pick<T>(items: readonly T[], rng: Rng): T {
  return items[rng.integer(items.length)] as T;
}

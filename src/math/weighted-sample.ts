/** Weighted random choice, and the weights that ShinkaEvolve gives to parents. */

import { TracegradError } from "../util/errors.ts";
import type { Rng } from "../util/rng.ts";

/**
 * A random index, in proportion to its weight.
 * @throws TracegradError `bad-weights` when one is negative or not a finite number, or none is above 0.
 */
export function sampleIndex(weights: readonly number[], rng: Rng): number {
  const bad = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (bad >= 0 || !(total > 0 && Number.isFinite(total))) {
    const culprit =
      bad >= 0 ? `Weight ${bad} is ${String(weights[bad])}.` : "No weight is above 0, or their sum is not finite.";
    throw new TracegradError("bad-weights", `${culprit} Weights are finite numbers, 0 or more, and not all 0.`);
  }
  return indexAt(weights, rng.float() * total);
}

/**
 * The index whose weight covers a position, when the weights are laid end to end from 0.
 * @param position From 0 up to, but not including, the sum of the weights.
 */
export function indexAt(weights: readonly number[], position: number): number {
  let rest = position;
  let last = 0;
  for (const [at, weight] of weights.entries()) {
    if (weight === 0) continue;
    if (rest < weight) return at;
    rest -= weight;
    last = at;
  }
  // Rounding can leave a rest above the last weight.
  return last;
}

/** What {@link noveltyWeights} reads of a candidate. */
export interface Lineal {
  readonly score: number;
  /** How many candidates were made from it. */
  readonly children: number;
}

/**
 * ShinkaEvolve's weights of parents (Lange et al. 2025, arXiv 2509.19349): sigmoid(10 * (score - median) / MAD) / (1 +
 * children). It prefers candidates that are better than usual, and among these the seldom used. MAD is the median
 * absolute deviation; 1 is used where it is 0.
 * @param sharpness The 10 of the paper.
 * @throws TracegradError `bad-score` for a score that is not a finite number.
 */
export function noveltyWeights(candidates: readonly Lineal[], sharpness: number = 10): number[] {
  const scores = candidates.map(({ score }) => score);
  requireFinite(scores);
  const middle = median(scores);
  const deviation = median(scores.map((score) => Math.abs(score - middle))) || 1;
  return candidates.map(({ score, children }) => {
    const better = 1 / (1 + Math.exp((-sharpness * (score - middle)) / deviation));
    return better / (1 + children);
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] ?? 0)) / 2;
}

function requireFinite(scores: readonly number[]): void {
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) throw new TracegradError("bad-score", `Score ${bad} is ${String(scores[bad])}, not a finite number.`);
}

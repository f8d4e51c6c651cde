/** Few that stand for many: an epsilon-net keeps what is far from all that is kept already (POLCA). */

import { TracegradError } from "../util/errors.ts";

/** A point of some space; all points that are compared have the same length. */
export type Vector = readonly number[];

/**
 * The Euclidean distance.
 * @throws TracegradError `bad-vector` for vectors of different length.
 */
export function distance(a: Vector, b: Vector): number {
  requireSameLength(a, b);
  return Math.hypot(...a.map((value, at) => value - (b[at] as number)));
}

/**
 * Which of the new points to keep: again and again the one that is farthest from all kept ones, as long as that is
 * farther than `epsilon`. So any two kept points are more than `epsilon` apart, and each point left out has a kept one
 * within it. Without any kept before, the first new one is kept first. Of equally far ones the first is taken.
 *
 * @param kept Points that are kept already.
 * @param points New points.
 * @param epsilon The distance below which two count as the same; POLCA has 0.1 for vectors of length 1.
 * @returns Indices into `points`, in the order in which they were taken.
 * @throws TracegradError `bad-option` for an epsilon below 0, `bad-vector` for vectors of different length.
 */
export function epsilonNet(kept: readonly Vector[], points: readonly Vector[], epsilon: number): number[] {
  if (!(epsilon >= 0)) {
    throw new TracegradError("bad-option", `\`epsilon\` is a distance, 0 or more; got ${String(epsilon)}.`);
  }
  const nearest = points.map((point) => Math.min(...kept.map((other) => distance(point, other))));
  const taken: number[] = [];
  for (;;) {
    const farthest = nearest.reduce((best, value, at) => (value > (nearest[best] ?? epsilon) ? at : best), 0);
    if (!((nearest[farthest] ?? 0) > epsilon)) return taken;
    taken.push(farthest);
    const added = points[farthest] as Vector;
    for (const [at, point] of points.entries()) nearest[at] = Math.min(nearest[at] as number, distance(point, added));
  }
}

/**
 * The cosine of the angle: 1 for the same direction, 0 for nothing in common. 0 when one of them is zero.
 * @throws TracegradError `bad-vector` for vectors of different length.
 */
export function cosine(a: Vector, b: Vector): number {
  requireSameLength(a, b);
  const product = a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
  const lengths = Math.hypot(...a) * Math.hypot(...b);
  return lengths === 0 ? 0 : product / lengths;
}

/**
 * How much of it is new: 1 minus the largest {@link cosine} to any of the others, so 0 for what is known and 2 for the
 * opposite of all; 1 when there are none. Throws as that does.
 */
export function novelty(point: Vector, others: readonly Vector[]): number {
  const nearest = others.reduce((most, other) => Math.max(most, cosine(point, other)), Number.NEGATIVE_INFINITY);
  return others.length === 0 ? 1 : 1 - nearest;
}

function requireSameLength(a: Vector, b: Vector): void {
  if (a.length === b.length) return;
  throw new TracegradError("bad-vector", `Vectors of length ${a.length} and ${b.length} cannot be compared.`);
}

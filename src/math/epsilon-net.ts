/** An epsilon-net selects points that are far from all selected ones, so that few represent many (POLCA). */

import { TracegradError } from "../util/errors.ts";

/** A point; points to compare have the same length. */
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
 * Which of the new points to select: repeatedly the one that is farthest from all selected ones, as long as it is
 * farther than `epsilon`. So any two selected points are more than `epsilon` apart, and each other point has a selected
 * one within that distance. Without earlier points the first new one is selected first. The first wins a tie.
 *
 * @param selected Points that are already selected.
 * @param points New points.
 * @param epsilon The distance below which two points count as the same; POLCA has 0.1 for vectors of length 1.
 * @returns Indices into `points`, in the order of their selection.
 * @throws TracegradError `bad-option` for an epsilon below 0, `bad-vector` for vectors of different length.
 */
export function epsilonNet(selected: readonly Vector[], points: readonly Vector[], epsilon: number): number[] {
  if (!(epsilon >= 0)) {
    throw new TracegradError("bad-option", `\`epsilon\` is a distance, 0 or more; got ${String(epsilon)}.`);
  }
  const nearest = points.map((point) => Math.min(...selected.map((other) => distance(point, other))));
  const indices: number[] = [];
  for (;;) {
    const farthest = nearest.reduce((best, value, at) => (value > (nearest[best] ?? epsilon) ? at : best), 0);
    if (!((nearest[farthest] ?? 0) > epsilon)) return indices;
    indices.push(farthest);
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
 * 1 minus the largest {@link cosine} to any of the others: 0 for a known point, 2 for the opposite of all others; 1
 * when there are none. Throws as that does.
 */
export function novelty(point: Vector, others: readonly Vector[]): number {
  const nearest = others.reduce((max, other) => Math.max(max, cosine(point, other)), Number.NEGATIVE_INFINITY);
  return others.length === 0 ? 1 : 1 - nearest;
}

function requireSameLength(a: Vector, b: Vector): void {
  if (a.length === b.length) return;
  throw new TracegradError("bad-vector", `Vectors of length ${a.length} and ${b.length} cannot be compared.`);
}

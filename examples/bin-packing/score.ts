/** Judges a packing by its bins beyond the lower bound, and says where the space went. */

import type { Judgement } from "tracegrad/guides";
import type { PackedInstance } from "./agent.ts";

/** The excess of the worst score, in percent; more counts as this, and so does a rule that fails. */
export const worstExcess = 10;

/** How many bins more than the lower bound were used, in percent of it. */
export function excessOf(bins: number, lowerBound: number): number {
  return 100 * (bins / lowerBound - 1);
}

/** The score, which is the negated excess, and the feedback. */
export function judgeBins({ bins, lowerBound, endedWith }: PackedInstance): Judgement {
  const excess = excessOf(bins, lowerBound);
  const wasted = endedWith
    .map((count, space) => ({ space, count, lost: count * space }))
    .filter(({ space, count }) => space > 0 && count > 0);
  const most = [...wasted].sort((a, b) => b.lost - a.lost).slice(0, 10);
  const lines = most.map(({ space, count, lost }) => `- ${count} bins with ${space} free: ${lost}`);
  const text = [
    `${bins} bins, where at least ${lowerBound} are needed: ${excess.toFixed(3)} % too many.`,
    `${endedWith[0]} bins are full. The space that stayed free in the others is ${sum(wasted.map(({ lost }) => lost))} in total, most of it in`,
    ...lines,
  ].join("\n");
  return { score: -Math.min(excess, worstExcess), text };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

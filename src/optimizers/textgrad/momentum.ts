/** Which points of a gradient were made before: what past changes did not mend. Pure, and without a model. */

import { cut } from "../../util/cut.ts";

/** A point of the newest gradient that past ones made too. */
export interface Recurring {
  readonly point: string;
  /** In how many of the past gradients it stands. */
  readonly times: number;
}

const [mostPoints, pointLength, mostShown] = [200, 300, 5];
/**
 * How many of the words of two points must be shared for them to be one: half. Models seldom say a thing twice alike.
 */
const likeness = 0.5;

/** The points of `now` that stand in `past` too, those that came back most often first. */
export function recurring(now: string, past: readonly string[]): readonly Recurring[] {
  const before = past.map((text) => pointsOf(text).map(wordsOf));
  return pointsOf(now)
    .map((point) => {
      const words = wordsOf(point);
      const isSame = (other: ReadonlySet<string>) => alike(words, other) >= likeness;
      return { point: cut(point, pointLength), times: before.filter((points) => points.some(isSame)).length };
    })
    .filter(({ times }) => times > 0)
    .sort((a, b) => b.times - a.times)
    .slice(0, mostShown);
}

/** The sentences and lines of a text, each once. */
function pointsOf(text: string): readonly string[] {
  const points = text.split(/\n+|(?<=[.!?;])\s+/).map((point) => point.trim());
  return [...new Set(points.filter((point) => point !== ""))].slice(0, mostPoints);
}

/** What a point is about: its words in lower case. Numbers count for nothing, since they tell how much and not what. */
function wordsOf(point: string): ReadonlySet<string> {
  return new Set(point.toLowerCase().match(/\p{L}+/gu) ?? []);
}

/** Shared words of all words; nothing is like a point without words. */
function alike(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of one) if (other.has(word)) shared += 1;
  const all = one.size + other.size - shared;
  return all === 0 ? 0 : shared / all;
}

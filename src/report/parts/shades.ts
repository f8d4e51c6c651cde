/** Shades for scores: classes of the style sheet, and the ramp that says what they mean. */

import { scoreText } from "../figures.ts";
import { type Html, html } from "../markup.ts";

/** The number of shades: the style sheet has a class for each. */
export const shadeCount = 11;

/** How scores between a lowest and a highest one look. */
export interface Shades {
  /** The class of a score; `blank` where there is none. */
  readonly of: (score: number | undefined) => string;
  /** The shades from the lowest to the highest score, with both in figures. */
  readonly ramp: Html;
}

/** Shades from the lowest to the highest of `scores`. */
export function shadesOf(scores: readonly (number | undefined)[]): Shades {
  const known = scores.filter((score) => score !== undefined);
  if (known.length === 0) return { of: () => "blank", ramp: html`` };
  return shadesBetween(
    known.reduce((a, b) => Math.min(a, b)),
    known.reduce((a, b) => Math.max(a, b)),
  );
}

/** Shades for scores from `low` to `high`. */
export function shadesBetween(low: number, high: number): Shades {
  // Halves, since the difference of huge numbers is infinite.
  const share = (score: number): number => (high > low ? (score / 2 - low / 2) / (high / 2 - low / 2) : 1);
  const bars = Array.from({ length: shadeCount }, (_, shade) => html`<i class="h${shade}"></i>`);
  return {
    of: (score) => (score === undefined ? "blank" : `h${Math.round(share(score) * (shadeCount - 1))}`),
    ramp: html`${scoreText(low)} ${bars} ${scoreText(high)}`,
  };
}

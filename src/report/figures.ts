/** Figures as people read them: scores, counts, dollars, times. They do not depend on the locale. */

import type { Interval } from "../math/intervals.ts";
import { differenceOf } from "../math/statistics.ts";
import type { Role } from "../training/types.ts";

/** The most decimals of a score. */
const maxDecimals = 9;

/** The decimals that give `size` that many significant digits. */
export function decimalsOf(size: number, significant: number): number {
  if (!(size > 0 && Number.isFinite(size))) return 0;
  return Math.min(maxDecimals, Math.max(0, significant - 1 - Math.floor(Math.log10(size))));
}

/**
 * A score with two or three digits, or with that many `decimals`; "–" where there is none. A score that is not whole
 * never looks whole: 0.996 is not 1.00.
 */
export function scoreText(score: number | undefined, decimals?: number): string {
  if (score === undefined || !Number.isFinite(score)) return "–";
  return fixed(score, decimals ?? usualDecimals(score));
}

function usualDecimals(score: number): number {
  const size = Math.abs(score);
  if (size >= 100) return size >= 1_000 ? 0 : 1;
  const usual = size > 0 && size < 0.1 ? 3 : 2;
  // A rounding error needs no more digits.
  if (Math.abs(score - Math.round(score)) < 1e-9) return usual;
  let decimals = usual;
  while (decimals < maxDecimals && Number.isInteger(Number(score.toFixed(decimals)))) decimals++;
  return decimals;
}

function fixed(value: number, decimals: number): string {
  return value
    .toFixed(decimals)
    .replace(/^-(?=[0.]*$)/, "")
    .replace("-", "−");
}

/** A mean and, where it is known, the interval that contains the true one in 95 of 100 samples. */
export interface MeanScore {
  readonly mean: number | undefined;
  readonly interval?: Interval | undefined;
}

/** A mean with its interval of 95% where that is known, which sets the digits: `0.60 [0.31, 0.83]`. */
export function spreadText(score: MeanScore | undefined): string {
  if (score === undefined) return "–";
  return withInterval(score, spreadDecimals(score));
}

function spreadDecimals({ mean, interval }: MeanScore): number | undefined {
  if (interval === undefined || mean === undefined) return undefined;
  return decimalsOf((interval.high - interval.low) / 2, 2);
}

function withInterval(score: MeanScore, decimals: number | undefined): string {
  const mean = scoreText(score.mean, decimals);
  return score.interval === undefined ? mean : `${mean} ${intervalText(score, decimals)}`;
}

/** The interval alone: `[0.31, 0.83]`; empty where there is none. */
export function intervalText(score: MeanScore, decimals: number | undefined = spreadDecimals(score)): string {
  const { interval } = score;
  if (interval === undefined) return "";
  return `[${scoreText(interval.low, decimals)}, ${scoreText(interval.high, decimals)}]`;
}

/** Two means and their difference, with enough digits to see it. */
export interface ChangeTexts {
  readonly before: string;
  readonly after: string;
  /** With its sign. */
  readonly gain: string;
}

/** How a mean changed. All three have the same decimals, so that the difference is that of the means as given. */
export function changeTexts(before: MeanScore, after: MeanScore): ChangeTexts {
  const [from, to] = [before.mean ?? Number.NaN, after.mean ?? Number.NaN];
  const gain = differenceOf(to, from);
  const all = [before, after].map((one) => spreadDecimals(one) ?? usualDecimals(one.mean ?? 0));
  const decimals = Math.max(...all, decimalsOf(Math.abs(gain), 1));
  return {
    before: withInterval(before, decimals),
    after: withInterval(after, decimals),
    gain: gainText(gain, decimals),
  };
}

/** A difference of scores with its sign. */
export function gainText(gain: number, decimals?: number): string {
  return gain > 0 ? `+${scoreText(gain, decimals)}` : scoreText(gain, decimals);
}

/** A whole number with thin groups of three: `12 345`. */
export function countText(count: number | undefined): string {
  if (count === undefined || !Number.isFinite(count)) return "–";
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A short count: `950`, `12.3k`, `4.1M`. */
export function shortCount(count: number): string {
  if (count < 1_000) return String(Math.round(count));
  for (const [unit, letter] of [
    [1e3, "k"],
    [1e6, "M"],
  ] as const) {
    const amount = count / unit;
    if (Number(amount.toFixed(1)) < 1_000) return `${amount < 100 ? amount.toFixed(1) : amount.toFixed(0)}${letter}`;
  }
  return `${(count / 1e9).toFixed(1)}G`;
}

/** Dollars with cents, with more digits below ten cents; "unknown" when a price is missing. */
export function dollarText(dollars: number | undefined): string {
  if (dollars === undefined || dollars === null || !Number.isFinite(dollars)) return "unknown";
  return `$${dollars.toFixed(dollars > 0 && dollars < 0.1 ? 4 : 2)}`;
}

/** Who calls models, in the order of accounts, and in words. */
export const roleTexts: readonly (readonly [Role, string])[] = [
  ["agent", "Agent"],
  ["optimizer", "Optimizer"],
  ["judge", "Judge"],
];

/** Seconds as `8 s`, `3 min 05 s`, `2 h 10 min`. */
export function timeText(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.round(Math.max(0, seconds));
  const two = (part: number): string => String(part).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3_600)} h ${two(Math.floor((whole % 3_600) / 60))} min`;
}

/** `1 step`, `2 steps`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

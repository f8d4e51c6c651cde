/** Figures as people read them: scores, counts, dollars, times. The same everywhere: no locale changes them. */

import type { Role } from "../training/types.ts";

/** A score with two or three digits; "–" where there is none. */
export function scoreText(score: number | undefined): string {
  if (score === undefined || !Number.isFinite(score)) return "–";
  const size = Math.abs(score);
  const text =
    size >= 1_000 ? score.toFixed(0) : size >= 100 ? score.toFixed(1) : score.toFixed(size > 0 && size < 0.1 ? 3 : 2);
  return text.replace(/^-(?=[0.]*$)/, "").replace("-", "−");
}

/** A score with its standard error where that is known. */
export function spreadText(mean: number | undefined, error: number | undefined): string {
  return error === undefined || !Number.isFinite(error) ? scoreText(mean) : `${scoreText(mean)} ± ${scoreText(error)}`;
}

/** A difference of scores with its sign. */
export function gainText(gain: number): string {
  return gain > 0 ? `+${scoreText(gain)}` : scoreText(gain);
}

/** A whole number with thin groups of three: `12 345`. */
export function countText(count: number | undefined): string {
  if (count === undefined || !Number.isFinite(count)) return "–";
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A count in few letters: `950`, `12.3k`, `4.1M`. */
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

/** Dollars with cents, with more digits below ten cents; "unknown" when a price was not known. */
export function dollarText(dollars: number | undefined): string {
  if (dollars === undefined || dollars === null || !Number.isFinite(dollars)) return "unknown";
  return `$${dollars.toFixed(dollars > 0 && dollars < 0.1 ? 4 : 2)}`;
}

/** Who calls models, in the order in which accounts tell of them, and in words. */
export const roleTexts: readonly (readonly [Role, string])[] = [
  ["agent", "Program"],
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

/** Means and how far to trust them. */

import { mean as arithmeticMean, sampleStandardDeviation, sum } from "simple-statistics";
import { TracegradError } from "../util/errors.ts";

/**
 * The arithmetic mean, summed so that small values are not lost among large ones.
 * @throws TracegradError `no-values` for no values, `bad-value` when one of them is not a finite number.
 */
export function mean(values: readonly number[]): number {
  requireFinite(values);
  if (values.length === 0) throw new TracegradError("no-values", "No values have no mean. Give at least one.");
  return arithmeticMean(values as number[]);
}

/**
 * The standard error of the mean: the sample's standard deviation (n - 1) over the root of n. NaN, which means
 * unknown, for fewer than two values.
 * @throws TracegradError `bad-value` when one of them is not a finite number.
 */
export function standardError(values: readonly number[]): number {
  requireFinite(values);
  if (values.length < 2) return Number.NaN;
  return sampleStandardDeviation(values as number[]) / Math.sqrt(values.length);
}

/** The relative error that rounding may cause: eight times that of storing a decimal as a double. */
const rounding = 2 ** -50;

/**
 * The largest rounding error of a sum of `values` or of their differences: 0.1 + 0.2 is 5.6e-17 above 0.3. It adds up:
 * the error of a list is the sum of those of its parts.
 */
export function roundingOf(values: readonly number[]): number {
  return rounding * sum(values.map(Math.abs));
}

/**
 * The sum of `values`, or 0 when that is within `error` of 0. So sums that differ by rounding alone compare as equal,
 * whatever the order of their parts.
 * @param error The {@link roundingOf} the numbers that the values were computed from.
 */
export function sumBeyond(values: readonly number[], error: number): number {
  const total = sum(values as number[]);
  return Math.abs(total) <= error ? 0 : total;
}

/** `one` minus `other`, or 0 when they differ by rounding alone. */
export function differenceOf(one: number, other: number): number {
  const difference = one - other;
  return Number.isFinite(difference) && Math.abs(difference) <= roundingOf([one, other]) ? 0 : difference;
}

function requireFinite(values: readonly number[]): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new TracegradError("bad-value", `Value ${index} is ${String(values[index])}, not a finite number.`);
}

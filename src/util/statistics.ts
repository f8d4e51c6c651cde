/** Means and how far to trust them. */

import { mean as arithmeticMean, sampleStandardDeviation } from "simple-statistics";
import { TracegradError } from "./errors.ts";

/**
 * The arithmetic mean, summed without loss of the small among the large.
 * @throws TracegradError `no-values` for no values, `bad-value` when one of them is no finite number.
 */
export function mean(values: readonly number[]): number {
  requireFinite(values);
  if (values.length === 0) throw new TracegradError("no-values", "No values have no mean. Give at least one.");
  return arithmeticMean(values as number[]);
}

/**
 * The standard error of the mean: the sample's standard deviation (n - 1) over the root of n. NaN, which is to
 * say unknown, for fewer than two values.
 * @throws TracegradError `bad-value` when one of them is no finite number.
 */
export function standardError(values: readonly number[]): number {
  requireFinite(values);
  if (values.length < 2) return Number.NaN;
  return sampleStandardDeviation(values as number[]) / Math.sqrt(values.length);
}

function requireFinite(values: readonly number[]): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new TracegradError("bad-value", `Value ${index} is ${String(values[index])}, not a finite number.`);
}

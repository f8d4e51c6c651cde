/**
 * An anytime-valid paired test: is the challenger better than the incumbent, judged by differences that come one after
 * the other, with leave to look after each one and to stop whenever the answer is clear.
 *
 * The null hypothesis: given its size, a difference has either sign equally often, which is so for two equally good
 * candidates under any noise that is the same for both. Against it a bettor stakes the share tanh(x) of his wealth on
 * "positive" each time: the wealth is multiplied by 2 / (1 + exp(-2x)) for x > 0 and its mirror image for x < 0, which
 * is a fair game under the null hypothesis (self-normalised e-process, de la Peña 1999; testing by betting,
 * Waudby-Smith and Ramdas 2024). So the chance that the wealth ever reaches 1 / alpha is at most alpha (Ville's
 * inequality), whatever the distribution of the sizes. The same holds for a challenger that loses more often, size for
 * size.
 *
 * What it does not promise: of a challenger that wins often by little and seldom loses by much, so that its mean is no
 * better, it may say "better". With scores of 0 and 1 that cannot be.
 */

import { TracegradError } from "../../util/errors.ts";
import { requirePositive } from "../../util/require.ts";

/**
 * Bettors between whom the first wealth is shared evenly, by how boldly they bet: x is the boldness times the
 * difference, in units of the mean size so far. Infinity stakes all on each sign: it is ruined by the first loss, and
 * fastest without one.
 */
const boldness: readonly number[] = [0.25, 0.5, 1, 2, Number.POSITIVE_INFINITY];

/** What {@link decide} is told. */
export interface SequentialTest {
  /** The most that the chance to accept an equal candidate may be, over all looks together. Between 0 and 1. */
  readonly alpha: number;
  /** How many pairs could still be had: none left means that the answer is no longer "undecided". */
  readonly remaining: number;
  /** The most that the chance to turn away a better candidate early, as if it were worse, may be. Default: 0.05. */
  readonly beta?: number;
}

interface Wealth {
  /** Logarithms, one a bettor. */
  readonly logs: readonly number[];
  /** How many differences were not zero, and the sum of their sizes. */
  readonly count: number;
  readonly sum: number;
  readonly largest: number;
}

const start: Wealth = { logs: boldness.map(() => 0), count: 0, sum: 0, largest: 0 };

/** log(2 / (1 + exp(-2x))), without overflow. */
function logFactor(x: number): number {
  return x >= 0 ? Math.LN2 - Math.log1p(Math.exp(-2 * x)) : Math.LN2 + 2 * x - Math.log1p(Math.exp(2 * x));
}

/** The x of a bet. Staking all hangs on the sign alone, also where the share of a tiny difference rounds to zero. */
function stake(bold: number, relative: number, difference: number): number {
  return bold === Number.POSITIVE_INFINITY ? Math.sign(difference) * bold : bold * relative;
}

/**
 * After one more difference. The mean size includes it: its sign stays a fair coin. A tie says nothing and changes
 * nothing.
 */
function after(wealth: Wealth, difference: number): Wealth {
  if (difference === 0) return wealth;
  const size = Math.abs(difference);
  const count = wealth.count + 1;
  const sum = wealth.sum + size;
  // Divided first, so that sizes near the largest number do not overflow.
  const relative = (difference / sum) * count;
  const logs = wealth.logs.map((log, at) => log + logFactor(stake(boldness[at] as number, relative, difference)));
  return { logs, count, sum, largest: Math.max(wealth.largest, size) };
}

/** The mean of the bettors' wealth: the e-value. */
function evidence(logs: readonly number[]): number {
  return logs.reduce((sum, log) => sum + Math.exp(log), 0) / logs.length;
}

/**
 * More than the wealth that `pairs` more wins could bring, when none of them is larger than the largest difference so
 * far. A win counts most against a small mean, so each is taken as the largest, and the others as nothing.
 */
function most(wealth: Wealth, pairs: number): number {
  const logs = [...wealth.logs];
  const relative = wealth.count === 0 ? 1 : wealth.largest / (wealth.sum + wealth.largest);
  for (let pair = 1; pair <= pairs; pair++) {
    const x = relative * (wealth.count + pair);
    for (const [at, log] of logs.entries()) logs[at] = log + logFactor(stake(boldness[at] as number, x, 1));
  }
  return evidence(logs);
}

function wealthAfterEach(differences: readonly number[]): Wealth[] {
  let wealth = start;
  return differences.map((difference, at) => {
    if (!Number.isFinite(difference)) {
      throw new TracegradError(
        "bad-difference",
        `Difference ${at} is ${String(difference)}. Give the challenger's score minus the incumbent's, a finite number.`,
      );
    }
    wealth = after(wealth, difference);
    return wealth;
  });
}

/**
 * The evidence after each pair that the challenger is better: e-values, 1 meaning none. Under the null hypothesis each
 * is 1 on average, and the chance that any of them ever reaches 1 / alpha is at most alpha. Neither the scale of the
 * differences nor ties among them make a difference.
 *
 * @param differences Challenger's score minus incumbent's, one a pair, in the order in which they came.
 * @throws TracegradError `bad-difference` when one is no finite number.
 */
export function pairedEvidence(differences: readonly number[]): number[] {
  return wealthAfterEach(differences).map(({ logs }) => evidence(logs));
}

/**
 * An e-value that `pairs` pairs cannot exceed, so that a caller can tell beforehand when a test could never accept: it
 * could not with `mostEvidence(pairs) < 1 / alpha`. Infinity when it is too large for a number.
 * @throws TracegradError `bad-option` unless `pairs` is a whole number, 0 or more.
 */
export function mostEvidence(pairs: number): number {
  requirePositive("pairs", pairs, { zero: true });
  return most(start, pairs);
}

/**
 * Accepts as soon as the evidence has ever reached 1 / alpha. Rejects as soon as even winning all remaining pairs, none
 * by more than the largest difference so far, could not bring it there, or the evidence that the challenger is worse
 * has reached 1 / beta. With nothing remaining it rejects what it does not accept.
 *
 * @param differences All so far, in the order in which they came.
 * @throws TracegradError `bad-difference` when one is no finite number, `bad-option` for an alpha or beta that is no
 *   chance.
 */
export function decide(differences: readonly number[], test: SequentialTest): "accept" | "reject" | "undecided" {
  const { alpha, remaining, beta = 0.05 } = test;
  requireChance("alpha", alpha);
  requireChance("beta", beta);
  requirePositive("remaining", remaining, { zero: true });
  const path = wealthAfterEach(differences);
  if (path.some(({ logs }) => evidence(logs) >= 1 / alpha)) return "accept";
  if (most(path.at(-1) ?? start, remaining) < 1 / alpha) return "reject";
  const against = pairedEvidence(differences.map((difference) => -difference));
  return against.some((value) => value >= 1 / beta) ? "reject" : "undecided";
}

function requireChance(option: string, value: number): void {
  if (value > 0 && value < 1) return;
  throw new TracegradError("bad-option", `\`${option}\` is a chance between 0 and 1; got ${String(value)}.`);
}

/** Evidence that the mean of bounded values is above zero, valid even when one looks after each value. */

/** The shares of their wealth that the bettors bet on a positive mean. Each starts with an equal part. */
const bets: readonly number[] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** The limit of a bettor's wealth, since losing an infinite wealth gives NaN. It adds no evidence. */
const maxBettorWealth = 1e300;

/**
 * The wealth of a bettor who starts with 1 and bets on a mean above zero (testing by betting, Waudby-Smith and Ramdas
 * 2024). If the mean is not above zero, the probability that it ever reaches 1 / alpha is at most alpha (Ville's
 * inequality), however often one looks.
 * @param values In their order, none below -`reach`.
 */
export function wealthOf(values: readonly number[], reach: number): number {
  return wealthAfterEach(values, reach).at(-1) ?? 1;
}

/** The largest {@link wealthOf} after any of the values, at least 1: the evidence when one looks each time. */
export function maxWealth(values: readonly number[], reach: number): number {
  return wealthAfterEach(values, reach).reduce((max, wealth) => Math.max(max, wealth), 1);
}

function wealthAfterEach(values: readonly number[], reach: number): readonly number[] {
  if (reach <= 0) return values.map(() => 1);
  let bettors = bets.map(() => 1);
  return values.map((value) => {
    const share = value / reach;
    bettors = bettors.map((wealth, at) => Math.min(wealth * (1 + (bets[at] as number) * share), maxBettorWealth));
    return bettors.reduce((sum, wealth) => sum + wealth, 0) / bets.length;
  });
}

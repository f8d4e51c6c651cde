/** Evidence that the mean of bounded values is above zero, which may be looked at after each value. */

/**
 * The shares of the wealth that are bet on a positive mean, each by a bettor with an equal part of the first wealth.
 */
const bets: readonly number[] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * A bettor keeps what is above this, since an infinite wealth that is lost is no number. No evidence is added by it.
 */
const mostOfABettor = 1e300;

/**
 * The wealth of a bettor who began with 1 and bet on a mean above zero (testing by betting, Waudby-Smith and Ramdas
 * 2024). If the mean is not above zero, the chance that it ever reaches 1 / alpha is at most alpha (Ville's
 * inequality), however often one looks.
 * @param values In the order in which they came, none below -`reach`.
 */
export function wealthOf(values: readonly number[], reach: number): number {
  return wealthAfterEach(values, reach).at(-1) ?? 1;
}

/**
 * The most that {@link wealthOf} was after any of the values, and at least 1: the evidence of one who looked each time.
 */
export function mostWealth(values: readonly number[], reach: number): number {
  return wealthAfterEach(values, reach).reduce((most, wealth) => Math.max(most, wealth), 1);
}

function wealthAfterEach(values: readonly number[], reach: number): readonly number[] {
  if (reach <= 0) return values.map(() => 1);
  let bettors = bets.map(() => 1);
  return values.map((value) => {
    const share = value / reach;
    bettors = bettors.map((wealth, at) => Math.min(wealth * (1 + (bets[at] as number) * share), mostOfABettor));
    return bettors.reduce((sum, wealth) => sum + wealth, 0) / bets.length;
  });
}

/** Evidence that the mean of bounded values is above zero, which may be looked at after each value. */

/** The shares of the wealth that are bet on a positive mean, each by a bettor with an equal part of the first wealth. */
const bets: readonly number[] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * The wealth of a bettor who began with 1 and bet on a mean above zero (testing by betting, Waudby-Smith and Ramdas 2024). If
 * the mean is not above zero, the chance that it ever reaches 1 / alpha is at most alpha (Ville's inequality), however often one
 * looks.
 * @param values In the order in which they came, none below -`reach`.
 */
export function wealthOf(values: readonly number[], reach: number): number {
  if (reach <= 0) return 1;
  const ends = bets.map((bet) => values.reduce((wealth, value) => wealth * (1 + (bet * value) / reach), 1));
  return ends.reduce((sum, wealth) => sum + wealth, 0) / bets.length;
}

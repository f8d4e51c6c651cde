/** Waits that grow: how long to leave a provider alone that has failed several times in a row. */

/**
 * The wait after so many failures in a row, in milliseconds: the first, then three times as long each up to `maxMs`,
 * give or take a quarter, so that those that failed together do not come back together.
 */
export function growingWait(firstMs: number, failures: number, maxMs: number): number {
  const jitter = 0.75 + Math.random() / 2;
  return Math.min(firstMs * 3 ** (failures - 1), maxMs) * jitter;
}

/** The sign-flip test: do differences add up to more than they would with random signs? */

/** Up to this number of differences all signs are tried; above it, sums are counted on a grid. */
const maxExact = 14;
/** Steps of the grid between 0 and the largest sum. */
const steps = 2 ** 15;

/**
 * The p-value of "each difference is symmetric around zero", against a larger sum: the share of the assignments of
 * signs that give at least the observed sum (Fisher's randomization test). All assignments count. With more than 14
 * differences that are not zero, their sizes are rounded to a grid, so that equal sums are counted together (Pagano and
 * Tritchler 1983): which of two nearly equal sums is larger may change, but the guarantee holds. 1 without differences.
 */
export function signFlipTest(differences: readonly number[]): number {
  const sizes = differences.filter((difference) => difference !== 0).map(Math.abs);
  const sum = differences.reduce((total, difference) => total + difference, 0);
  // Sums of the same numbers in another order differ by rounding.
  const smallest = sum - 1e-9 * sizes.reduce((total, size) => total + size, 0);
  if (sizes.length === 0) return 1;
  return sizes.length <= maxExact ? exactShare(sizes, smallest) : gridShare(differences);
}

function exactShare(sizes: readonly number[], smallest: number): number {
  const all = 2 ** sizes.length;
  let count = 0;
  for (let signs = 0; signs < all; signs++) {
    const sum = sizes.reduce((total, size, at) => total + ((signs >> at) & 1 ? size : -size), 0);
    if (sum >= smallest) count += 1;
  }
  return count / all;
}

function gridShare(differences: readonly number[]): number {
  const total = differences.reduce((sum, difference) => sum + Math.abs(difference), 0);
  const rounded = differences.map((difference) => Math.round((Math.abs(difference) / total) * steps));
  const positive = rounded.reduce((sum, size, at) => sum + ((differences[at] as number) > 0 ? size : 0), 0);
  // The probability of each sum of the positive differences, after one more difference each time.
  const probabilities = new Float64Array(rounded.reduce((sum, size) => sum + size, 0) + 1);
  probabilities[0] = 1;
  let reached = 0;
  for (const size of rounded) {
    reached += size;
    for (let sum = reached; sum >= 0; sum--) {
      probabilities[sum] =
        ((probabilities[sum] as number) + (sum < size ? 0 : (probabilities[sum - size] as number))) / 2;
    }
  }
  return Math.min(
    1,
    probabilities.subarray(positive).reduceRight((sum, probability) => sum + probability, 0),
  );
}

/** The sign-flip test: are differences positive more than by chance, when each was as likely to have the other sign? */

import { seeded } from "./rng.ts";

/** Up to so many differences all signs are tried; above, so many assignments are drawn. */
const mostExact = 14;
const draws = 20_000;

/**
 * The p-value of "each difference is symmetric around zero", against a larger sum: the share of the assignments of signs that
 * give at least the sum that was seen (Fisher's randomization test). Exact up to 14 differences that are not zero, and by 20,000
 * drawn assignments, always the same, above. 1 for none.
 */
export function signFlipTest(differences: readonly number[]): number {
  const sizes = differences.filter((difference) => difference !== 0).map(Math.abs);
  const sum = differences.reduce((total, difference) => total + difference, 0);
  // Sums of the same numbers in another order differ by rounding.
  const least = sum - 1e-9 * sizes.reduce((total, size) => total + size, 0);
  if (sizes.length === 0) return 1;
  return sizes.length <= mostExact ? exactShare(sizes, least) : drawnShare(sizes, least);
}

function exactShare(sizes: readonly number[], least: number): number {
  const all = 2 ** sizes.length;
  let count = 0;
  for (let signs = 0; signs < all; signs++) {
    const sum = sizes.reduce((total, size, at) => total + ((signs >> at) & 1 ? size : -size), 0);
    if (sum >= least) count += 1;
  }
  return count / all;
}

function drawnShare(sizes: readonly number[], least: number): number {
  const rng = seeded("sign-flip");
  let count = 1;
  for (let draw = 0; draw < draws; draw++) {
    const sum = sizes.reduce((total, size) => total + (rng.float() < 0.5 ? size : -size), 0);
    if (sum >= least) count += 1;
  }
  return count / (draws + 1);
}

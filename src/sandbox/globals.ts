/** The global names that code parameters may use, and the nearest of them to a mistyped one. */

/** Standard globals that QuickJS and Node both have, and the four that the sandbox adds. */
export const GLOBALS: ReadonlySet<string> = new Set(
  `undefined NaN Infinity globalThis
  Object Function Boolean Symbol Number BigInt String RegExp Date Math JSON Reflect Proxy Promise
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError
  Array Map Set WeakMap WeakSet WeakRef FinalizationRegistry
  ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
  Float32Array Float64Array BigInt64Array BigUint64Array
  parseInt parseFloat isNaN isFinite encodeURI encodeURIComponent decodeURI decodeURIComponent escape unescape
  console structuredClone TextEncoder TextDecoder`.split(/\s+/),
);

/** Nobody means a longer name by a mistyped one; and the time goes with the square of the length. */
const maxMistyped = 60;

/** The candidate nearest to `name` by edit distance, when it is near enough to be meant. */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxMistyped) return undefined;
  let best: string | undefined;
  let least = Math.min(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(name, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Insertions, deletions, changes and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  const rows: number[][] = [Array.from({ length: y.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= x.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= y.length; j++) {
      let least = Math.min(at(i - 1, j - 1) + (x[i - 1] === y[j - 1] ? 0 : 1), at(i - 1, j) + 1, at(i, j - 1) + 1);
      const swapped = i > 1 && j > 1 && x[i - 1] === y[j - 2] && x[i - 2] === y[j - 1];
      if (swapped) least = Math.min(least, at(i - 2, j - 2) + 1);
      row.push(least);
    }
  }
  return at(x.length, y.length);
}

/** How times and bytes are taken inside one process. */

/** Milliseconds that `fn` takes. */
export function timeOf(fn: () => unknown): number {
  const start = performance.now();
  kept[0] = fn();
  return performance.now() - start;
}

/** Milliseconds that `fn` takes: the median of `times` runs, each on a fresh `make()`, whose time does not count. */
export function medianTime<T>(times: number, make: () => T, fn: (made: T) => unknown): number {
  const taken: number[] = [];
  for (let index = 0; index < times; index++) {
    const made = make();
    taken.push(timeOf(() => fn(made)));
  }
  return median(taken);
}

/** Bytes that the value of `make` holds on the heap. Needs `node --expose-gc`. */
export function bytesOf(make: () => unknown): number {
  const before = heapUsed();
  kept[0] = make();
  return heapUsed() - before;
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** What was measured last: held so that it is neither optimised away nor collected while it is measured. */
const kept: unknown[] = [];

function heapUsed(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("Bytes can be measured only under `node --expose-gc`.");
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

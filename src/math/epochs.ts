/** How an epoch begins when a batch crosses into it: no batch has an item twice. */

/**
 * The order of an epoch that continues a batch: its first `count` items are not among `recent`. The others keep their
 * order.
 * @param order All items, in the order that the epoch would have by itself.
 * @param recent What the batch already has of the epoch before.
 * @param count How many items the batch still needs. Default: as many as there are, so that `recent` comes last.
 */
export function startEpoch<T>(order: readonly T[], recent: Iterable<T>, count: number = order.length): readonly T[] {
  const avoided = new Set(recent);
  const first = order.filter((item) => !avoided.has(item)).slice(0, count);
  const isFirst = new Set(first);
  return [...first, ...order.filter((item) => !isFirst.has(item))];
}

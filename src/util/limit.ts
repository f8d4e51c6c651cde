/** Runs work a few at a time: over many items, with results in their order, or as it comes, the most urgent first. */

/** Lets work begin a few at a time: what is most urgent first, then what has waited longest. */
export class WorkQueue {
  readonly #limit: number;
  readonly #waiting: { readonly urgency: number; readonly begin: () => void }[] = [];
  #underWay = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` when its turn has come, in the async context of the caller. */
  async run<T>(urgency: number, work: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#limit) this.#underWay += 1;
    else await new Promise<void>((begin) => this.#wait({ urgency, begin }));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay -= 1;
      else next.begin();
    }
  }

  #wait(waiter: { readonly urgency: number; readonly begin: () => void }): void {
    const later = this.#waiting.findIndex(({ urgency }) => urgency < waiter.urgency);
    this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, waiter);
  }
}

/**
 * `work` on each item, at most `limit` under way at once. Rejects with the first error by item order, after all that
 * had begun have settled, so that nothing continues unseen; no further item starts after an error.
 */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const errors = new Map<number, unknown>();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && errors.size === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        errors.set(index, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (errors.size > 0) throw errors.get(Math.min(...errors.keys()));
  return results;
}

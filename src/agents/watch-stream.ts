/** Looks at a stream while it passes: each part, and once, its end or its failure. */

/** What is called while a stream passes. */
export interface StreamWatcher<T> {
  part(part: T): void;
  /** At the end, also where the reader stops before it: then with the parts so far. */
  end(): void;
  fail(error: unknown): void;
}

/** The same stream, watched. The end is seen before its reader sees it. */
export function watchStream<T>(stream: ReadableStream<T>, watcher: StreamWatcher<T>): ReadableStream<T> {
  const reader = stream.getReader();
  let isOver = false;
  const settle = (how: () => void): void => {
    if (isOver) return;
    isOver = true;
    how();
  };
  return new ReadableStream<T>({
    async pull(controller) {
      const next = await reader.read().catch((error: unknown) => {
        settle(() => watcher.fail(error));
        throw error;
      });
      // Whoever stops reading ends a read that is under way.
      if (isOver) return;
      if (next.done) {
        settle(() => watcher.end());
        controller.close();
      } else {
        watcher.part(next.value);
        controller.enqueue(next.value);
      }
    },
    async cancel(reason) {
      settle(() => watcher.end());
      await reader.cancel(reason);
    },
  });
}

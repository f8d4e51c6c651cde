/** Looks at a stream while it passes: each part, and once, how it ended. */

/** What is called while a stream passes. */
export interface StreamWatcher<T> {
  part(part: T): void;
  end(): void;
  /** Where the reader stops before the end. */
  left(): void;
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
      settle(() => watcher.left());
      await reader.cancel(reason);
    },
  });
}

/** A stream of `parts` whose connection is then cut. */
export function cutStream<T>(parts: readonly T[]): ReadableStream<T> {
  const waiting = parts.values();
  return new ReadableStream<T>({
    pull(controller) {
      const { done, value } = waiting.next();
      if (done !== true) return controller.enqueue(value);
      controller.error(cutError());
    },
  });
}

/** As `fetch` throws it for a connection that was cut. */
export function cutError(): Error {
  const cause = Object.assign(new Error("The reply ended before it was whole"), { code: "UND_ERR_SOCKET" });
  return new TypeError("terminated", { cause });
}

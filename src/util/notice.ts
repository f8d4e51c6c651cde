/** Short notices from deep inside of a run to whoever shows it, such as a console: what it is waiting for. */

import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<(text: string) => void>();

/** Runs `fn`, and all that it awaits, with its notices given to `listener`. */
export function withNotices<R>(listener: (text: string) => void, fn: () => R): R {
  return storage.run(listener, fn);
}

/** Gives a notice to whoever listens to the run that the caller is in; false when nobody does. */
export function notice(text: string): boolean {
  const listener = storage.getStore();
  listener?.(text);
  return listener !== undefined;
}

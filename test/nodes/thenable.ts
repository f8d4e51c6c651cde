/** Objects that can be awaited and are no promises, as query builders and lazy clients give them. */

/** A thenable that does `start` when it is awaited; its `then` gives nothing back. */
export function thenable<T>(start: (done: (value: T) => void) => void): PromiseLike<T> {
  const made = {};
  Reflect.set(made, "then", (done: (value: T) => void) => void start(done));
  return made as PromiseLike<T>;
}

/** Which function of the user's stands behind one that this library has made of it. */

/** What a function was made of. */
export interface Origin {
  readonly fn: Function;
  /** The object that it is bound to; undefined when it is bound to none. */
  readonly self: unknown;
  /** Host functions and constants that it is given by name. */
  readonly scope: Readonly<Record<string, unknown>>;
}

const origins = new WeakMap<Function, Origin>();

/** Remembers that `made` was made of `fn`. */
export function rememberOrigin(made: Function, { fn, self, scope = {} }: Partial<Origin> & Pick<Origin, "fn">): void {
  origins.set(made, { fn, self, scope });
}

/** What stands behind `fn`; undefined when this library has not made it. */
export function originOf(fn: Function): Origin | undefined {
  return origins.get(fn);
}

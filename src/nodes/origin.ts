/** Which function of the user is behind a wrapper that this library has made. */

/** What a function was made of. */
export interface FunctionOrigin {
  readonly fn: Function;
  /** The object that it is bound to; undefined when it is bound to none. */
  readonly self: unknown;
  /** Host functions and constants that it is given by name. */
  readonly scope: Readonly<Record<string, unknown>>;
}

const origins = new WeakMap<Function, FunctionOrigin>();

/** Remembers that `wrapper` was made of `fn`. */
export function rememberOrigin(
  wrapper: Function,
  { fn, self, scope = {} }: Partial<FunctionOrigin> & Pick<FunctionOrigin, "fn">,
): void {
  origins.set(wrapper, { fn, self, scope });
}

/** What is behind `fn`; undefined when this library has not made it. */
export function originOf(fn: Function): FunctionOrigin | undefined {
  return origins.get(fn);
}

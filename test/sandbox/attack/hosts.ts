/** The host functions that attacks may have in their scope: plain ones, and ones that throw or give anything at all. */

/** What the host functions of one run tell about it. */
export interface HostWatch {
  /** Called when a function is called after its run is over. */
  late(name: string): unknown;
  /** Called when the vault is opened, with what was said at the door. */
  opened(word: unknown): void;
  /** Calls the program of the run again, from within. */
  again(): unknown;
}

/** The functions by name. */
export type HostName = "echo" | "boom" | "give" | "slow" | "never" | "vault" | "again" | "hold";

const deep = (depth: number): unknown => {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};

function cyclic(): unknown {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function getter(fields: readonly string[], base: object): unknown {
  for (const field of fields) {
    Object.defineProperty(base, field, {
      enumerable: true,
      get() {
        throw new Error(`no ${field}`);
      },
    });
  }
  return base;
}

const thrower = (): never => {
  throw new Error("a trap");
};
const traps = new Proxy({}, { get: () => thrower });

/** Made once, since the time that takes is the host's own. */
const huge = "h".repeat(25_000_000);
let chain = new Error("x");
for (let i = 0; i < 20_000; i++) chain = new Error("x", { cause: chain });

/** What `boom(kind)` throws. */
const thrown: Readonly<Record<string, () => unknown>> = {
  error: () => new RangeError("a host error"),
  null: () => null,
  undefined: () => undefined,
  symbol: () => Symbol("thrown"),
  bigint: () => 10n,
  function: () => thrower,
  proxy: () => new Proxy({}, traps),
  revoked,
  "huge message": () => new Error(huge),
  "symbol message": () => Object.assign(new Error("x"), { message: Symbol("message") }),
  "object name": () => Object.assign(new Error("x"), { name: { toString: thrower } }),
  "symbol name": () => Object.assign(new Error("x"), { name: Symbol("name") }),
  "huge name": () => Object.assign(new Error("x"), { name: huge }),
  getters: () => getter(["message", "name", "stack"], new Error("x")),
  "cyclic cause": () => {
    const error = new Error("x");
    error.cause = error;
    return error;
  },
  "deep cause": () => chain,
  frozen: () => Object.freeze(new Error("frozen")),
  "null prototype": () => Object.create(null) as unknown,
  "lone surrogates": () => new Error("\ud800".repeat(1_000)),
};

// oxlint-disable-next-line unicorn/no-thenable -- this is the attack
const thenable = (then: (go: (value: unknown) => void) => void): unknown => ({ then });

/** What `give(kind)` returns. */
const given: Readonly<Record<string, () => unknown>> = {
  function: () => thrower,
  symbol: () => Symbol("given"),
  proxy: () => new Proxy({}, traps),
  revoked,
  cyclic,
  deep: () => deep(20_000),
  getters: () => getter(["a"], {}),
  huge: () => huge,
  many: () => Array.from({ length: 50_000 }, (_, i) => i),
  sparse: () => new Array(4_294_967_295),
  "own __proto__": () => JSON.parse('{"__proto__":{"polluted":true}}') as unknown,
  instance: () =>
    new (class Account {
      balance = 1;
    })(),
  tagged: () => ({ $type: "bigint", v: "9".repeat(500_000) }),
  thenable: () => thenable((go) => go(7)),
  "silent thenable": () => thenable(() => undefined),
  rejection: () => Promise.reject(new Error("rejected")),
};

/** The kinds of things that `boom` throws and `give` returns, for families that try them all. */
export const kinds: { readonly thrown: readonly string[]; readonly given: readonly string[] } = {
  thrown: Object.keys(thrown),
  given: Object.keys(given),
};

/** Makes the named functions for one run; after `end()` each call counts as late. */
export function hostFunctions(
  names: readonly HostName[],
  watch: HostWatch,
): { readonly scope: Readonly<Record<string, unknown>>; end(): void } {
  let over = false;
  const waiting: ((value: unknown) => void)[] = [];
  const all: Readonly<Record<HostName, (...args: never[]) => unknown>> = {
    echo: (value: unknown) => value,
    boom: (kind: unknown) => {
      const make = thrown[String(kind)];
      throw make === undefined ? new Error(`boom: ${String(kind)}`) : make();
    },
    give: (kind: unknown) => given[String(kind)]?.(),
    slow: () => new Promise((resolve) => waiting.push(resolve)),
    never: () => new Promise(() => undefined),
    vault: (word: unknown) => {
      watch.opened(word);
      return "gold";
    },
    again: () => watch.again(),
    hold: (value: unknown) => new Promise((resolve) => setImmediate(() => resolve(value))),
  };
  const scope = Object.fromEntries(
    names.map((name) => [
      name,
      (...args: never[]) => {
        if (over) watch.late(name);
        return all[name](...args);
      },
    ]),
  );
  return {
    scope,
    end: () => {
      over = true;
      // `slow` answers now, after the session.
      for (const resolve of waiting) resolve("slow");
    },
  };
}

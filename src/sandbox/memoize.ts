/** A sandbox that computes once: a call that is made again gets the result that it had before. */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { getOrSet } from "../util/collections.ts";
import { SandboxError } from "./errors.ts";
import { decode, encode } from "./marshal.ts";
import { wholeNumber } from "./options.ts";
import type { CallResult, Sandbox, SandboxProgram, SandboxSession } from "./sandbox.ts";

/** Options of {@link memoize}. */
export interface MemoizeOptions {
  /**
   * The memory that results may take, in bytes. Those used longest ago go first, and one that is larger is not kept.
   * Default: 64 MiB.
   */
  readonly maxBytes?: number;
}

/**
 * A sandbox that remembers what calls gave. A call of the same text with equal arguments is made once, whatever the
 * session: after that its result comes from memory, as a copy. For functions whose result depends on their arguments alone
 * and which take long to compute. Not for those that keep something between calls, and not where a host function in
 * `scope` has to be called each time, or reads what changes, such as a parameter.
 *
 * Calls that fail are made again. So are those of a text that reads `Math.random`, and outside of seeded sessions, which
 * all runs of a trainer have, those of a text that names `Date`.
 * @throws SandboxError `"bad-option"` unless `maxBytes` is a positive whole number.
 * @example
 * ```ts
 * import { memoize, quickjs } from "tracegrad/extend";
 *
 * const sandbox = memoize(quickjs());
 * ```
 */
export function memoize(sandbox: Sandbox, { maxBytes = 64 * 2 ** 20 }: MemoizeOptions = {}): Sandbox {
  const memory = new ResultMemory(wholeNumber("maxBytes", maxBytes));
  return {
    name: sandbox.name,
    load: () => sandbox.load(),
    check: (source, spec) => sandbox.check(source, spec),
    open: (seed) => memoizedSession(sandbox.open(seed), memory, seed !== undefined),
  };
}

function memoizedSession(inner: SandboxSession, memory: ResultMemory, seeded: boolean): SandboxSession {
  return {
    call: (program, args) => {
      const key = memory.keyOf({ program, args, seeded });
      return (memory.recall(key) ?? memory.remember(key, { value: inner.call(program, args) })).value;
    },
    callMany: (program, lists) => {
      const calls = lists.map((args) => {
        const key = memory.keyOf({ program, args, seeded });
        return { args, key, known: memory.recall(key) };
      });
      const rest = calls.filter(({ known }) => known === undefined).map(({ args }) => args);
      const fresh = inner.callMany(program, rest).values();
      return calls.map(({ key, known }): CallResult => {
        if (known !== undefined) return known;
        const result = fresh.next().value as CallResult;
        return "value" in result ? memory.remember(key, result) : result;
      });
    },
    callAsync: async (program, args) => {
      const key = memory.keyOf({ program, args, seeded, later: true });
      return (memory.recall(key) ?? memory.remember(key, { value: await inner.callAsync(program, args) })).value;
    },
    close: () => inner.close(),
  };
}

/** A call, and what its session is like. */
interface KeyedCall {
  readonly program: SandboxProgram;
  readonly args: readonly unknown[];
  readonly seeded: boolean;
  /** Whether it is an asynchronous one. */
  readonly later?: boolean;
}

interface Returned {
  readonly value: unknown;
}

interface ProgramFacts {
  /** All of the program that decides what a call gives. */
  readonly text: string;
  readonly draws: boolean;
  readonly readsClock: boolean;
}

/** What calls returned, as text, by all that decides it. */
class ResultMemory {
  readonly #results: LRUCache<string, string>;
  readonly #programs = new WeakMap<SandboxProgram, ProgramFacts>();
  /** Numbers for what a scope holds, which is the same only where it is the same object. */
  readonly #objects = new WeakMap<object, number>();
  #objectCount = 0;

  constructor(maxBytes: number) {
    this.#results = new LRUCache({ maxSize: maxBytes, sizeCalculation: (text) => 2 * text.length + 200 });
  }

  /** Undefined for a call that may give something else the next time, and where the arguments cannot pass. */
  keyOf({ program, args, seeded, later = false }: KeyedCall): string | undefined {
    const facts = getOrSet(this.#programs, program, () => this.#factsOf(program));
    // The clock of a seeded session begins at the same time in every call.
    if (facts.draws || (facts.readsClock && !seeded)) return undefined;
    const text = textOf(args);
    if (text === undefined) return undefined;
    return createHash("sha256").update(`${later} ${facts.text}`).update(text).digest("base64");
  }

  #factsOf({ source, spec, scope }: SandboxProgram): ProgramFacts {
    const used = spec.scope.map((name) => [name, this.#identityOf(scope[name])]);
    return {
      text: JSON.stringify([source, spec.entry, spec.params, used]),
      draws: /\bMath\W+random\b|\{[^{}]*\brandom\b[^{}]*\}\s*=\s*Math\b/.test(source),
      readsClock: /\bDate\b/.test(source),
    };
  }

  #identityOf(value: unknown): unknown {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    return isObject ? getOrSet(this.#objects, value, () => this.#objectCount++) : textOf(value);
  }

  /** What an earlier call returned, as a copy. */
  recall(key: string | undefined): Returned | undefined {
    const text = key === undefined ? undefined : this.#results.get(key);
    return text === undefined ? undefined : { value: decode(text, Infinity) };
  }

  /** Gives back what it remembers. */
  remember(key: string | undefined, returned: Returned): Returned {
    const text = key === undefined ? undefined : textOf(returned.value);
    if (key !== undefined && text !== undefined) this.#results.set(key, text);
    return returned;
  }
}

/** Undefined for what cannot pass: a call with it says so itself. */
function textOf(value: unknown): string | undefined {
  try {
    return encode(value, "it", Infinity);
  } catch (error) {
    if (error instanceof SandboxError) return undefined;
    throw error;
  }
}

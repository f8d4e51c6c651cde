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
 * A sandbox that remembers what calls gave. A call of the same text with equal arguments is not made again, in no session
 * of this sandbox: its result comes from memory, as a copy. For functions whose result depends on their arguments alone
 * and which take long to compute; not for those that keep something between calls, or that count on host functions in
 * their `scope` being called.
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
  const keyOf = (way: string, program: SandboxProgram, args: readonly unknown[]): string | undefined =>
    repeats(program, seeded) ? memory.keyOf(way, program, args) : undefined;
  const callMany = (program: SandboxProgram, lists: readonly (readonly unknown[])[]): readonly CallResult[] => {
    const calls = lists.map((args) => {
      const key = keyOf("call", program, args);
      return { args, key, known: memory.recall(key) };
    });
    const made = inner.callMany(
      program,
      calls.filter(({ known }) => known === undefined).map(({ args }) => args),
    );
    let next = 0;
    return calls.map(({ key, known }) => {
      if (known !== undefined) return known;
      const result = made[next++] as CallResult;
      if ("value" in result) memory.remember(key, result.value);
      return result;
    });
  };
  return {
    callMany,
    call: (program, args) => {
      const key = keyOf("call", program, args);
      const known = memory.recall(key);
      if (known !== undefined) return known.value;
      return memory.remember(key, inner.call(program, args));
    },
    callAsync: async (program, args) => {
      const key = keyOf("callAsync", program, args);
      const known = memory.recall(key);
      if (known !== undefined) return known.value;
      return memory.remember(key, await inner.callAsync(program, args));
    },
    close: () => inner.close(),
  };
}

/** Whether the text gives the same again. The clock of a seeded session begins at the same time in every call. */
function repeats({ source }: SandboxProgram, seeded: boolean): boolean {
  if (/\bMath\W+random\b|\{[^{}]*\brandom\b[^{}]*\}\s*=\s*Math\b/.test(source)) return false;
  return seeded || !/\bDate\b/.test(source);
}

/** Results as text, by all that decides them. */
class ResultMemory {
  readonly #results: LRUCache<string, string>;
  /** What stands for a program in keys. */
  readonly #programs = new WeakMap<SandboxProgram, string>();
  /** Numbers for what a scope holds, which is the same only where it is the same object. */
  readonly #objects = new WeakMap<object, number>();
  #objectCount = 0;

  constructor(maxBytes: number) {
    this.#results = new LRUCache({ maxSize: maxBytes, sizeCalculation: (text) => 2 * text.length + 200 });
  }

  /** Undefined for arguments that cannot pass: the call says so itself. */
  keyOf(way: string, program: SandboxProgram, args: readonly unknown[]): string | undefined {
    const text = textOf(args);
    if (text === undefined) return undefined;
    const known = getOrSet(this.#programs, program, () => this.#textOfProgram(program));
    return createHash("sha256").update(`${way}${known}`).update(text).digest("base64");
  }

  #textOfProgram({ source, spec, scope }: SandboxProgram): string {
    const used = spec.scope.map((name) => [name, this.#idOf(scope[name])]);
    return JSON.stringify([source, spec.entry, spec.params, used]);
  }

  #idOf(value: unknown): unknown {
    if ((typeof value !== "object" || value === null) && typeof value !== "function")
      return [typeof value, String(value)];
    return getOrSet(this.#objects, value, () => this.#objectCount++);
  }

  /** The result of an earlier call, as a copy. */
  recall(key: string | undefined): { readonly value: unknown } | undefined {
    const text = key === undefined ? undefined : this.#results.get(key);
    return text === undefined ? undefined : { value: decode(text, Infinity) };
  }

  /** Gives the result back. */
  remember(key: string | undefined, value: unknown): unknown {
    const text = key === undefined ? undefined : textOf(value);
    if (key !== undefined && text !== undefined) this.#results.set(key, text);
    return value;
  }
}

function textOf(value: unknown): string | undefined {
  try {
    return encode(value, "it", Infinity);
  } catch (error) {
    if (error instanceof SandboxError) return undefined;
    throw error;
  }
}

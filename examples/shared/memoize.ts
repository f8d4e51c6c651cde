/** A sandbox that does not make the same call twice, for programs whose result depends on their arguments alone. */

import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import { LRUCache } from "lru-cache";
import type { Sandbox, SandboxProgram } from "tracegrad/extend";

/**
 * A call of the same text with equal arguments gets a plain copy of the first call's result, whatever the example or run.
 * These calls are always made: asynchronous ones, `callMany`, those that failed before, and those of a text that seems to
 * draw random numbers. A remembered call calls no host function, so host functions in `scope` must not read anything that
 * changes.
 *
 * @param maxBytes How much memory results may take. Those used longest ago go first.
 */
export function memoize(sandbox: Sandbox, maxBytes: number): Sandbox {
  const results = new LRUCache<string, Buffer>({ maxSize: maxBytes, sizeCalculation: ({ length }) => length + 200 });
  const keys = new CallKeys();
  return {
    name: sandbox.name,
    load: () => sandbox.load(),
    check: (source, spec) => sandbox.check(source, spec),
    open: (seed) => {
      const session = sandbox.open(seed);
      return {
        call: (program, args) => {
          const key = keys.keyOf(program, args);
          if (key === undefined) return session.call(program, args);
          const known = results.get(key);
          if (known !== undefined) return deserialize(Buffer.from(known));
          const result = session.call(program, args);
          const bytes = bytesOf(result);
          if (bytes !== undefined) results.set(key, bytes);
          return result;
        },
        callMany: (program, lists) => session.callMany(program, lists),
        callAsync: (program, args) => session.callAsync(program, args),
        close: () => session.close(),
      };
    },
  };
}

/** Any use of `Math` but a plain member that is not `random`; and `globalThis`, which leads to it. Comments count, too. */
const mayDraw = /\bMath\b(?!\s*\.\s*(?!random\b)\w)|\bglobalThis\b/;

/** What stands for a call: the program, what its scope holds, and the arguments. */
class CallKeys {
  /** What a scope holds is the same only where it is the same object. */
  readonly #numbers = new WeakMap<object, number>();
  #count = 0;

  /** Undefined for a call that has to be made. */
  keyOf({ source, spec, scope }: SandboxProgram, args: readonly unknown[]): string | undefined {
    const bytes = mayDraw.test(source) ? undefined : bytesOf(args);
    if (bytes === undefined) return undefined;
    const held = spec.scope.map((name) => this.#identityOf(scope[name]));
    const program = JSON.stringify([source, spec, held]);
    return createHash("sha256").update(program).update(bytes).digest("base64");
  }

  #identityOf(value: unknown): readonly unknown[] {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isObject) return [typeof value, Object.is(value, -0) ? "-0" : String(value)];
    const number = this.#numbers.get(value) ?? this.#count++;
    this.#numbers.set(value, number);
    return [number];
  }
}

/** Undefined for what has no bytes, such as a function. */
function bytesOf(value: unknown): Buffer | undefined {
  try {
    return serialize(value);
  } catch {
    return undefined;
  }
}

/**
 * Copies of data, so that each run, judgement and repeat receives the data as loaded, whatever earlier ones did to
 * theirs.
 */

import { byteTypes, setField } from "../../util/decode.ts";
import { isObject } from "../../util/is-record.ts";
import { isContainer } from "../../util/tree.ts";
import { typeName } from "../../util/type-name.ts";
import type { Example } from "../types.ts";

const copies = new WeakSet<Example>();

/**
 * A copy of the example with its data as they are now. Each reading of an `input` or `target` that is an object gives
 * another copy (see {@link copyOf}), so that no reader sees what another does to it; texts and numbers need none. A
 * copy is returned as it is.
 * @param shared Collects the types of objects that cannot be copied.
 */
export function copyExample<I, K>(example: Example<I, K>, shared?: Set<string>): Example<I, K> {
  if (copies.has(example)) return example;
  const { id } = example;
  const [input, target] = [copyOf(example.input, shared), copyOf(example.target, shared)];
  // Fields that are defined one by one would take ten times as long, and data may have many rows.
  const copy =
    isObject(input) || isObject(target)
      ? {
          id,
          get input() {
            return copyOf(input);
          },
          get target() {
            return copyOf(target);
          },
        }
      : { id, input, target };
  copies.add(Object.freeze(copy));
  return copy;
}

/**
 * A deep copy of arrays, records, maps, sets, dates, regular expressions and bytes; shared parts stay shared and cycles
 * stay cycles. Functions and instances of other classes are not copied: they may have private fields, or represent
 * something external. Data that throw when read are returned as they are. Linear and without recursion, so deep data
 * are safe.
 * @param shared Collects the types of objects that are not copied and may be written to.
 */
function copyOf<T>(value: T, shared?: Set<string>): T {
  if (typeof value !== "object" || value === null) return value;
  try {
    return new Copier(shared).copyRoot(value) as T;
  } catch {
    return value;
  }
}

class Copier {
  readonly #copies = new Map<object, object>();
  readonly #pending: (readonly [source: object, copy: object])[] = [];
  readonly #shared: Set<string> | undefined;

  constructor(shared: Set<string> | undefined) {
    this.#shared = shared;
  }

  copyRoot(root: object): unknown {
    const copy = this.#of(root);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) this.#fill(...next);
    return copy;
  }

  #of(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    const copy = emptyCopy(value) ?? this.#sharedPart(value);
    this.#copies.set(value, copy);
    if (copy !== value) this.#pending.push([value, copy]);
    return copy;
  }

  #sharedPart(value: object): object {
    if (this.#shared !== undefined && !Object.isFrozen(value)) this.#shared.add(typeName(value));
    return value;
  }

  #fill(source: object, copy: object): void {
    if (Array.isArray(copy)) {
      for (let index = 0; index < copy.length; index++) {
        const item: unknown = copy[index];
        if (typeof item === "object" && item !== null) copy[index] = this.#of(item);
      }
    } else if (copy instanceof Map) {
      for (const [key, item] of source as Map<unknown, unknown>) copy.set(this.#of(key), this.#of(item));
    } else if (copy instanceof Set) {
      for (const item of source as Set<unknown>) copy.add(this.#of(item));
    } else if (isContainer(copy)) {
      const from = source as Record<string, unknown>;
      for (const key of Object.keys(from)) setField(copy as Record<string, unknown>, key, this.#of(from[key]));
    }
  }
}

/** A copy to be filled; complete for values without parts; undefined for what is not copied. */
function emptyCopy(value: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return prototype === Array.prototype ? value.slice() : undefined;
  if (prototype === Object.prototype) return {};
  if (prototype === null) return Object.create(null) as object;
  if (prototype === Map.prototype) return new Map();
  if (prototype === Set.prototype) return new Set();
  if (prototype === Date.prototype) return new Date((value as Date).getTime());
  if (prototype === RegExp.prototype) return copyOfRegExp(value as RegExp);
  return copyOfBytes(value, prototype);
}

function copyOfRegExp(value: RegExp): RegExp {
  const copy = new RegExp(value);
  copy.lastIndex = value.lastIndex;
  return copy;
}

function copyOfBytes(value: object, prototype: unknown): object | undefined {
  const isPlain = Object.values(byteTypes).some((type) => type.prototype === prototype);
  if (!isPlain) return undefined;
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (!(value instanceof DataView)) return (value as Uint8Array).slice();
  return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
}

/**
 * What the marshal uses of its realm. Taken first, so that code that changes the built-ins later changes no encoding.
 */

/** What JSON.parse can give. */
export type WireJson = null | boolean | number | string | WireJson[] | { [key: string]: WireJson };
/** Any function, to be called through {@link Tools.apply}. */
export type Fn = (...args: never[]) => unknown;
/** Makes a typed array of a list of numbers or bigints. */
export type TypedArrayMaker = { from(items: unknown[]): object };

/** What the marshal needs of its realm, taken before any foreign code can change it. */
export interface Tools {
  readonly tag: string;
  readonly mark: string;
  readonly maxDepth: number;
  readonly stringify: (value: unknown) => string;
  readonly parse: (text: string) => WireJson;
  readonly apply: (fn: Fn, self: unknown, args: readonly unknown[]) => unknown;
  readonly isArray: (value: unknown) => value is unknown[];
  readonly keys: (value: object) => string[];
  readonly create: (proto: null) => Record<string, WireJson>;
  readonly define: (target: object, key: string, attributes: PropertyDescriptor) => unknown;
  readonly protoOf: (value: object) => unknown;
  readonly objectProto: object;
  readonly toText: Fn;
  readonly includes: Fn;
  readonly slice: Fn;
  readonly getTime: Fn;
  readonly mapForEach: Fn;
  readonly setForEach: Fn;
  readonly valueOf: Record<string, Fn>;
  readonly makers: Record<string, TypedArrayMaker>;
  readonly buffer: { new (size: number): ArrayBuffer; prototype: ArrayBuffer };
  readonly bytes: { new (buffer: ArrayBuffer): Uint8Array; from(items: unknown[]): Uint8Array };
  readonly errors: Record<string, new (message: string) => Error>;
  readonly Map: new () => Map<unknown, unknown>;
  readonly Set: new () => Set<unknown>;
  readonly mapSet: Fn;
  readonly setAdd: Fn;
  readonly Date: new (ms: number) => Date;
  readonly RegExp: new (source: string, flags: string) => RegExp;
  readonly BigInt: (text: string) => bigint;
  readonly Number: (text: unknown) => number;
  readonly String: (value: unknown) => string;
  readonly TypeError: new (message: string) => Error;
}

/** Takes the tools; runs on both sides, so it uses nothing but globals. */
export function takeTools(): Tools {
  const makers = { __proto__: null } as unknown as Record<string, TypedArrayMaker>;
  const all = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
  for (const maker of [...all, Float32Array, Float64Array, BigInt64Array, BigUint64Array]) {
    // Bound here, so that `from` needs no lookup on the constructor later.
    makers[maker.name] = { from: (maker.from as Fn).bind(maker as never) as TypedArrayMaker["from"] };
  }
  const errors = { __proto__: null } as unknown as Tools["errors"];
  for (const kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    errors[kind.name] = kind;
  }
  return {
    tag: "$type",
    mark: '"$type":',
    maxDepth: 200,
    ...{ stringify: JSON.stringify, parse: JSON.parse, apply: Reflect.apply as Tools["apply"] },
    ...{ isArray: Array.isArray, keys: Object.keys, create: Object.create, define: Object.defineProperty },
    ...{ protoOf: Object.getPrototypeOf, objectProto: Object.prototype, toText: Object.prototype.toString },
    ...{ includes: String.prototype.includes as Fn, slice: String.prototype.slice as Fn },
    ...{ getTime: Date.prototype.getTime, mapForEach: Map.prototype.forEach, setForEach: Set.prototype.forEach },
    valueOf: { Number: Number.prototype.valueOf, String: String.prototype.valueOf, Boolean: Boolean.prototype.valueOf },
    ...{ makers, errors, buffer: ArrayBuffer, bytes: Uint8Array, TypeError },
    ...{ Map, Set, mapSet: Map.prototype.set as Fn, setAdd: Set.prototype.add as Fn, Date, RegExp },
    ...{ BigInt: BigInt as Tools["BigInt"], Number: Number as Tools["Number"], String: String as Tools["String"] },
  };
}

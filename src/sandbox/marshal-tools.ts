/**
 * What the marshal uses of its realm. Taken first, so that code that changes the built-ins later changes no encoding.
 */

/** What JSON.parse can give. */
export type WireJson = null | boolean | number | string | WireJson[] | { [key: string]: WireJson };
/** Any function, to be called through {@link Tools.apply}. */
export type Fn = (...args: never[]) => unknown;

/** What of a realm tells the classes of its objects. */
interface Kinds {
  /** What makes typed arrays of lists of numbers or bigints. */
  readonly makers: Readonly<Record<string, { from(items: unknown[]): object }>>;
  /** The classes of errors. */
  readonly errors: Readonly<Record<string, new (message: string) => Error>>;
  /** The built-in classes, by their prototypes. */
  readonly kinds: Map<unknown, string>;
}

/** What may still be written: values, and UTF-16 units of their texts. */
export interface PackBudget {
  left: number;
  chars: number;
}

/** What a text from inside may still cost, in the steps of marshal-survey.ts. */
export interface ReadBudget {
  left: number;
}

/** What the marshal works with. */
export interface Tools extends RealmTools {
  /** The value as JSON, or what is wrong with it and where. See marshal-pack.ts. */
  readonly pack: (
    t: RealmTools,
    value: unknown,
    label: string,
    budget: PackBudget,
  ) => { readonly json: WireJson; readonly problem?: string };
  /** See marshal-read.ts. */
  readonly unpack: (t: RealmTools, json: WireJson, budget: ReadBudget | undefined) => unknown;
}

/** Functions as text for the other side, with the name of the one to call. */
export interface SourceText {
  readonly text: string;
  readonly entry: string;
}

/** What the marshal needs of its realm, taken before any foreign code can change it. */
export interface RealmTools extends Kinds {
  readonly tag: string;
  readonly mark: string;
  readonly maxDepth: number;
  /** Larger bigints do not pass: they would keep the other side busy. */
  readonly maxBigInt: bigint;
  /** How many items of a list are asked whether they are accessors: the engine inside takes longer for it. */
  readonly maxItems: number;
  /** Inside, a Proxy cannot be told from what it shows itself to be. */
  readonly isProxy: (value: object) => boolean;
  readonly stringify: (value: unknown) => string;
  readonly parse: (text: string) => WireJson;
  readonly apply: (fn: Fn, self: unknown, args: readonly unknown[]) => unknown;
  readonly isArray: (value: unknown) => value is unknown[];
  readonly keys: (value: object) => string[];
  readonly names: (value: object) => string[];
  readonly symbols: (value: object) => symbol[];
  /** The names of the properties that a list of this length has beside its items. */
  readonly extraNames: (list: object, length: number) => string[];
  readonly own: (value: object, key: string) => PropertyDescriptor | undefined;
  readonly hasOwn: (value: object, key: string | number) => boolean;
  readonly lookupGetter: Fn;
  readonly create: (proto: null) => Record<string, WireJson>;
  readonly define: (target: object, key: string, attributes: PropertyDescriptor) => unknown;
  readonly protoOf: (value: object) => object | null;
  readonly objectProto: object;
  readonly arrayProto: object;
  readonly mapGet: Fn;
  readonly fnText: Fn;
  readonly includes: Fn;
  readonly slice: Fn;
  readonly codeAt: Fn;
  readonly getTime: Fn;
  readonly mapForEach: Fn;
  readonly setForEach: Fn;
  readonly lengthOf: Fn;
  readonly bufferOf: Fn;
  readonly bytes: { new (buffer: ArrayBuffer): Uint8Array; from(items: unknown[]): Uint8Array };
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

function takeKinds(): Kinds {
  const makers = { __proto__: null } as unknown as Record<string, Kinds["makers"][string]>;
  const errors = { __proto__: null } as unknown as Record<string, Kinds["errors"][string]>;
  const kinds = new Map<unknown, string>();
  const numbers = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
  for (const kind of [...numbers, Float32Array, Float64Array, BigInt64Array, BigUint64Array]) {
    // Bound here, so that `from` needs no lookup on the constructor later.
    makers[kind.name] = { from: (kind.from as Fn).bind(kind as never) as Kinds["makers"][string]["from"] };
    kinds.set(kind.prototype, kind.name);
  }
  for (const kind of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    errors[kind.name] = kind;
    kinds.set(kind.prototype, kind.name);
  }
  const aggregate = function (message: string): Error {
    return new AggregateError([], message);
  };
  errors["AggregateError"] = aggregate as unknown as Kinds["errors"][string];
  for (const kind of [AggregateError, Object, Array, Date, RegExp, Map, Set, ArrayBuffer, Promise, WeakMap]) {
    kinds.set(kind.prototype, kind.name);
  }
  return { makers, errors, kinds };
}

function takeExtraNames(): RealmTools["extraNames"] {
  const { keys, getOwnPropertyNames: allNames } = Object;
  const [asNumber, asText] = [Number, String];
  return (list, length) => {
    // To ask a long list for what is not enumerable costs more than to pass it.
    const names = length > 1_000 ? keys(list) : allNames(list);
    const extra: string[] = [];
    // The items come first, in order.
    for (let i = names.length - 1; i >= 0; i--) {
      const name = names[i] as string;
      const index = asNumber(name);
      if (index >= 0 && index < length && asText(index) === name) break;
      if (name !== "length") extra[extra.length] = name;
    }
    return extra;
  };
}

/** Takes the tools; runs on both sides, so it uses nothing but globals and its siblings. */
export function takeTools(isProxy: (value: object) => boolean = () => false, maxItems: number = 1_000): RealmTools {
  const ofTyped = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(Int8Array.prototype)) as unknown as Record<
    "length" | "buffer",
    { readonly get: Fn }
  >;
  return {
    ...takeKinds(),
    ...{ tag: "$type", mark: '"$type":', maxDepth: 200, maxBigInt: 1n << 32_768n, isProxy, maxItems },
    ...{ stringify: JSON.stringify, parse: JSON.parse, apply: Reflect.apply as RealmTools["apply"] },
    ...{ isArray: Array.isArray, keys: Object.keys, create: Object.create, define: Object.defineProperty },
    ...{ names: Object.getOwnPropertyNames, symbols: Object.getOwnPropertySymbols, extraNames: takeExtraNames() },
    ...{ own: Object.getOwnPropertyDescriptor, hasOwn: Object.hasOwn, protoOf: Object.getPrototypeOf },
    lookupGetter: (Object.prototype as unknown as Record<string, Fn>)["__lookupGetter__"] as Fn,
    ...{ objectProto: Object.prototype, arrayProto: Array.prototype, mapGet: Map.prototype.get as Fn },
    ...{ fnText: Function.prototype.toString, codeAt: String.prototype.charCodeAt as Fn },
    ...{ includes: String.prototype.includes as Fn, slice: String.prototype.slice as Fn },
    ...{ getTime: Date.prototype.getTime, mapForEach: Map.prototype.forEach, setForEach: Set.prototype.forEach },
    ...{ lengthOf: ofTyped.length.get, bufferOf: ofTyped.buffer.get, bytes: Uint8Array, TypeError },
    ...{ Map, Set, mapSet: Map.prototype.set as Fn, setAdd: Set.prototype.add as Fn, Date, RegExp },
    ...{
      BigInt: BigInt as RealmTools["BigInt"],
      Number: Number as RealmTools["Number"],
      String: String as RealmTools["String"],
    },
  };
}

/** The text of the functions of this file, and the name of the one that takes the tools. */
export function toolsText(): SourceText {
  return { text: [takeKinds, takeExtraNames, takeTools].join("\n"), entry: takeTools.name };
}

/**
 * Gives the worlds of both levels the same built-ins: takes away what Node 20 or QuickJS lacks, what depends on the
 * locale data of the machine, and the name of the time zone at the end of a date as text, which QuickJS does not know.
 */
import { GLOBALS } from "./globals.ts";
import { fixSource } from "./guest-fixes.ts";

/** What the sandbox adds to the language by itself. */
const added = ["console", "structuredClone", "TextEncoder", "TextDecoder"];

/** The globals that come with the language, of those that a world has. */
export const languageNames: readonly string[] = [...GLOBALS, "eval"].filter((name) => !added.includes(name));

const under = (owner: string, names: string): string[] => names.split(" ").map((name) => `${owner}.${name}`);

/** What a world does not have below its globals, as paths. */
const removed: readonly string[] = [
  ...["Object.groupBy", "Map.groupBy", "Set.groupBy", "Array.fromAsync", "RegExp.escape"],
  ...under("Promise", "withResolvers try"),
  ...under("Math", "sumPrecise f16round"),
  ...under("Error", "isError captureStackTrace"),
  ...under("JSON", "rawJSON isRawJSON"),
  ...under("Symbol", "dispose asyncDispose"),
  ...under("RegExp", "input $_ lastMatch $& lastParen $+ leftContext $` rightContext $'"),
  ...under("RegExp", "$1 $2 $3 $4 $5 $6 $7 $8 $9"),
  ...under("Set.prototype", "union intersection difference symmetricDifference isSubsetOf isSupersetOf isDisjointFrom"),
  ...under("Map.prototype", "getOrInsert getOrInsertComputed"),
  ...under("WeakMap.prototype", "getOrInsert getOrInsertComputed"),
  ...under("DataView.prototype", "getFloat16 setFloat16"),
  ...under("ArrayBuffer.prototype", "transfer transferToFixedLength detached"),
  ...under("Uint8Array", "fromBase64 fromHex"),
  ...under("Uint8Array.prototype", "toBase64 toHex setFromBase64 setFromHex"),
  ...under("Function.prototype", "fileName lineNumber columnNumber"),
  ...under("String.prototype", "localeCompare toLocaleUpperCase toLocaleLowerCase"),
  ...under("Date.prototype", "toLocaleString toLocaleDateString toLocaleTimeString"),
  ...["Object", "Array", "Number", "BigInt"].map((owner) => `${owner}.prototype.toLocaleString`),
];

/** Takes away all but the globals of the given names, the given paths, and what came later to hidden prototypes. */
function removeNames(names: readonly string[], paths: readonly string[]): void {
  const { deleteProperty, getPrototypeOf, ownKeys } = Reflect;
  const above = (value: object, steps: number): object =>
    steps === 0 ? value : above(getPrototypeOf(value) as object, steps - 1);
  for (const iterator of [above([].values(), 2), above((async function* () {})(), 3)]) {
    for (const key of ownKeys(iterator)) {
      if (key !== Symbol.iterator && key !== Symbol.asyncIterator) deleteProperty(iterator, key);
    }
  }
  deleteProperty(above(Int8Array.prototype, 1), "toLocaleString");
  for (const path of paths) {
    const keys = path.split(".");
    const last = keys.pop() as string;
    let owner: unknown = globalThis;
    for (const key of keys) owner = (owner as Record<string, unknown>)[key];
    deleteProperty(owner as object, last);
  }
  for (const name of ownKeys(globalThis)) {
    if (typeof name === "symbol" || !names.includes(name)) deleteProperty(globalThis, name);
  }
}

/** Takes the name of the time zone out of the texts of dates. */
function shortenDates(): void {
  const { apply, defineProperty } = Reflect;
  const { indexOf, slice } = String.prototype;
  for (const name of ["toString", "toTimeString"] as const) {
    const whole = Date.prototype[name];
    const shorten = {
      [name](this: Date): string {
        const text = apply(whole, this, []) as string;
        const end = apply(indexOf, text, [" ("]) as number;
        return end < 0 ? text : (apply(slice, text, [0, end]) as string);
      },
    }[name];
    defineProperty(Date.prototype, name, { value: shorten, writable: true, configurable: true });
  }
}

/** An expression to evaluate in a fresh world, of either engine, before any other text. */
export function evenSource(): string {
  return `(() => { "use strict"; const __name = (fn) => fn;
${fixSource()}
${removeNames}
${shortenDates}
${removeNames.name}(${JSON.stringify(languageNames)}, ${JSON.stringify(removed)});
${shortenDates.name}(); })()`;
}

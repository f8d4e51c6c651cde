/** Random hostile programs: built-ins, hostile objects, host calls and the border, mixed by a grammar from a seed. */
import { type Rng, seeded } from "tracegrad/extend";
import type { Attack } from "./attack.ts";
import { kinds } from "./hosts.ts";

const values = [
  "0 -0 1 -1 NaN Infinity 2**31 2**32 2**53 5e-324 1e21 0n -1n 2n**64n 7n**3000n null undefined true",
  "'' 'a' 'x'.repeat(1e5) '\\ud800' '\\u202e' '__proto__' '$type' '{\"a\":1}' '=1' '!{}' [] [1,,2] {} aim aim.list aim.map",
  "new.target globalThis this Symbol.iterator Symbol('s') /a*b/g /(a+)+b/ new(Date)(NaN) new(Map)() new(Set)([1])",
  "new(Uint8Array)(9) new(ArrayBuffer)(8) new(Error)('e') new(Array)(1e6) new(Array)(2**32-1) (()=>1) (class{}) Promise",
].flatMap((line) => line.split(" "));

const globals = [
  "Object Function Array String Number Boolean Symbol Math JSON Reflect Proxy Promise Error RangeError Map Set WeakMap",
  "WeakRef Date RegExp BigInt ArrayBuffer DataView Uint8Array Float64Array BigInt64Array parseInt encodeURI escape",
  "structuredClone TextEncoder TextDecoder console FinalizationRegistry AggregateError decodeURIComponent globalThis",
].flatMap((line) => line.split(" "));

const members = [
  "constructor prototype __proto__ toString valueOf toJSON then catch finally call apply bind map filter reduce forEach sort",
  "reverse join concat slice splice fill flat flatMap indexOf includes lastIndexOf split replace replaceAll repeat padEnd",
  "normalize match matchAll search trim at with toSorted keys values entries get set has add delete clear size length name",
  "message stack cause exec test source flags lastIndex parse stringify assign create defineProperty defineProperties freeze",
  "getOwnPropertyNames getPrototypeOf setPrototypeOf fromEntries groupBy construct ownKeys all race any allSettled resolve",
  "reject withResolvers from of raw fromCharCode now getTime toISOString toFixed toPrecision asUintN max min pow random",
  "log error buffer byteLength subarray transfer resize deref register encode decode revocable next return throw caller",
].flatMap((line) => line.split(" "));

/** Without what is huge: the corpus has it, and it would be most of the time. */
const small = (all: readonly string[]): readonly string[] => all.filter((kind) => !kind.includes("huge"));

const symbols =
  "iterator asyncIterator toPrimitive toStringTag species hasInstance isConcatSpreadable match replace split";
const traps =
  "get set has deleteProperty ownKeys getOwnPropertyDescriptor defineProperty getPrototypeOf apply construct";

const variables = ["v0", "v1", "v2", "v3"];

/** Writes one program. */
class Writer {
  readonly #rng: Rng;
  /** How many functions, which are not asynchronous, are around what is being written. */
  #inside = 0;

  constructor(seed: number) {
    this.#rng = seeded(seed);
  }

  /** The statements, the last of which gives the result. */
  statements(): readonly string[] {
    const count = 1 + this.#below(6);
    const lines = Array.from({ length: count }, () => `try { ${this.#statement(3)} } catch {}`);
    return [...lines, `return ${this.#value(4)}`];
  }

  #below(bound: number): number {
    return this.#rng.integer(bound);
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  #name(): string {
    return this.#one(variables);
  }

  /** What stands in a function of its own. */
  #within(write: () => string): string {
    this.#inside++;
    const text = write();
    this.#inside--;
    return text;
  }

  #ask(call: string): string {
    return `(${this.#inside === 0 ? "AWAIT " : ""}${call})`;
  }

  #statement(depth: number): string {
    const value = (): string => this.#value(depth);
    const within = (write: () => string): string => this.#within(write);
    const inner = (): string => (depth > 0 ? this.#statement(depth - 1) : "0");
    const kinds: readonly (() => string)[] = [
      () => `${this.#name()} = ${value()}`,
      () => `try { ${inner()}; ${inner()} } catch (e) { ${inner()} }`,
      () => `for (let i = 0; i < ${this.#one(["3", "100", "1e4", "Infinity"])}; i++) { ${inner()} }`,
      () => `for (const x of ${value()}) { ${inner()} }`,
      () => `${this.#one(globals)}.${this.#one(["prototype.", ""])}${this.#one(members)} = ${value()}`,
      () => `${this.#name()}[${value()}] = ${value()}`,
      () => `globalThis.${this.#one(globals)} = ${value()}`,
      () =>
        `Object.defineProperty(${value()}, ${value()}, { get() { return ${within(value)} }, set(x) { ${within(inner)} } })`,
      () => `console.log(${value()}, ${value()})`,
      () => `if (${value()}) { ${inner()} } else { ${inner()} }`,
      () => `throw ${value()}`,
      () => `${value()}`,
    ];
    return this.#one(kinds)();
  }

  #value(depth: number): string {
    if (depth <= 0) return this.#one([this.#name(), this.#one(values), this.#one(globals)]);
    const value = (): string => this.#value(depth - 1);
    const within = (write: () => string): string => this.#within(write);
    const member = (): string => this.#one(members);
    const forms: readonly (() => string)[] = [
      () => this.#one(values),
      () => this.#name(),
      () => `(${value()})?.${member()}`,
      () => `(${value()}).${member()}(${value()}, ${value()})`,
      () => `${this.#one(globals)}.${member()}(${value()})`,
      () => `${this.#one(globals)}.prototype.${member()}.call(${value()}, ${value()})`,
      () => `new (${this.#one(globals)})(${value()}, ${value()})`,
      () => `(${value()}) ${this.#one(["+", "*", "**", "<", "in", "instanceof", "===", "??", ","])} (${value()})`,
      () => `[${value()}, ...[${value()}]]`,
      () => `({ a: ${value()}, [(${value()})]: ${value()}, get b() { return ${within(value)} } })`,
      () => `({ [Symbol.${this.#one(symbols.split(" "))}]() { return ${within(value)} }, then: ${value()} })`,
      () => `new Proxy(${value()}, { ${this.#one(traps.split(" "))}(...a) { return ${within(value)} } })`,
      () => `\`\${${value()}}\``,
      () => `(() => { ${within(() => this.#statement(depth - 1))}; return ${within(value)} })()`,
      () => `(function* () { yield ${within(value)}; yield* ${within(value)} })()`,
      () => this.#ask(`echo(${value()})`),
      () => this.#ask(`boom(${JSON.stringify(this.#one(small(kinds.thrown)))})`),
      () => this.#ask(`give(${JSON.stringify(this.#one(small(kinds.given)))})`),
      () => `Array.from({ length: ${this.#one(["10", "1e5", "1e9"])} }, () => ${within(value)})`,
      () => `JSON.parse(JSON.stringify(${value()}))`,
      () => `structuredClone(${value()})`,
    ];
    return this.#one(forms)();
  }
}

/** A program: its seed, and which of its statements are left. */
export interface FuzzProgram {
  readonly seed: number;
  readonly statements?: readonly number[];
}

/** What names a program in a batch. */
export function fuzzTitle({ seed, statements }: FuzzProgram): string {
  return `seed ${seed}${statements === undefined ? "" : ` statements ${statements.join(",")}`}`;
}

/** The program that a title names; undefined for any other title. */
export function fuzzProgramOf(title: string): FuzzProgram | undefined {
  const [, seed, statements] = /^seed (\d+)(?: statements ([\d,]*))?$/.exec(title) ?? [];
  if (seed === undefined) return undefined;
  const left = statements?.split(",").filter(Boolean).map(Number);
  return { seed: Number(seed), ...(left && { statements: left }) };
}

/** A random program as an attack. Only what must hold for every program is asked of it. */
export function fuzzAttack(program: FuzzProgram): Attack {
  const all = new Writer(program.seed).statements();
  const left = program.statements ?? all.map((_, at) => at);
  const lines = [`let ${variables.map((name) => `${name} = aim`).join()}`, ...left.map((at) => all[at] ?? "")];
  // `this` outside of a class would be refused, and there is nothing to learn from that.
  const body = lines.join(";\n").replace(/\bthis\b|\bnew\.target\b/g, "aim");
  return { family: "random", name: fuzzTitle(program), body, hosts: ["echo", "boom", "give"] };
}

/** How many statements a program has. */
export function fuzzLength(seed: number): number {
  return new Writer(seed).statements().length;
}

/** Seeded randomness and a clock of its own for code that is to do the same whenever it is run again. */

/**
 * The time at which the clock of a seeded world begins, at each call: 1 January 2026, UTC. Each reading is a
 * millisecond later.
 */
const began = Date.UTC(2026, 0, 1);

/** What decides what one call of a unit draws. */
export interface RandomStates {
  /** While the unit's text is run for the first time in its world. */
  readonly define: string;
  /** While it is called. */
  readonly call: string;
}

/** The draws of the calls of one session: by the seed, what is called with what, and how often that was so before. */
export class SandboxRandom {
  readonly #seed: string;
  readonly #counts = new Map<string, number>();

  constructor(seed: string) {
    this.#seed = seed;
  }

  of(entry: string, code: string, args: string): RandomStates {
    const key = `${entry} ${hash(args)}`;
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    return { define: `${hash(`${this.#seed}/${code}`)},0`, call: `${hash(`${this.#seed}/${key}/${count}`)},0` };
  }
}

/** 32 bits of a text (FNV-1a). */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  return bits | 0;
}

/**
 * An expression that seeds the world it is run in. It gives a function that sets the state of chance and gives the one
 * before.
 */
export const seedingSource: string = `(() => { "use strict";
const Real = Date, imul = Math.imul, construct = Reflect.construct, text = Real.prototype.toString;
let state = 0, reads = 0;
const now = { now() { return ${began} + reads++; } }.now;
const random = { random() {
  state = (state + 0x6d2b79f5) | 0;
  let bits = imul(state ^ (state >>> 15), state | 1);
  bits = (bits + imul(bits ^ (bits >>> 7), bits | 61)) ^ bits;
  return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
} }.random;
function Seeded(...parts) {
  if (new.target === undefined) return new Real(now()).toString();
  return construct(Real, parts.length === 0 ? [now()] : parts, new.target);
}
const set = (on, key, value, more) =>
  Object.defineProperty(on, key, { value, writable: true, configurable: true, ...more });
set(Seeded, "name", "Date", { writable: false });
set(Seeded, "length", 7, { writable: false });
set(Seeded, "prototype", Real.prototype, { writable: false, configurable: false });
for (const [key, value] of [["now", now], ["UTC", Real.UTC], ["parse", Real.parse]]) set(Seeded, key, value);
set(Real.prototype, "constructor", Seeded);
set(globalThis, "Date", Seeded);
set(Math, "random", random);
return (next, read) => { const before = state + "," + reads; state = next | 0; reads = read; return before; };
})()`;

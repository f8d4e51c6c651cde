/** Randomness of a known state, and a clock of its own, for code that is to do the same whenever it is run again. */
import { randomUUID } from "node:crypto";

/**
 * The time at which the clock of a seeded world begins, at each call: 1 January 2026, UTC. Each reading is a
 * millisecond later.
 */
const began = Date.UTC(2026, 0, 1);

/** What decides what one call of a unit draws: state and readings, such as `"17,0"`. */
export interface RandomStates {
  /** While the unit's text is run for the first time in its world. */
  readonly define: string;
  /** While it is called. */
  readonly call: string;
}

/** The draws of the calls of one session: by the seed, what is called with what, and how often that was so before. */
export class SandboxRandom {
  readonly #seed: string;
  readonly #clock: string;
  readonly #counts = new Map<string, number>();

  /** Without a seed the draws cannot be known, and the clock is the host's. */
  constructor(seed: string | undefined) {
    this.#seed = seed ?? randomUUID();
    this.#clock = seed === undefined ? "-1" : "0";
  }

  of(entry: string, code: string, args: string): RandomStates {
    const key = `${entry} ${hash(args)}`;
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    const state = (text: string): string => `${hash(`${this.#seed}/${text}`)},${this.#clock}`;
    return { define: state(code), call: state(`${key}/${count}`) };
  }
}

/** 32 bits of a text (FNV-1a). */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  return bits | 0;
}

/** Where the draws of a world stand, seen from inside. A negative number of readings stands for the host's clock. */
export interface Draws {
  state: number;
  reads: number;
}

/** An expression that makes randomness and clock of the world that it is run in follow the {@link Draws} it gives. */
export const seedingSource: string = `(() => { "use strict";
const Real = Date, realNow = Real.now, imul = Math.imul, construct = Reflect.construct;
const draws = { __proto__: null, state: 0, reads: 0 };
const now = { now() { return draws.reads < 0 ? realNow() : ${began} + draws.reads++; } }.now;
const random = { random() {
  const state = draws.state = (draws.state + 0x6d2b79f5) | 0;
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
return draws;
})()`;

/** The chance of the agents: numbers that a seed decides, so that a game can be repeated. */

let state = 1;

/** Starts the chance anew. */
export function seedChance(seed: number): void {
  state = seed | 0;
}

/** A number from 0 up to 1, repeatable (mulberry32): the agents' only source of chance. */
export function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** What each trainable function of an agent may use, and must keep to. */
export const agentCode = {
  trainable: true,
  scope: { random },
  // On a busy machine a call may wait for long.
  timeoutMs: 10_000,
  constraint: "Deterministic but for random(), which gives a number from 0 up to 1; never Math.random() or the clock.",
} as const;

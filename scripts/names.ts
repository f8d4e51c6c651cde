/** What `check-names.ts` checks by: words that the glossary has replaced, and how large the root door may be. */

/** A word of an identifier, and what to write instead. See docs/glossary.md. */
export const banned: Readonly<Record<string, string>> = {
  told: "recorded or shown, as a noun: what of?",
  shown: "a noun for what is displayed",
  kept: "stored, saved, or a noun",
  held: "a noun for the state",
  asked: "a noun for the question or its answer",
  made: "a verb, or a noun for the result",
  mutated: "mutate…",
  prepared: "prepare…",
  tried: "a noun: trial, attempt",
  settled: "settle…",
  picked: "pick…",
  drawn: "sample…",
  joined: "join…",
  merged: "merge…",
  purse: "budget",
  desk: "context",
  duels: "tests",
  mend: "fix",
  advice: "fix",
  lesson: "learning item",
  player: "runner",
  played: "a noun for the result",
  challenger: "candidate or finalist",
  visit: "repeat",
  outside: "external",
  chance: "probability or random",
};

/** Names of other libraries, which we cannot choose. */
export const foreign: ReadonlySet<string> = new Set([
  "allowAwaitOutsideFunction",
  "allowReturnOutsideFunction",
  "allowSuperOutsideMethod",
]);

/** The root door holds fewer names than these. */
export const limits = { values: 60, types: 100 } as const;

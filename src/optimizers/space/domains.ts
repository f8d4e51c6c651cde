/** The domains that a space is declared with: `space.choices`, `space.number`, `space.grammar`, …. */

export { boolean, choices } from "./choices.ts";
export { type CustomDomain, custom } from "./custom.ts";
export type { Domain, Lengths } from "./domain.ts";
export { type GrammarSettings, grammar, type Rule } from "./grammar.ts";
export { type NumberRange, number } from "./number.ts";
export { sequence } from "./sequence.ts";
export { subset } from "./subset.ts";

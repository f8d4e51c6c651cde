/**
 * What the library's own guides were made from: a run's identity holds it, its models have prices, and a closure would
 * hide both.
 */

import type { LanguageModel } from "../../llm/llm.ts";

/** A guide's maker and what it was given. */
export interface GuideSettings {
  readonly name: string;
  /** Data, functions, and other guides. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The models that the guide itself asks. Default: none. */
  readonly models?: readonly LanguageModel[];
}

const known = new WeakMap<Function, GuideSettings>();

/** `guide`, with what it was made from. */
export function withSettings<G extends Function>(guide: G, made: GuideSettings): G {
  known.set(guide, made);
  return guide;
}

/** What a function of the library was made from; undefined for one of the user's. */
export function settingsOf(guide: Function): GuideSettings | undefined {
  return known.get(guide);
}

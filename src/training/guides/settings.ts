/**
 * What the library's own guides were made from: it belongs to the identity of a run, its models need prices, and a
 * closure would hide both.
 */

import type { LanguageModel } from "../../llm/llm.ts";

/** The factory of a guide, and its arguments. */
export interface GuideSettings {
  readonly name: string;
  /** Data, functions, and other guides. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The models that the guide itself calls. Default: none. */
  readonly models?: readonly LanguageModel[];
}

const known = new WeakMap<Function, GuideSettings>();

/** Records what `guide` was made from, and returns it. */
export function withSettings<G extends Function>(guide: G, settings: GuideSettings): G {
  known.set(guide, settings);
  return guide;
}

/** What a function of the library was made from; undefined for a function of the user. */
export function settingsOf(guide: Function): GuideSettings | undefined {
  return known.get(guide);
}

/** The settings of the library's own guides, as data: a run's identity holds them, and a closure would hide them. */

/** A guide's maker and what it was given. */
export interface GuideSettings {
  readonly name: string;
  /** Data, functions, and other guides. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const known = new WeakMap<Function, GuideSettings>();

/** `guide`, with what it was made from. */
export function withSettings<G extends Function>(guide: G, name: string, settings: GuideSettings["settings"]): G {
  known.set(guide, { name, settings });
  return guide;
}

/** What a function of the library was made from; undefined for one of the user's. */
export function settingsOf(guide: Function): GuideSettings | undefined {
  return known.get(guide);
}

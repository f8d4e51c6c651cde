/** What a playbook is: bullets with ids and counters, and the bounds within which it is kept. */

import { TracegradError } from "../../util/errors.ts";
import { requirePositive } from "../../util/require.ts";

/** One piece of advice in a playbook. */
export interface Bullet {
  /** Unique, and never given to another bullet. */
  readonly id: string;
  /** The title under which it stands. */
  readonly section: string;
  readonly text: string;
  /** How often it was told to have helped, and to have misled. */
  readonly helpful: number;
  readonly harmful: number;
}

/** A playbook: advice that grows bullet by bullet, so that no rewrite loses what was learnt. Plain JSON. */
export interface Playbook {
  /** The oldest first. */
  readonly bullets: readonly Bullet[];
  /** The number of the next id: it only grows, so that the id of a bullet that is gone is never given again. */
  readonly next: number;
}

/** The bounds of a playbook. */
export interface PlaybookSettings {
  /**
   * The sections in which a bullet may stand. Default: strategies, facts, snippets, pitfalls, others, which are those
   * of the paper in short.
   */
  readonly sections?: readonly string[];
  /** The most bullets, up to 1,000. Default: 200. */
  readonly maxBullets?: number;
  /**
   * The most tokens of its text, estimated at four characters each, up to 30,000: every run of the program pays for
   * them. Default: 16,000.
   */
  readonly maxTokens?: number;
}

/** The bounds of a playbook, all of them. */
export type PlaybookLimits = Required<PlaybookSettings>;

/** A playbook without a bullet. */
export const emptyPlaybook: Playbook = { bullets: [], next: 1 };

/** The longest text of a bullet, in characters: a bullet is one piece of advice, not a chapter. */
export const longestText = 4_000;

const defaultSections = ["strategies", "facts", "snippets", "pitfalls", "others"];
const longestSection = 64;
// A value may have 200,000 characters as JSON, and a playbook of these bounds stays below.
const mostBullets = 1_000;
const mostTokens = 30_000;

/**
 * The bounds that `settings` give.
 * @throws TracegradError `bad-option`.
 */
export function limitsOf(settings: PlaybookSettings = {}): PlaybookLimits {
  const { sections = defaultSections, maxBullets = 200, maxTokens = 16_000 } = settings;
  requirePositive("maxBullets", maxBullets);
  requirePositive("maxTokens", maxTokens);
  if (maxBullets > mostBullets) throw badOption(`\`maxBullets\` is at most ${mostBullets}; got ${maxBullets}.`);
  if (maxTokens > mostTokens) throw badOption(`\`maxTokens\` is at most ${mostTokens}; got ${maxTokens}.`);
  const isTitle = (section: unknown) =>
    typeof section === "string" && section.trim() === section && /^.{1,64}$/.test(section);
  if (sections.length === 0 || !sections.every(isTitle) || new Set(sections).size < sections.length) {
    throw badOption(
      `\`sections\` are one or more different titles, each a line of at most ${longestSection} characters without blanks around it.`,
    );
  }
  return { sections: [...sections], maxBullets, maxTokens };
}

function badOption(message: string): TracegradError {
  return new TracegradError("bad-option", message);
}

/** The number in an id such as `b12`; 0 for an id that was not given by number. */
export function numberOf(id: string): number {
  const digits = /^b([1-9]\d{0,14})$/.exec(id)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

/** What a playbook is: bullets with ids and counters, its limits, and its text. */

import { append } from "../../util/collections.ts";
import { count, must, type OptionTable, resolveOptions } from "../../util/options.ts";
import { countTokens } from "../../util/tokens.ts";

/** One piece of advice in a playbook. */
export interface Bullet {
  /** Unique, and never given to another bullet. */
  readonly id: string;
  /** The title that it is under. */
  readonly section: string;
  readonly text: string;
  /** How often the reflector said that it helped, and that it misled. */
  readonly helpful: number;
  readonly harmful: number;
}

/** A playbook: advice that grows bullet by bullet, so that no rewrite loses what was learned. Plain JSON. */
export interface Playbook {
  /** The oldest first. */
  readonly bullets: readonly Bullet[];
  /** The number of the next id: it only grows, so that the id of a bullet that is gone is never given again. */
  readonly next: number;
}

/** The limits of a playbook. */
export interface PlaybookSettings {
  /**
   * The sections that a bullet may be in. Default: strategies, facts, snippets, pitfalls, others: the paper's sections,
   * shortened.
   */
  readonly sections?: readonly string[];
  /** The most bullets, up to 1,000. Default: 200. */
  readonly maxBullets?: number;
  /**
   * The most tokens of its text, estimated, up to 30,000: every run of the program pays for them. Default: 16,000.
   */
  readonly maxTokens?: number;
}

/** The limits of a playbook, with their defaults. */
export type PlaybookLimits = Required<PlaybookSettings>;

/** A playbook without a bullet. */
export const emptyPlaybook: Playbook = { bullets: [], next: 1 };

/** The longest text of a bullet, in characters: a bullet is one piece of advice, not a chapter. */
export const maxBulletLength = 4_000;

const maxSectionLength = 64;

const sections = must<readonly string[]>(
  `be one or more different titles, each a line of at most ${maxSectionLength} characters without spaces around it`,
  (value) => Array.isArray(value) && value.length > 0 && value.every(isTitle) && new Set(value).size === value.length,
);

function isTitle(section: unknown): boolean {
  return typeof section === "string" && section.trim() === section && /^.{1,64}$/.test(section);
}

const table = {
  sections: [["strategies", "facts", "snippets", "pitfalls", "others"], sections],
  // A value may have 200,000 characters as JSON; a playbook within these limits is shorter.
  maxBullets: [200, count(1, 1_000)],
  maxTokens: [16_000, count(1, 30_000)],
} satisfies OptionTable<PlaybookSettings>;

/**
 * Checks the limits and fills in the defaults.
 * @throws TracegradError `bad-option`.
 */
export function limitsOf(settings: PlaybookSettings = {}): PlaybookLimits {
  const limits = resolveOptions("playbook", settings, table);
  return { ...limits, sections: [...limits.sections] };
}

/** The number in an id such as `b12`; 0 for an id that was not given by number. */
export function numberOf(id: string): number {
  const digits = /^b([1-9]\d{0,14})$/.exec(id)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

/** Options of {@link playbookText}. */
export interface PlaybookTextOptions {
  /** Whether to show how often each bullet helped and misled, for those who edit the playbook. Default: false. */
  readonly counts?: boolean;
}

/**
 * A playbook as a program shows it to its model: the title of each section, and under it the bullets, one a line, as
 * `[id] text`. A model can name a bullet that it used by its id. Lines within a bullet are indented, so that none of
 * them looks like a bullet or a title. An empty playbook gives an empty text.
 * @example
 * const answer = bundle((question: string, book: Playbook) => ask(`${playbookText(book)}\n\n${question}`));
 */
export function playbookText(playbook: Playbook, { counts = false }: PlaybookTextOptions = {}): string {
  const sections = new Map<string, string[]>();
  for (const bullet of playbook.bullets) {
    append(sections, bullet.section, bulletText(bullet, counts));
  }
  return [...sections].map(([section, lines]) => `## ${section}\n${lines.join("\n")}`).join("\n\n");
}

function bulletText({ id, text, helpful, harmful }: Bullet, counts: boolean): string {
  const countText = counts ? ` (helpful ${helpful}, harmful ${harmful})` : "";
  return `[${id}]${countText} ${text.replace(/\r\n|[\n\r\u0085\u2028\u2029]/g, "\n  ")}`;
}

/** The estimated number of tokens of a playbook's text. */
export function playbookTokens(playbook: Playbook): number {
  return countTokens(playbookText(playbook));
}

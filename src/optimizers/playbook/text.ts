/** Writes a playbook as text, for prompts. Pure. */

import { append } from "../../util/collections.ts";
import type { Bullet, Playbook } from "./bullets.ts";

/** Options of {@link playbookText}. */
export interface PlaybookTextOptions {
  /**
   * Whether to tell how often each bullet helped and misled, as those who look after the playbook want. Default: no.
   */
  readonly counts?: boolean;
}

/** Characters in a token, on average: used for budgets only, never for accounts. */
const charactersPerToken = 4;

/**
 * A playbook as a program shows it to its model: under the title of each section its bullets, one a line, as `[id]
 * text`. Ids stand there so that a model can say which it used. Lines within a bullet are indented, so that none of
 * them can pass for a bullet or a title. An empty playbook gives an empty text.
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
  const told = counts ? ` (helpful ${helpful}, harmful ${harmful})` : "";
  return `[${id}]${told} ${text.replace(/\r\n|[\n\r\u0085\u2028\u2029]/g, "\n  ")}`;
}

/** The estimated number of tokens of a playbook's text. */
export function playbookTokens(playbook: Playbook): number {
  return Math.ceil(playbookText(playbook).length / charactersPerToken);
}

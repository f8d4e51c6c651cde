/** A candidate of a search in texts and tables: its short id, with a link to the step that led to it. */

import { headOf } from "../../util/cut.ts";
import { type Html, html } from "../markup.ts";
import { shortId } from "../names.ts";

/** Anchors of the steps that led to candidates, by the candidates' ids; only those of this page. */
export type CandidateLinks = ReadonlyMap<string, string>;

/** For places where a link would do something else as well: inside a fold's summary it would open the fold. */
export const noLinks: CandidateLinks = new Map();

const maxNames = 8;

/** The short id of a candidate; its tooltip has the whole one. */
export function renderCandidate(id: string, links: CandidateLinks): Html {
  const name = html`<code title="${headOf(id, 200)}">${shortId(id)}</code>`;
  const anchor = links.get(id);
  return anchor === undefined ? name : html`<a href="#${anchor}">${name}</a>`;
}

/** Several candidates, such as the parents of one. */
export function renderCandidates(ids: readonly string[], links: CandidateLinks): Html {
  const names = ids.slice(0, maxNames).map((id, index) => html`${index > 0 && " + "}${renderCandidate(id, links)}`);
  return html`${names}${ids.length > maxNames && ` + ${ids.length - maxNames} more`}`;
}

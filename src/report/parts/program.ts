/** A program of a search as it stands in texts and tables: its short id, with a link to the step that led to it. */

import { type Html, html } from "../markup.ts";
import { shortId } from "../names.ts";

/** Anchors of the steps that led to programs, by the programs' ids; only those that the report shows. */
export type ProgramLinks = ReadonlyMap<string, string>;

/** The short id of a program; the whole one is told to whoever points at it. */
export function programLink(id: string, links: ProgramLinks): Html {
  const name = html`<code title="${id.slice(0, 200)}">${shortId(id)}</code>`;
  const anchor = links.get(id);
  return anchor === undefined ? name : html`<a href="#${anchor}">${name}</a>`;
}

/** Several programs, such as the parents of one. */
export function programList(ids: readonly string[], links: ProgramLinks): Html {
  return html`${ids.slice(0, mostNamed).map((id, index) => html`${index > 0 && " + "}${programLink(id, links)}`)}${ids.length > mostNamed && ` + ${ids.length - mostNamed} more`}`;
}

const mostNamed = 8;

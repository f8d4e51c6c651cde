/** The section of pictures: what the user has put beside the run. */

import type { RunPicture } from "../../training/run-pictures.ts";
import type { Redact } from "../../util/redact.ts";
import { type Html, html } from "../markup.ts";
import type { RunView } from "../run-view.ts";
import { renderHint, renderSection } from "./blocks.ts";
import { renderText } from "./text.ts";

/** The pictures of a run; undefined for one without. An SVG has texts, so `redact` goes over it. */
export function renderPictures({ pictures = [] }: RunView, redact: Redact): Html | undefined {
  if (pictures.length === 0) return undefined;
  const cards = pictures.map((picture) => renderCard(picture, redact));
  return renderSection("pictures", "Pictures", html`<div class="pictures">${cards}</div>`);
}

function renderCard({ name, text, image, problem }: RunPicture, redact: Redact): Html {
  const content =
    image === undefined
      ? renderHint(`Left out: ${problem ?? "it cannot be shown"}.`)
      : html`<img class="picture" src="${urlOf(image, redact)}" alt="${name}" loading="lazy">`;
  return html`<figure class="card"><figcaption><h3>${name}</h3></figcaption>
${content}${text !== "" && renderText(text, "prose")}</figure>`;
}

/** In an image element no script of an SVG runs, and nothing is fetched. */
function urlOf({ mediaType, data }: NonNullable<RunPicture["image"]>, redact: Redact): string {
  if (mediaType !== "image/svg+xml") return `data:${mediaType};base64,${data}`;
  const text = redact(Buffer.from(data, "base64").toString());
  return `data:${mediaType};base64,${Buffer.from(text).toString("base64")}`;
}

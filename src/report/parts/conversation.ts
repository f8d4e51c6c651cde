/** One exchange with a language model: what was asked and what came back. */

import type { StepRecord } from "../../training/types.ts";
import { countText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { longText, valueText } from "./text.ts";

/** One exchange, as a step records it. */
type Exchange = StepRecord["exchanges"][number];
type Message = Exchange["request"]["messages"][number];

const mostMessages = 100;

/** An exchange. `id` is unique in the page. */
export function conversation({ request, reply }: Exchange, id: string): Html {
  const { inputTokens, outputTokens } = reply.usage ?? {};
  const messages = request.messages ?? [];
  const left = messages.length - mostMessages;
  const part = (name: string, content: Html): Html => html`<div class="turn"><h4>${name}</h4>${content}</div>`;
  return html`<details id="${id}" open><summary>${reply.model}
<span class="count">${countText(inputTokens)} tokens in, ${countText(outputTokens)} out, stopped: ${reply.stopReason}</span></summary>
${request.system !== undefined && part("system", longText(request.system))}
${messages.slice(0, mostMessages).map((message) => part(message.role, contentOf(message)))}
${left > 0 && html`<p class="none">${left} messages left out.</p>`}
${request.tool !== undefined && part("tool", longText(valueText(request.tool)))}
${part("reply", replyOf(reply))}</details>`;
}

function replyOf({ text, toolInput }: Exchange["reply"]): Html {
  const said = text === "" && toolInput !== undefined ? "" : longText(text ?? "");
  return html`${said}${toolInput !== undefined && longText(valueText(toolInput))}`;
}

function contentOf({ content }: Message): Html {
  if (typeof content === "string") return longText(content);
  return html`${content.map((piece) => (piece.type === "image" ? imageOf(piece) : longText(piece.text ?? "")))}`;
}

/** Only images of the common kinds, and only as data: nothing else may become the address of a picture. */
function imageOf({ mediaType, data }: { readonly mediaType: string; readonly data: string }): Html {
  const isKnown = /^image\/(?:png|jpeg|gif|webp)$/.test(mediaType) && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
  if (!isKnown) return html`<p class="none">An image (${mediaType}) that cannot be shown.</p>`;
  return html`<img class="picture" src="data:${mediaType};base64,${data}" alt="An image of the conversation" loading="lazy">`;
}

/** One exchange with a language model: the request and the reply. */

import type { StepRecord } from "../../training/types.ts";
import { countText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { renderCount, renderFold, renderHint } from "./blocks.ts";
import { renderText, valueText } from "./text.ts";

/** One exchange, as a step records it. */
type RecordedExchange = StepRecord["exchanges"][number];
type RecordedMessage = RecordedExchange["request"]["messages"][number];

const maxMessages = 100;

/** An exchange. `id` is unique in the page. */
export function renderExchange({ request, reply }: RecordedExchange, id: string): Html {
  const { inputTokens, outputTokens } = reply.usage ?? {};
  const messages = request.messages ?? [];
  const omitted = messages.length - maxMessages;
  const tokens = `${countText(inputTokens)} tokens in, ${countText(outputTokens)} out`;
  const summary = html`${reply.model}${renderCount(`${tokens}, stopped: ${reply.stopReason}`)}`;
  const turns = html`${request.system !== undefined && renderTurn("system", renderText(request.system))}
${messages.slice(0, maxMessages).map((message) => renderTurn(message.role, renderContent(message)))}
${omitted > 0 && renderHint(`${omitted} messages left out.`)}
${request.tool !== undefined && renderTurn("tool", renderText(valueText(request.tool)))}
${renderTurn("reply", renderReply(reply))}`;
  return renderFold({ id, summary, isOpen: true }, turns);
}

function renderTurn(name: string, content: Html): Html {
  return html`<div class="turn"><h4>${name}</h4>${content}</div>`;
}

function renderReply({ text, toolInput }: RecordedExchange["reply"]): Html {
  const words = text === "" && toolInput !== undefined ? "" : renderText(text ?? "");
  return html`${words}${toolInput !== undefined && renderText(valueText(toolInput))}`;
}

function renderContent({ content }: RecordedMessage): Html {
  if (typeof content === "string") return renderText(content);
  return html`${content.map((piece) => (piece.type === "image" ? renderImage(piece) : renderText(piece.text ?? "")))}`;
}

/** Only images of the common kinds, and only as data: nothing else may become the address of a picture. */
function renderImage({ mediaType, data }: { readonly mediaType: string; readonly data: string }): Html {
  const isKnown = /^image\/(?:png|jpeg|gif|webp)$/.test(mediaType) && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
  if (!isKnown) return renderHint(`An image (${mediaType}) that cannot be displayed.`);
  const source = html`data:${mediaType};base64,${data}`;
  return html`<img class="picture" src="${source}" alt="An image of the conversation" loading="lazy">`;
}

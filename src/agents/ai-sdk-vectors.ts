/** What embedding and reranking models of the AI SDK give, as the body of a reply: a short text and what it took. */

import { type Fields, fieldsOf } from "../util/fields.ts";
import { itemsOf } from "./read-request.ts";

/** Says how many embeddings a model gave: their numbers tell no one anything. */
export function bodyOfEmbeddings(given: unknown): Fields {
  const { embeddings, usage } = fieldsOf(given);
  const list = itemsOf(embeddings);
  const text = `${list.length} ${list.length === 1 ? "embedding" : "embeddings"} of ${itemsOf(list[0]).length} numbers`;
  const { tokens } = fieldsOf(usage);
  return { content: text, ...(typeof tokens === "number" ? { usage: { inputTokens: tokens, outputTokens: 0 } } : {}) };
}

/** Says which documents a model put first, by their places in the request from 0 on. */
export function bodyOfRanking(given: unknown): Fields {
  const ranking = itemsOf(fieldsOf(given)["ranking"]).map(fieldsOf);
  const places = ranking.map(({ index, relevanceScore }) => `${String(index)} (${String(relevanceScore)})`);
  return { content: `documents by relevance: ${places.join(", ")}` };
}

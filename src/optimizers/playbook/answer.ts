/** Reads the JSON object that a model answered with, by tool or in text: strictly, as all replies are read. */

import type { ModelReply } from "../../llm/llm.ts";
import { onlyJsonObject } from "../../util/json.ts";
import { repeatedKeyIn } from "../../util/repeated-key.ts";
import { refuse, unusableReply } from "../prompt/reply.ts";
import type { Refusal } from "../suggestion.ts";

/** An answer's fields, or why it has none. */
export type Answer = { readonly fields: Readonly<Record<string, unknown>> } | { readonly refusal: Refusal };

/** The object that a reply gives. An answer that is cut, ambiguous or of another shape is refused, never salvaged. */
export function answerIn(reply: ModelReply): Answer {
  const unusable = unusableReply(reply);
  if (unusable !== undefined) return { refusal: unusable };
  const given = reply.toolInput ?? onlyJsonObject(reply.text);
  if (given === undefined) {
    return { refusal: refuse("The reply has no JSON object, or several. Answer with exactly one.") };
  }
  const repeated = reply.toolInput === undefined ? repeatedKeyIn(reply.text) : undefined;
  if (repeated !== undefined) return { refusal: refuse(`The JSON gives "${repeated}" twice.`) };
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return { refusal: refuse("The answer is not a JSON object.") };
  }
  return { fields: given as Readonly<Record<string, unknown>> };
}

/** How many reasons a model is told at once: more would drown the first. */
const mostReasons = 8;

/** One refusal for several reasons. */
export function refuseFor(reasons: readonly string[]): Refusal {
  const more = reasons.length - mostReasons;
  const told = more > 0 ? [...reasons.slice(0, mostReasons), `and ${more} more.`] : reasons;
  return refuse(told.join("\n- "));
}

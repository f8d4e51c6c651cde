/**
 * Reads what a model answered, by a tool call or in its text. Strict: an answer that is cut, ambiguous or of another
 * shape is refused, never salvaged.
 */

import type { ModelReply, ReplyTool } from "../../llm/llm.ts";
import { isRecord } from "../../util/is-record.ts";
import { onlyJsonObject } from "../../util/json.ts";
import { repeatedKeyIn } from "../../util/repeated-key.ts";
import type { Refusal } from "../suggestion.ts";
import { accept, type ReplyReading } from "./ask.ts";

/** The fields of a JSON object. */
export type AnswerFields = Readonly<Record<string, unknown>>;

/** The refusal of a whole reply. */
export function refusal(reason: string): Refusal {
  return { name: undefined, reason };
}

/** Refuses a whole reply. */
export function refuse(reason: string): ReplyReading<never> {
  return { value: undefined, refused: [refusal(reason)] };
}

/** How many reasons a model is shown at once: more would drown the first. */
const maxReasons = 8;

/** Refuses a whole reply for several reasons, as one refusal. */
export function refuseFor(reasons: readonly string[]): ReplyReading<never> {
  const more = reasons.length - maxReasons;
  const lines = more > 0 ? [...reasons.slice(0, maxReasons), `and ${more} more.`] : reasons;
  return refuse(lines.join("\n- "));
}

/** The longest reply in text that is looked through, in characters: far more than a model writes. */
export const maxReplyLength = 1_000_000;

/** Why a reply cannot be read in any format: it was cut, declined, empty or endless; undefined for all others. */
export function unusableReply({ stopReason, toolInput, text }: ModelReply): string | undefined {
  if (stopReason === "length") {
    return "The reply was cut at the token limit, so it was not used. Answer more briefly.";
  }
  if (stopReason === "refusal") return "The model refused to answer.";
  if (toolInput !== undefined) return undefined;
  if (text.trim() === "") return "The reply was empty.";
  if (text.length <= maxReplyLength) return undefined;
  return `The reply has ${text.length} characters; the most is ${maxReplyLength}. Answer more briefly.`;
}

/** What the tool was called with, else the one JSON object in the text. */
export function readJson(reply: ModelReply): ReplyReading<unknown> {
  if (reply.toolInput !== undefined) return accept(reply.toolInput);
  const object = onlyJsonObject(reply.text);
  if (object === undefined) return refuse("The reply has no JSON object, or several. Answer with exactly one.");
  const repeated = repeatedKeyIn(reply.text);
  return repeated === undefined ? accept(object) : refuse(`The JSON gives "${repeated}" twice.`);
}

/** The fields of the JSON object that a reply gives. */
export function readFields(reply: ModelReply): ReplyReading<AnswerFields> {
  const unusable = unusableReply(reply);
  if (unusable !== undefined) return refuse(unusable);
  const { value, refused } = readJson(reply);
  if (refused.length > 0) return { value: undefined, refused };
  return isRecord(value) ? accept(value) : refuse("The answer is not a JSON object.");
}

/** A tool whose one call is the answer. All of `properties` are required. */
export function answerTool(
  name: string,
  description: string,
  properties: Readonly<Record<string, unknown>>,
): ReplyTool {
  const required = Object.keys(properties);
  return { name, description, inputSchema: { type: "object", properties, required, additionalProperties: false } };
}

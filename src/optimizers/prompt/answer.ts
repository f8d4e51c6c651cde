/**
 * Reads what a model answered, by a tool call or in its text. What surrounds the answer is taken off; an answer that is
 * cut, or that could mean two things, is refused with the reason.
 */

import type { ModelReply, ReplyTool } from "../../llm/llm.ts";
import { isRecord } from "../../util/is-record.ts";
import { stableStringify } from "../../util/json.ts";
import { type BrokenObject, jsonObjectsIn, type ObjectsOfText } from "../../util/json-objects.ts";
import { readJson } from "../../util/loose-json.ts";
import type { Refusal } from "../suggestion.ts";
import { accept, type ReplyReading } from "./ask.ts";
import { type AnswerFields, answersIn } from "./unwrap.ts";

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

/** What an answer looks like, so that no other object of a reply competes with it. */
export interface AnswerForm {
  /** A field that an answer of this form has; undefined when its fields are not known. */
  readonly key: string | undefined;
  /** Why a reply without such an answer is refused. */
  readonly missing: string;
  /**
   * The fields as an answer, a reason why they are a broken one, or undefined when they are something else. `alone`
   * tells whether they stand on lines of their own.
   */
  read(fields: AnswerFields, alone: boolean): AnswerFields | string | undefined;
}

/** The form of an answer that has a field `key`. */
function formWith(key: string): AnswerForm {
  const missing = `The answer has no "${key}".`;
  return { key, missing, read: (fields) => (Object.hasOwn(fields, key) ? fields : undefined) };
}

/** The one answer of a reply, by the first of the forms in which it has any. */
export function readAnswer(reply: ModelReply, forms: readonly AnswerForm[]): ReplyReading<AnswerFields> {
  const unusable = unusableReply(reply);
  if (unusable !== undefined) return refuse(unusable);
  const found = objectsOf(reply);
  for (const form of forms) {
    const read = found.objects.flatMap(({ value, alone }) => answersIn(value, (fields) => form.read(fields, alone)));
    if (read.length > 0) return choose(read, rivalsOf(form, found));
  }
  const broken = found.broken[0];
  if (found.unclosed !== undefined) return refuse(`${found.unclosed} is not closed, so no answer follows it.`);
  if (broken !== undefined) return refuse(brokenText(broken));
  if (found.objects.length === 0) return refuse("The reply has no JSON object.");
  return refuse(
    found.objects.some(({ value }) => isRecord(value))
      ? (forms[0] as AnswerForm).missing
      : "The answer is not a JSON object.",
  );
}

/** The answer with a field `key`. */
export function readFields(reply: ModelReply, key: string): ReplyReading<AnswerFields> {
  return readAnswer(reply, [formWith(key)]);
}

/** What was read of a reply: of the input of a tool anything may have come. */
interface FoundInReply extends Pick<ObjectsOfText, "broken" | "unclosed"> {
  readonly objects: readonly { readonly value: unknown; readonly alone: boolean }[];
}

function objectsOf({ toolInput, text }: ModelReply): FoundInReply {
  if (toolInput === undefined) return jsonObjectsIn(unquoted(text));
  if (typeof toolInput === "string") return jsonObjectsIn(unquoted(toolInput));
  return { objects: [{ value: toolInput, alone: true }], broken: [], unclosed: undefined };
}

/** The content of a text that is one JSON string. */
function unquoted(text: string): string {
  const read = text.trimStart().startsWith('"') ? readJson(text) : undefined;
  return read !== undefined && "value" in read ? (read.value as string) : text;
}

/** Objects that could have been the answer, had they been whole. */
function rivalsOf({ key }: AnswerForm, { broken }: FoundInReply): readonly BrokenObject[] {
  return key === undefined ? broken : broken.filter(({ text }) => text.includes(key));
}

function choose(
  read: readonly (AnswerFields | string)[],
  [rival]: readonly BrokenObject[],
): ReplyReading<AnswerFields> {
  const problem = read.find((one) => typeof one === "string");
  if (problem !== undefined) return refuse(problem);
  if (rival !== undefined) {
    return refuse(`The reply holds two answers, of which one cannot be read: ${rival.problem}. Give only one.`);
  }
  const answers = read as readonly AnswerFields[];
  const [first] = answers as readonly [AnswerFields];
  const isOne = answers.length === 1 || answers.every((answer) => meaningOf(answer) === meaningOf(first));
  if (isOne) return accept(first);
  return refuse(`The reply holds ${answers.length} answers that differ. Give only the one that counts.`);
}

/** Equal for answers that ask for the same, for whatever reason. */
function meaningOf(answer: AnswerFields): unknown {
  try {
    return stableStringify({ ...answer, reasoning: undefined });
  } catch {
    return answer;
  }
}

function brokenText({ problem }: BrokenObject): string {
  return `The reply has no JSON object that can be read: ${problem}.`;
}

/** Before the form of an answer in JSON: a model that has the tool calls it, one without answers in text. */
export function answerOrder(tool: string): string {
  return `Call the tool ${tool}. If you have no such tool, answer with one JSON object and nothing else:`;
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

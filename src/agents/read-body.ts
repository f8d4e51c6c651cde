/** Reads the text of a reply over HTTP that has a good status: its body, and whether it is a whole reply. */

import { fieldsOf } from "../util/fields.ts";
import { preview } from "../util/preview.ts";
import { parsed } from "./read-request.ts";
import { choicesIn, readEvents, type StreamEvent, splitEvents } from "./read-stream.ts";

/** Why a reply is not a whole one. */
export interface BodyFault {
  readonly message: string;
  /** What the server says; undefined where the connection was cut. */
  readonly error: unknown;
}

/** A reply over HTTP. */
export interface ReplyBody {
  /** Of a stream what its events come to. */
  readonly body: unknown;
  /** Undefined for a whole reply. */
  readonly fault: BodyFault | undefined;
}

/** See the head of the file. */
export function readBody(text: string): ReplyBody {
  if (!/^\s*[{[]/.test(text)) {
    const events = splitEvents(text);
    return { body: readEvents(events), fault: faultInEvents(events) };
  }
  const body = parsed(text);
  const { error, status } = fieldsOf(body);
  // JSON that ends too early cannot be parsed, and stays a text.
  if (typeof body === "string") return { body, fault: { message: "The reply is no whole JSON.", error: undefined } };
  const isError = Boolean(error) || status === "failed" || status === "cancelled";
  return { body, fault: isError ? errorFault("The reply is an error", error || status) : undefined };
}

function faultInEvents(events: readonly StreamEvent[]): BodyFault | undefined {
  const failed = events.find(isError);
  if (failed !== undefined) return errorFault("The stream ended in an error", errorIn(failed));
  if (events.some(isEnd) || haveChoicesEnded(events)) return undefined;
  return { message: "The stream ended without its last event, so the reply is not whole.", error: undefined };
}

/** The events by which providers say that a stream has failed. */
function isError({ name, fields }: StreamEvent): boolean {
  return name === "error" || /^(error|response\.failed)$/.test(String(fields["type"])) || Boolean(fields["error"]);
}

/** The events that only a whole stream has. */
function isEnd({ data, fields }: StreamEvent): boolean {
  return data === "[DONE]" || /^(message_stop|response\.(completed|incomplete))$/.test(String(fields["type"]));
}

/** Whether all choices of a chat have a reason to end: a server that is compatible with OpenAI's may leave out `[DONE]`. */
function haveChoicesEnded(events: readonly StreamEvent[]): boolean {
  const choices = events.flatMap(({ fields }) => choicesIn(fields));
  const ended = new Set(choices.flatMap((choice) => (choice["finish_reason"] ? [choice.index] : [])));
  return choices.length > 0 && choices.every(({ index }) => ended.has(index));
}

function errorIn({ data, fields }: StreamEvent): unknown {
  return fields["error"] ?? fieldsOf(fields["response"])["error"] ?? fields["message"] ?? data;
}

function errorFault(what: string, error: unknown): BodyFault {
  const { message = error } = fieldsOf(error);
  return { message: `${what}: ${typeof message === "string" ? message : preview(message)}`, error: error ?? what };
}

/** Streams of models of the AI SDK: looked at while they pass, stored as plain data, and made again from that. */

import { messageOf } from "../util/errors.ts";
import { type Fields, fieldsOf } from "../util/fields.ts";
import { isRecord } from "../util/is-record.ts";
import { BrokenReply, brokenReplyIn } from "./broken-reply.ts";
import { isStoredHeader } from "./headers.ts";
import { cutStream, watchStream } from "./watch-stream.ts";

/** What `doStream` gives. */
export interface StreamResult {
  readonly stream: ReadableStream<unknown>;
}

/** The same as plain data, with the parts of the stream. */
export interface StoredStream {
  readonly parts: readonly unknown[];
  readonly rest: Fields;
}

/** The whole stream. @throws BrokenReply for one that ends in an error, or too early. */
export async function storeStream({ stream, ...rest }: StreamResult): Promise<StoredStream> {
  const parts: unknown[] = [];
  for await (const part of stream) parts.push(part);
  const fault = faultIn(parts);
  if (fault !== undefined) throw brokenReply({ parts, rest }, fault);
  return { parts, rest: withStoredHeaders(rest) };
}

/** What a model gave, with those of the headers of its provider that are stored. */
export function withStoredHeaders(given: Fields): Fields {
  const response = fieldsOf(given["response"]);
  if (!isRecord(response["headers"])) return given;
  const headers = Object.entries(response["headers"]).filter(([name]) => isStoredHeader(name));
  return { ...given, response: { ...response, headers: Object.fromEntries(headers) } };
}

/** A stream that was stored. */
export function restoreStream({ parts, rest }: StoredStream): StreamResult {
  return { ...rest, stream: ReadableStream.from(parts) };
}

/** The stream of a call that failed, with the failure at its end; undefined where no stream had begun. */
export function brokenStreamIn(error: unknown): StreamResult | undefined {
  const broken = brokenReplyIn(error);
  if (broken === undefined) return undefined;
  const stored = broken.stored as StoredStream;
  return broken.error === undefined ? { ...stored.rest, stream: cutStream(stored.parts) } : restoreStream(stored);
}

/** The same result, with its body given to `seen` at its end, or why there is none to `failed`. */
export function watchParts(
  { stream, ...rest }: StreamResult,
  seen: (body: unknown) => void,
  failed: (error: unknown) => void,
): StreamResult {
  const parts: unknown[] = [];
  const watched = watchStream(stream, {
    part: (part) => {
      parts.push(part);
    },
    end: () => {
      const fault = faultIn(parts);
      if (fault === undefined) seen(bodyOfParts(parts));
      else failed(brokenReply({ parts, rest }, fault));
    },
    left: () => seen(bodyOfParts(parts)),
    fail: failed,
  });
  return { ...rest, stream: watched };
}

/** Why parts are not a whole reply. */
interface StreamFault {
  /** Undefined where the stream was cut. */
  readonly error: unknown;
}

function brokenReply(stored: StoredStream, { error }: StreamFault): BrokenReply {
  const why = error === undefined ? "it ended too early" : messageOf(error);
  return new BrokenReply(`The stream is not whole: ${why}`, stored, error);
}

function faultIn(given: readonly unknown[]): StreamFault | undefined {
  const parts = given.map(fieldsOf);
  const failed = parts.find(({ type }) => type === "error");
  if (failed !== undefined) return { error: failed["error"] ?? "the provider gave no reason" };
  const end = parts.find(({ type }) => type === "finish");
  return end === undefined || isInvented(end) ? { error: undefined } : undefined;
}

/** Providers invent an end for a stream that was cut: it tells neither a reason nor tokens. */
function isInvented({ finishReason, usage }: Fields): boolean {
  const { unified = finishReason, raw } = fieldsOf(finishReason);
  const { outputTokens } = fieldsOf(usage);
  const total = isRecord(outputTokens) ? outputTokens["total"] : outputTokens;
  return (unified === "other" || unified === "unknown") && raw === undefined && total === undefined;
}

/** The body of a reply that came in parts, as it comes whole. */
export function bodyOfParts(parts: readonly unknown[]): unknown {
  const texts = new Map<unknown, string>();
  const content: unknown[] = [];
  const rest: Record<string, unknown> = {};
  for (const part of parts.map(fieldsOf)) {
    const { type, id, delta } = part;
    if (type === "text-delta") texts.set(id, `${texts.get(id) ?? ""}${String(delta ?? part["text"] ?? "")}`);
    if (type === "tool-call") content.push(part);
    if (type === "finish") rest["usage"] = part["usage"];
    if (type === "response-metadata") rest["response"] = part;
  }
  return { ...rest, content: [...[...texts.values()].map((text) => ({ type: "text", text })), ...content] };
}

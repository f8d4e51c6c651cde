/** Replies over HTTP: looked at while they pass, stored as plain data, and made again from that. */

import { messageOf, TracegradError } from "../util/errors.ts";
import { BrokenReply, brokenReplyIn } from "./broken-reply.ts";
import { isStoredHeader } from "./headers.ts";
import { readBody } from "./read-body.ts";
import { cutStream, watchStream } from "./watch-stream.ts";

/** A whole reply as plain data. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
  /** The URL that answered. */
  readonly url: string;
}

/** A server has refused a request. */
class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  readonly status: number;
  /** The whole reply, where it was stored. */
  readonly stored: StoredResponse | undefined;

  constructor(status: number, text: string, stored?: StoredResponse) {
    super(`${status} ${text}`);
    this.status = status;
    this.stored = stored;
  }
}

/** The whole reply. @throws HttpRefusal for a status of an error, and BrokenReply for a reply that is not whole. */
export async function storeResponse(response: Response): Promise<StoredResponse> {
  const { status, url } = response;
  const text = await response.text();
  const stored: StoredResponse = { status, headers: [...response.headers], text, url };
  if (!response.ok) throw new HttpRefusal(status, text, stored);
  const { fault } = readBody(text);
  if (fault !== undefined) throw new BrokenReply(fault.message, stored, fault.error);
  // A query may hold a key.
  return { ...stored, url: url.replace(/\?.*/, ""), headers: stored.headers.filter(([name]) => isStoredHeader(name)) };
}

function isStream({ headers }: Response): boolean {
  return /event-stream/.test(headers.get("content-type") ?? "");
}

/** Headers that speak of how the bytes were sent, which are decoded now. */
const transfer = new Set(["content-encoding", "content-length", "transfer-encoding"]);

/** A reply that was stored. */
export function responseOf(stored: StoredResponse): Response {
  return responseWith(stored.text, stored);
}

function responseWith(body: string | ReadableStream<Uint8Array>, { status, headers, url }: StoredResponse): Response {
  const plain = headers.filter(([name]) => !transfer.has(name.toLowerCase()));
  return withUrl(new Response(body, { status, headers: plain.map(([name, value]) => [name, value]) }), url);
}

/**
 * The reply for a call that a run has refused or failed: the server's own, so that an SDK waits and tries again as it
 * does. Of a request that was refused in an earlier process only the words are left.
 */
export function refusedResponse(error: unknown): Response {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof HttpRefusal && at.stored !== undefined) return responseOf(at.stored);
  }
  const broken = brokenReplyIn(error);
  if (broken !== undefined) {
    const stored = broken.stored as StoredResponse;
    if (broken.error !== undefined) return responseOf(stored);
    return responseWith(cutStream([new TextEncoder().encode(stored.text)]), stored);
  }
  if (!(error instanceof TracegradError) || error.code !== "model-bad-request") throw error;
  const body = { type: "error", error: { type: "invalid_request_error", message: messageOf(error) } };
  return Response.json(body, { status: 400 });
}

/** The reply for a call after which the run is over: of a kind that no SDK sends again. */
export function endedResponse(error: Error): Response {
  const body = { type: "error", error: { type: "invalid_request_error", message: messageOf(error) } };
  return Response.json(body, { status: 400, headers: { "x-should-retry": "false" } });
}

/**
 * The same reply, with its body given to `seen` once all of it has come, before its reader sees the end; a refusal, and
 * what is not whole, to `failed`.
 */
export async function watchResponse(
  response: Response,
  seen: (body: unknown) => void,
  failed: (error: unknown) => void,
): Promise<Response> {
  const { body, status, statusText, headers, url } = response;
  const settle = (text: string, isLeft = false): void => {
    const { body: reply, fault } = readBody(text);
    // Who stops reading does so for an error, or has read enough.
    if (fault === undefined || (isLeft && fault.error === undefined)) seen(reply);
    else failed(new BrokenReply(fault.message, text, fault.error));
  };
  if (!response.ok) failed(new HttpRefusal(status, await response.clone().text()));
  else if (body !== null && isStream(response)) {
    const decoder = new TextDecoder();
    let text = "";
    const watched = watchStream(body, {
      part: (bytes) => {
        text += decoder.decode(bytes, { stream: true });
      },
      end: () => settle(text + decoder.decode()),
      left: () => settle(text, true),
      fail: failed,
    });
    return withUrl(new Response(watched, { status, statusText, headers }), url);
  } else settle(await response.clone().text());
  return response;
}

function withUrl(response: Response, url: string): Response {
  return Object.defineProperty(response, "url", { value: url });
}

/** Replies that OpenAI makes in the background: the first answer only names one, and a later look finds it whole. */

import { sleep } from "../util/abort.ts";
import { fieldsOf } from "../util/fields.ts";
import { brokenReplyIn } from "./broken-reply.ts";
import { watchResponse } from "./http.ts";
import { idOf, parsed } from "./read-request.ts";

/** Who waits for a whole reply. */
interface ReplyWatcher {
  seen(body: unknown): void;
  failed(error: unknown): void;
}

/** Where a reply can be looked at. */
interface ReplyPlace {
  /** Where its request went. */
  readonly url: string;
  /** Asks for what has become of it. */
  look(url: string): Promise<Response>;
  readonly signal: AbortSignal | undefined;
}

/** Replies under way, by where they are looked at. Nobody may ever look again, so that only the newest are kept. */
const waiting = new Map<string, ReplyWatcher>();
const maxWaiting = 1_000;

const [firstWaitMs, maxWaitMs] = [500, 10_000];
/** How many looks may fail one after the other. The reply goes on being made, and is paid, meanwhile. */
const maxFailures = 20;
/** Refusals that pass. */
const passing = /^(408|409|429|5..)$/;

/** Watches the first answer to a request: the reply is seen once it is whole, maybe by a later look of the program. */
export function watchFirst(response: Response, url: string, watcher: ReplyWatcher): Promise<Response> {
  const seen = (body: unknown): void => {
    const id = unfinishedIn(body);
    if (id === undefined) return watcher.seen(body);
    waiting.set(addressOf(placeOf(url, id)), watcher);
    if (waiting.size > maxWaiting) waiting.delete([...waiting.keys()][0] as string);
  };
  return watchResponse(response, seen, watcher.failed);
}

/** Makes any other request, which may be a look at a reply that somebody waits for. */
export async function watchLook(url: string, send: () => Promise<Response>): Promise<Response> {
  const address = waiting.size === 0 ? "" : addressOf(url.replace(/\/cancel(?=$|\?)/, ""));
  const watcher = waiting.get(address);
  const response = await send();
  if (watcher === undefined || !response.ok) return response;
  const settle = (end: () => void): void => {
    if (waiting.delete(address)) end();
  };
  return watchResponse(
    response,
    (body) => {
      if (unfinishedIn(body) === undefined) settle(() => watcher.seen(body));
    },
    (error) => {
      // A look that was cut says nothing of the reply.
      if (brokenReplyIn(error)?.error !== undefined) settle(() => watcher.failed(error));
    },
  );
}

/** Waits for the reply of which `response` may be only the beginning, and gives what the last look was answered. */
export async function waitForReply(response: Response, { url, look, signal }: ReplyPlace): Promise<Response> {
  let last = response;
  let failures = 0;
  const id = await unfinishedId(response);
  if (id === undefined) return response;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 1.5, maxWaitMs)) {
    // As OpenAI's own helpers do it.
    const advised = Number(last.headers.get("openai-poll-after-ms") ?? Number.NaN);
    await sleep(advised >= 0 ? advised : waitMs, signal ?? new AbortController().signal);
    const found = await look(placeOf(url, id)).catch((error: unknown) => {
      if (signal?.aborted === true || ++failures > maxFailures) throw error;
    });
    if (found === undefined) continue;
    last = found;
    if (!found.ok && passing.test(String(found.status)) && ++failures <= maxFailures) continue;
    if (!found.ok || (await unfinishedId(found)) === undefined) return found;
    failures = 0;
  }
}

async function unfinishedId(response: Response): Promise<string | undefined> {
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return response.ok && isJson ? unfinishedIn(parsed(await response.clone().text())) : undefined;
}

/** The id of a reply that is not whole yet; undefined for any other body. */
function unfinishedIn(body: unknown): string | undefined {
  const { object, status, id } = fieldsOf(body);
  return object === "response" && (status === "queued" || status === "in_progress") ? idOf(id) : undefined;
}

/** Where a reply is looked at. A query, such as the version of Azure's API, stays. */
function placeOf(url: string, id: string): string {
  return url.replace(/(?=$|\?)/, `/${encodeURIComponent(id)}`);
}

/** A place without its query, which is not the same for each look. */
function addressOf(url: string): string {
  return url.replace(/\?.*/, "");
}

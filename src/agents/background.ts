/** Replies that OpenAI makes in the background: the first answer only names one, and a later look finds it whole. */

import { sleep, throwIfAborted } from "../util/abort.ts";
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
  /** Asks for what has become of it, or has it cancelled. */
  ask(url: string, request: ReplyRequest): Promise<Response>;
  /** That of the call. */
  readonly signal: AbortSignal | undefined;
  /** That of the run around the call. */
  readonly cancelled: AbortSignal | undefined;
}

/** What a request about a reply needs besides its URL. */
export interface ReplyRequest {
  readonly method: "GET" | "POST";
  readonly signal: AbortSignal;
}

/** What a look has found. */
interface LookResult {
  readonly response: Response;
  readonly isWhole: boolean;
}

/** Replies under way, by where they are looked at. Nobody may ever look again, so that only the newest are kept. */
const waiting = new Map<string, ReplyWatcher>();
const maxWaiting = 1_000;

const [firstWaitMs, maxWaitMs] = [500, 10_000];
/** How many looks may fail one after the other. The reply goes on being made, and is paid, meanwhile. */
const maxFailures = 20;
/** How long a caller without a signal waits: it has no other end. */
const maxTotalMs = 3_600_000;
/** How long it may take to have a reply cancelled, which nobody waits for. */
const maxCancelMs = 10_000;
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
export async function waitForReply(response: Response, place: ReplyPlace): Promise<Response> {
  const id = await unfinishedId(response);
  if (id === undefined) return response;
  try {
    return await lookUntilWhole(response, id, place);
  } catch (error) {
    cancelReply(id, place);
    throw error;
  }
}

async function lookUntilWhole(first: Response, id: string, place: ReplyPlace): Promise<Response> {
  const { url, ask, signal, cancelled } = place;
  const ends = AbortSignal.any([signal, cancelled].filter((one) => one !== undefined));
  const endMs = signal === undefined ? performance.now() + maxTotalMs : Number.POSITIVE_INFINITY;
  const look = async (): Promise<LookResult> => {
    const response = await ask(placeOf(url, id), { method: "GET", signal: ends });
    return { response, isWhole: (await unfinishedId(response)) === undefined };
  };
  let last = first;
  let failures = 0;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 1.5, maxWaitMs)) {
    // As OpenAI's own helpers do it.
    const advised = Number(last.headers.get("openai-poll-after-ms") ?? Number.NaN);
    await sleep(advised >= 0 ? advised : waitMs, ends);
    if (performance.now() >= endMs)
      throw new Error(`The reply ${id} was not whole after ${maxTotalMs / 60_000} minutes.`);
    const found = await look().catch((error: unknown) => {
      throwIfAborted(ends);
      if (++failures > maxFailures) throw error;
    });
    if (found === undefined) continue;
    last = found.response;
    if (!last.ok && passing.test(String(last.status)) && ++failures <= maxFailures) continue;
    if (found.isWhole) return last;
    failures = 0;
  }
}

/** Has a reply cancelled that nobody waits for any longer, so that no more of it is made and paid. */
function cancelReply(id: string, { url, ask }: ReplyPlace): void {
  const answer = ask(placeOf(url, id, "/cancel"), { method: "POST", signal: AbortSignal.timeout(maxCancelMs) });
  // Whether it works or not: what ended the wait is what the caller has to know.
  answer.then((response) => response.body?.cancel()).catch(() => undefined);
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

/** Where a reply is looked at, or something else is done to it. A query, such as the version of Azure's API, stays. */
function placeOf(url: string, id: string, what = ""): string {
  return url.replace(/(?=$|\?)/, `/${encodeURIComponent(id)}${what}`);
}

/** A place without its query, which is not the same for each look. */
function addressOf(url: string): string {
  return url.replace(/\?.*/, "");
}

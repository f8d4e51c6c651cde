/** One call of a provider that streams its replies: attempts, clocks, and what each request used. */

import { TracegradError } from "../util/errors.ts";
import type { Tokens } from "../util/token-count.ts";
import type { CallLimits } from "./adapter.ts";
import { guarded } from "./guard.ts";
import type { ModelReply, Usage } from "./llm.ts";
import type { Announced, ReplyReader } from "./reply-reader.ts";
import type { RequestLimiter } from "./request-limiter.ts";
import { RequestTurns } from "./request-turns.ts";
import { type FailureVerdict, withRetries } from "./retry.ts";

/** How long and how often a provider is asked. */
export interface StreamSettings {
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxRetries: number;
  readonly backoffMs: number;
  /** Where no limiter is around the model: holds requests while the provider says that it takes none. */
  readonly limiter: RequestLimiter;
}

/** How one call reaches its provider. */
export interface StreamedCall {
  /** The model's id. */
  readonly model: string;
  readonly settings: StreamSettings;
  /** A reader for the reply of one request. */
  readonly newReader: () => ReplyReader;
  /** Makes one request, and gives the events of its reply. Shows the headers of the answer to `observe`. */
  readonly send: (signal: AbortSignal, observe: (headers: Headers) => void) => Promise<AsyncIterable<unknown>>;
  /** Says what a thrown thing means. */
  readonly judge: (thrown: unknown) => FailureVerdict;
}

/** Milliseconds that are waited for the rest of a stream, such as the usage, after the end of its reply. */
const MOST_AFTER_END_MS = 10_000;

/** Longer than any clock of ours. */
export const NO_TIMEOUT: number = 2 ** 31 - 1;

/** Asks until there is a whole reply. Its usage includes what broken attempts before it were seen to cost. */
export async function callStreamed(call: StreamedCall, limits: CallLimits): Promise<ModelReply> {
  const { model, settings } = call;
  const spent: { -readonly [K in keyof Usage]: Usage[K] } = { inputTokens: 0, outputTokens: 0 };
  const { limiter, backoffMs } = settings;
  const turns = new RequestTurns({ model, limiter, backoffMs, judge: call.judge }, limits);
  const content = await withRetries(
    async (signal, time) => {
      await turns.next(signal, time);
      const reader = call.newReader();
      let isLeft = false;
      try {
        return await attempt(call, reader, { parent: signal, turns });
      } catch (thrown) {
        isLeft = signal.aborted || isOurEnd(thrown);
        if (!signal.aborted) turns.failed(thrown);
        throw thrown;
      } finally {
        for (const [kind, tokens] of Object.entries(reader.announced) as [keyof Announced, number | undefined][]) {
          if (tokens !== undefined) spent[kind] = (spent[kind] ?? 0) + tokens;
        }
        turns.ended(usedBy(reader, isLeft));
      }
    },
    {
      ...{ ...settings, startsLate: true, name: model, signal: limits.signal },
      ...{ judge: (thrown: unknown) => turns.verdictOn(thrown), whyLate: turns.whyLate },
    },
  ).finally(() => turns.leave());
  return { ...content, model: content.model || model, usage: spent };
}

/**
 * What a request has used. One that we left before its end may be paid in full, and so may one that broke before it
 * said what it used; one that never began is not paid.
 */
function usedBy({ announced, hasStarted, isWhole }: ReplyReader, isLeft: boolean): Tokens | "unknown" {
  const { inputTokens, outputTokens } = announced;
  if (isWhole) return { inputTokens: inputTokens ?? Number.NaN, outputTokens: outputTokens ?? Number.NaN };
  if (isLeft) return "unknown";
  if (!hasStarted) return { inputTokens: 0, outputTokens: 0 };
  return inputTokens === undefined ? "unknown" : { inputTokens, outputTokens: outputTokens ?? 0 };
}

function isOurEnd(thrown: unknown): boolean {
  return thrown instanceof TracegradError && (thrown.code === "model-silent" || thrown.code === "model-endless");
}

async function attempt(
  { settings, send }: StreamedCall,
  reader: ReplyReader,
  { parent, turns }: { readonly parent: AbortSignal; readonly turns: RequestTurns },
): Promise<Omit<ModelReply, "usage">> {
  const ms = settings.idleTimeoutMs;
  const late = (): Error =>
    new TracegradError("model-silent", `The server sent no content for ${ms} ms (idleTimeoutMs).`);
  try {
    await guarded({ signal: parent, clock: { ms, late } }, async (signal, restart) => {
      const events = await send(signal, turns.observe);
      await reader.read(events, () => {
        turns.answered();
        restart(reader.isWhole ? Math.min(ms, MOST_AFTER_END_MS) : ms);
      });
    });
  } catch (thrown) {
    // A reply that has come whole is paid and used, whatever happens to its connection afterwards.
    if (parent.aborted || !reader.isWhole) throw thrown;
  }
  return reader.content;
}

/** What the SDKs give for a request whose reply is to be streamed. */
export interface PendingStream {
  withResponse(): Promise<{ readonly data: AsyncIterable<unknown>; readonly response: Response }>;
}

/**
 * The events of a reply. A server that does not stream sends it as one JSON value: that is paid, and used as well,
 * whatever the server calls it.
 */
export async function eventsOf(
  pending: PendingStream,
  observe: (headers: Headers) => void,
): Promise<AsyncIterable<unknown>> {
  const { data, response } = await pending.withResponse();
  observe(response.headers);
  return (await beginsAsJson(response)) ? oneEvent(response) : data;
}

async function beginsAsJson(response: Response): Promise<boolean> {
  const reader = response.clone().body?.getReader();
  if (!reader) return false;
  const { value } = await reader.read();
  // It settles only when the other copy of the body has ended.
  reader.cancel().catch(() => {});
  return new TextDecoder().decode(value).trimStart().startsWith("{");
}

async function* oneEvent(response: Response): AsyncIterable<unknown> {
  yield await response.json();
}

/** More than any line of a stream has, or any reply in one piece. */
const MOST_BYTES_PER_LINE = 2 ** 23;

/**
 * `fetch` for SDKs, which collect a line until it ends: a body whose line does not end fails with a TracegradError
 * `"model-endless"`.
 */
export async function fetchLines(...args: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...args);
  if (!response.body) return response;
  let bytes = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const end = chunk.lastIndexOf(10);
      bytes = end < 0 ? bytes + chunk.length : chunk.length - end - 1;
      if (bytes <= MOST_BYTES_PER_LINE) return controller.enqueue(chunk);
      throw new TracegradError("model-endless", "The server sent more than 8 MiB without a line break, and no end.");
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(count), { status, statusText, headers });
}

/** One batch of Anthropic's Message Batches: collected, sent, looked after until it has ended, and read. */

import Anthropic, { type BaseAnthropic } from "@anthropic-ai/sdk";
import { sleep, throwIfAborted, untilAborted } from "../util/abort.ts";
import { TracegradError } from "../util/errors.ts";
import type { MessageBody } from "./anthropic-body.ts";
import { guarded } from "./guard.ts";
import { errorFacts } from "./provider-errors.ts";
import { type FailureVerdict, withRetries } from "./retry.ts";
import type { StreamSettings } from "./streamed-call.ts";

/** How batches reach the API. */
export interface BatchParts {
  readonly model: string;
  readonly client: BaseAnthropic;
  readonly settings: StreamSettings;
  /** The first wait between two looks at a batch, in milliseconds. */
  readonly pollMs: number;
  readonly judge: (thrown: unknown) => FailureVerdict;
  /** Called when a batch has got its id, before anything else is done with it. */
  readonly onSent: (batch: MessageBatch, id: string, requests: readonly string[]) => Promise<void>;
}

/** What has become of one request. */
export type BatchResult = Anthropic.Messages.MessageBatchResult;

/** A batch that the API has taken, and the requests in it. */
interface SentRequests {
  readonly id: string;
  readonly requests: readonly string[];
}

type Results = ReadonlyMap<string, BatchResult>;

const maxPollMs = 60_000;

/** The API takes 100,000 requests and 256 MB. */
const maxRequests = 10_000;
const maxCharacters = 50_000_000;

/** See the head of the file. */
export class MessageBatch {
  readonly #parts: BatchParts;
  readonly #api: Anthropic.Messages.Batches;
  readonly #bodies = new Map<string, MessageBody>();
  /** Aborts when nobody waits for a result any more. */
  readonly #left = new AbortController();
  readonly #results: Promise<Results>;
  /** The requests whose results are waited for. */
  readonly #awaited = new Set<string>();
  /** Whether an earlier process sent it, so that the API may not have it any more. */
  readonly #isEarlier: boolean;
  #characters = 0;
  #send: () => void = () => undefined;
  #isSent: boolean;
  #isCollecting: boolean;

  /** @param from Milliseconds for which requests are collected, or the id of a batch that was sent before. */
  constructor(parts: BatchParts, from: number | string) {
    this.#parts = parts;
    this.#api = new Anthropic.Messages.Batches(parts.client);
    this.#isEarlier = typeof from === "string";
    this.#isSent = this.#isEarlier;
    this.#isCollecting = !this.#isSent;
    this.#results = this.#run(from);
    // Each of those that wait for it gets the error.
    this.#results.catch(() => undefined);
  }

  /** Whether its requests may be paid. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** Takes another request, and gives its id: `key`, and a number where that is there already. */
  add(key: string, body: MessageBody): string {
    let number = 0;
    while (this.#bodies.has(`${key}-${number}`)) number += 1;
    this.#bodies.set(`${key}-${number}`, body);
    this.#characters += JSON.stringify(body).length;
    if (this.#bodies.size >= maxRequests || this.#characters >= maxCharacters) this.#send();
    return `${key}-${number}`;
  }

  /** Whether it takes further requests. */
  get isCollecting(): boolean {
    return this.#isCollecting && !this.#left.signal.aborted;
  }

  /** Whether anybody waits for the result of a request. */
  isAwaited(request: string): boolean {
    return this.#awaited.has(request);
  }

  /**
   * Waits for the result of a request; undefined when there is none. When nobody waits any more, the batch is not sent,
   * or cancelled.
   */
  async resultOf(request: string, signal: AbortSignal): Promise<BatchResult | undefined> {
    this.#awaited.add(request);
    try {
      return (await untilAborted(this.#results, signal)).get(request);
    } finally {
      this.#awaited.delete(request);
      if (this.#awaited.size === 0) this.#left.abort();
    }
  }

  async #run(from: number | string): Promise<Results> {
    if (typeof from === "string") return this.#watch(from);
    const full = new Promise<void>((resolve) => {
      this.#send = () => {
        this.#isCollecting = false;
        resolve();
      };
    });
    await Promise.race([full, sleep(from, this.#left.signal)]);
    this.#isCollecting = false;
    const { id, requests } = await this.#create();
    this.#bodies.clear();
    await this.#parts.onSent(this, id, requests);
    return this.#watch(id);
  }

  /**
   * Sends the batch, without the requests that nobody waits for. After a refusal, or when the server cannot be reached,
   * it is sent again. Where the connection broke, or a gateway gave up waiting, it may have arrived all the same, so that
   * is left to the calls, which count it.
   */
  async #create(): Promise<SentRequests> {
    const { signal } = this.#left;
    let sending: Promise<SentRequests> | undefined;
    const attempt = async (): Promise<SentRequests | { readonly thrown: unknown }> => {
      throwIfAborted(signal);
      this.#isSent = true;
      sending = this.#post();
      try {
        return await sending;
      } catch (thrown) {
        if (mayHaveArrived(thrown)) return { thrown };
        this.#isSent = false;
        throw thrown;
      }
    };
    const created = await this.#ask(attempt, signal).catch((thrown: unknown) => {
      // A batch that arrives although nobody waits any more is to be cancelled by its id.
      if (sending !== undefined && this.#isSent) return sending;
      throw thrown;
    });
    if ("thrown" in created) throw created.thrown;
    return created;
  }

  async #post(): Promise<SentRequests> {
    const awaited = [...this.#bodies].filter(([request]) => this.#awaited.has(request));
    const requests = awaited.map(([custom_id, params]) => ({ custom_id, params }));
    const { id } = await this.#api.create({ requests }, this.#how());
    return { id, requests: awaited.map(([request]) => request) };
  }

  /** Waits for the end of the batch, and reads its results. */
  async #watch(id: string): Promise<Results> {
    const { signal } = this.#left;
    try {
      for (let waitMs = this.#parts.pollMs; ; waitMs = Math.min(waitMs * 1.5, maxPollMs)) {
        const found = await this.#find((limit) => this.#api.retrieve(id, {}, this.#how(limit)));
        if (found === undefined) return new Map();
        const { processing_status: status, results_url: url } = found;
        if (status === "ended") {
          return (url === null ? undefined : await this.#find((limit) => this.#read(id, limit))) ?? new Map();
        }
        await sleep(waitMs, signal);
      }
    } catch (thrown) {
      if (signal.aborted) await this.#api.cancel(id, {}, this.#how()).catch(() => undefined);
      throw thrown;
    }
  }

  async #read(id: string, signal: AbortSignal): Promise<Results> {
    const results = new Map<string, BatchResult>();
    const ms = this.#parts.settings.idleTimeoutMs;
    const late = (): Error => new TracegradError("model-silent", `No result of batch ${id} came for ${ms} ms.`);
    await guarded({ signal, clock: { ms, late } }, async (limit, restart) => {
      for await (const { custom_id, result } of await this.#api.results(id, {}, this.#how(limit))) {
        results.set(custom_id, result);
        restart();
      }
    });
    return results;
  }

  /** What the API has; undefined where it has forgotten the batch of an earlier process. It keeps results for 29 days. */
  #find<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const find = async (limit: AbortSignal): Promise<T | undefined> => {
      try {
        return await call(limit);
      } catch (thrown) {
        if (this.#isEarlier && errorFacts(thrown).status === 404) return undefined;
        throw thrown;
      }
    };
    return this.#ask(find, this.#left.signal);
  }

  #ask<T>(call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { settings, model: name, judge } = this.#parts;
    return withRetries(call, { ...settings, name, signal, judge });
  }

  #how(signal?: AbortSignal): { maxRetries: number; timeout: number; signal?: AbortSignal } {
    return { maxRetries: 0, timeout: this.#parts.settings.idleTimeoutMs, ...(signal && { signal }) };
  }
}

const UNCONNECTED: ReadonlySet<unknown> = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"],
]);

/** The server or a gateway gave up waiting: what stands behind it may have taken the request all the same. */
const unclearStatus: ReadonlySet<number> = new Set([408, 502, 504]);

/** Whether a batch that could not be sent may be under way. */
function mayHaveArrived(thrown: unknown): boolean {
  const { status } = errorFacts(thrown);
  return status === undefined ? !isUnconnected(thrown) : unclearStatus.has(status);
}

/** Whether a request failed before there was a connection, so that nothing can have arrived. */
function isUnconnected(thrown: unknown): boolean {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (UNCONNECTED.has((at as NodeJS.ErrnoException).code)) return true;
  }
  return false;
}

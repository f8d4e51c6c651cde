/** One batch of Anthropic's Message Batches: collected, sent, looked after until it has ended, and read. */

import Anthropic, { type BaseAnthropic } from "@anthropic-ai/sdk";
import { sleep, untilAborted } from "../util/abort.ts";
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
  #characters = 0;
  #waiting = 0;
  #send: () => void = () => undefined;
  #isSent: boolean;
  #isCollecting: boolean;

  /** @param from Milliseconds for which requests are collected, or the id of a batch that was sent before. */
  constructor(parts: BatchParts, from: number | string) {
    this.#parts = parts;
    this.#api = new Anthropic.Messages.Batches(parts.client);
    this.#isSent = typeof from === "string";
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

  /**
   * Waits for the result of a request; undefined when there is none. When nobody waits any more, the batch is not sent,
   * or cancelled.
   */
  async resultOf(request: string, signal: AbortSignal): Promise<BatchResult | undefined> {
    this.#waiting += 1;
    try {
      return (await untilAborted(this.#results, signal)).get(request);
    } finally {
      this.#waiting -= 1;
      if (!this.#isSent) this.#bodies.delete(request);
      if (this.#waiting === 0) this.#left.abort();
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
    this.#isSent = true;
    const requests = [...this.#bodies].map(([custom_id, params]) => ({ custom_id, params }));
    const id = await this.#create(requests);
    this.#bodies.clear();
    const names = requests.map(({ custom_id }) => custom_id);
    await this.#parts.onSent(this, id, names);
    return this.#watch(id);
  }

  /**
   * Sends the batch. A refusal, or a server that cannot be reached, is waited for and the batch is sent again. Where the connection broke it may have
   * arrived all the same, so that is left to the calls, which count it.
   */
  async #create(requests: Anthropic.Messages.BatchCreateParams["requests"]): Promise<string> {
    const created = await this.#ask(async () => {
      try {
        return await this.#api.create({ requests }, this.#how());
      } catch (thrown) {
        if (errorFacts(thrown).status === undefined && !isUnconnected(thrown)) return { thrown };
        throw thrown;
      }
    }).catch((thrown: unknown) => {
      this.#isSent = false;
      throw thrown;
    });
    if ("thrown" in created) throw created.thrown;
    return created.id;
  }

  /** Waits for the end of the batch, and reads its results. */
  async #watch(id: string): Promise<Results> {
    const { signal } = this.#left;
    try {
      for (let waitMs = this.#parts.pollMs; ; waitMs = Math.min(waitMs * 1.5, maxPollMs)) {
        const look = (limit: AbortSignal) => this.#api.retrieve(id, {}, this.#how(limit));
        const { processing_status: status } = await this.#ask(look, signal);
        if (status === "ended") return await this.#ask((limit) => this.#read(id, limit), signal);
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

/** Whether a request failed before there was a connection, so that nothing can have arrived. */
function isUnconnected(thrown: unknown): boolean {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (UNCONNECTED.has((at as NodeJS.ErrnoException).code)) return true;
  }
  return false;
}

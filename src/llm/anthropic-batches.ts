/** Sends the requests of one model in batches, which cost half as much and may take a day. */

import { TracegradError } from "../util/errors.ts";
import { hashOf } from "../util/json.ts";
import type { Tokens } from "../util/token-count.ts";
import type { CallLimits } from "./adapter.ts";
import type { MessageBody } from "./anthropic-body.ts";
import type { ModelReply, Usage } from "./llm.ts";
import { type BatchParts, type BatchResult, MessageBatch } from "./message-batch.ts";
import { FaultInReply, type ReplyReader } from "./reply-reader.ts";
import { withRetries } from "./retry.ts";
import { SentBatches } from "./sent-batches.ts";

/** How requests are collected. */
export interface MessageBatchesSettings extends Omit<BatchParts, "onSent"> {
  /** Milliseconds from the first request of a batch until it is sent. */
  readonly windowMs: number;
  /** Where the ids of batches under way are. */
  readonly folder: string | undefined;
}

/** The batch that holds a request, once one does. */
interface Ticket {
  batch: MessageBatch | undefined;
  /** What the request is called there. */
  request: string;
}

/** See the head of the file. */
export class MessageBatches {
  readonly #options: MessageBatchesSettings;
  readonly #parts: BatchParts;
  readonly #sent: SentBatches;
  #open: MessageBatch | undefined;

  constructor(options: MessageBatchesSettings) {
    this.#options = options;
    this.#sent = new SentBatches(options.folder);
    this.#parts = { ...options, onSent: (batch, id, requests) => this.#sent.add(batch, id, requests) };
  }

  /** Asks until there is a whole reply. A request that the API could not answer goes into another batch. */
  async ask(body: MessageBody, newReader: () => ReplyReader, { signal, requests }: CallLimits): Promise<ModelReply> {
    const { settings, model: name, judge } = this.#options;
    let isFirst = true;
    const attempt = async (limit: AbortSignal): Promise<ModelReply> => {
      if (!isFirst) await requests.again();
      isFirst = false;
      const ticket: Ticket = { batch: undefined, request: "" };
      const reader = newReader();
      let used: Tokens | "unknown" = { inputTokens: 0, outputTokens: 0 };
      try {
        const result = await this.#resultOf(body, ticket, limit).catch((thrown: unknown) => {
          // Of a batch that was left, nobody knows what was paid.
          if (ticket.batch?.isSent) used = "unknown";
          throw thrown;
        });
        // What was not answered is not charged.
        if (result?.type !== "succeeded") throw failureOf(result);
        used = "unknown";
        const taken = (): Promise<void> => this.#sent.given(ticket.batch, ticket.request);
        await reader
          .read(only(result.message), () => undefined)
          .catch(async (thrown: unknown) => {
            await taken();
            throw thrown;
          });
        // Not before: a process that dies now would have it paid again.
        await requests.onRecorded(taken);
        const { inputTokens = Number.NaN, outputTokens = Number.NaN } = reader.announced;
        used = { inputTokens, outputTokens };
        return { ...reader.content, model: reader.content.model || name, usage: usageOf(reader) };
      } finally {
        requests.ended(used);
      }
    };
    return withRetries(attempt, { ...settings, name, signal, judge });
  }

  /** The result of a batch that an earlier process has sent, or of a new one. */
  async #resultOf(body: MessageBody, ticket: Ticket, signal: AbortSignal): Promise<BatchResult | undefined> {
    const key = hashOf(body).slice(0, 40);
    const claimed = await this.#sent.claim(key);
    if (claimed !== undefined) {
      const { sent, request } = claimed;
      sent.batch ??= new MessageBatch(this.#parts, sent.id);
      Object.assign(ticket, { batch: sent.batch, request });
      const result = await this.#wait(sent.batch, request, signal);
      if (result?.type === "succeeded") return result;
    }
    const batch = this.#open?.isCollecting ? this.#open : this.#begin();
    const request = batch.add(key, body);
    Object.assign(ticket, { batch, request });
    return this.#wait(batch, request, signal);
  }

  #begin(): MessageBatch {
    this.#open = new MessageBatch(this.#parts, this.#options.windowMs);
    return this.#open;
  }

  async #wait(batch: MessageBatch, request: string, signal: AbortSignal): Promise<BatchResult | undefined> {
    try {
      const result = await batch.resultOf(request, signal);
      if (result?.type !== "succeeded") await this.#sent.given(batch, request);
      return result;
    } catch (thrown) {
      this.#sent.leave(batch, request);
      throw thrown;
    }
  }
}

/** What a request without a message fails with. */
function failureOf(result: BatchResult | undefined): Error {
  switch (result?.type) {
    case "errored":
      return new FaultInReply(result.error.error);
    case "expired":
      return notAnswered("had not been begun when its batch expired, 24 hours after it was sent");
    case "canceled":
      return notAnswered("was cancelled with its batch");
    default:
      return notAnswered("is not among the results of its batch");
  }
}

function notAnswered(why: string): TracegradError {
  return new TracegradError("model-unavailable", `The request ${why}. It was not paid. Run again to ask again.`);
}

async function* only(message: unknown): AsyncIterable<unknown> {
  yield message;
}

function usageOf({ announced }: ReplyReader): Usage {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens, reasoningTokens } = announced;
  return {
    ...{ inputTokens, outputTokens },
    ...(cachedInputTokens !== undefined && { cachedInputTokens }),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
  };
}

/** Counts the tokens of requests by Anthropic's API, before they are made. */

import type Anthropic from "@anthropic-ai/sdk";
import type { BaseAnthropic } from "@anthropic-ai/sdk";
import { untilAborted } from "../util/abort.ts";
import { TracegradError } from "../util/errors.ts";
import type { CallLimits } from "./adapter.ts";
import type { MessageBody } from "./anthropic-body.ts";
import type { FailureVerdict } from "./retry.ts";

/** How long a count may take, in milliseconds: the request that it is about waits for it. */
const timeout = 30_000;

/** See the head of the file. */
export class MessageCounter {
  readonly #client: BaseAnthropic;
  readonly #model: string;
  readonly #judge: (thrown: unknown) => FailureVerdict;
  #contextSize: Promise<number | undefined> | undefined;

  constructor(client: BaseAnthropic, model: string, judge: (thrown: unknown) => FailureVerdict) {
    this.#client = client;
    this.#model = model;
    this.#judge = judge;
  }

  /** The input tokens of a request. Rejects with what the failure means. */
  async count(body: MessageBody, signal?: AbortSignal): Promise<number> {
    const { model, messages, system, tools, tool_choice, thinking } = body;
    const counted = {
      ...{ model, messages },
      ...(system !== undefined && { system }),
      ...(tools && { tools }),
      ...(tool_choice && { tool_choice }),
      ...(thinking && { thinking }),
    };
    const how = { body: counted, maxRetries: 0, timeout, ...(signal && { signal }) };
    try {
      const { input_tokens } = await this.#client.post<Anthropic.MessageTokensCount>("/v1/messages/count_tokens", how);
      return input_tokens;
    } catch (thrown) {
      throw signal?.aborted ? thrown : this.#judge(thrown).error;
    }
  }

  /**
   * Counts a request, and rejects when it does not fit into the model's context or into the budget of the run. Where
   * the API does not count it, the run's own estimate holds.
   */
  async check(body: MessageBody, { signal, requests }: CallLimits): Promise<void> {
    const counting = Promise.all([this.count(body, signal).catch(() => undefined), this.#context()]);
    const [tokens, contextSize] = await untilAborted(counting, signal).catch((aborted: unknown) => {
      requests.ended({ inputTokens: 0, outputTokens: 0 });
      throw aborted;
    });
    if (typeof tokens !== "number") return;
    if (contextSize !== undefined && tokens > contextSize) {
      const text = `The request has ${tokens} tokens, and ${this.#model} takes ${contextSize}. Shorten it.`;
      throw new TracegradError("model-bad-request", `${text} It was not sent.`);
    }
    await requests.bound({ inputTokens: tokens });
  }

  /** The tokens that the model takes as input, where the API says so. */
  #context(): Promise<number | undefined> {
    const how = { maxRetries: 0, timeout } as const;
    this.#contextSize ??= this.#client
      .get<Anthropic.ModelInfo>(`/v1/models/${encodeURIComponent(this.#model)}`, how)
      .then(({ max_input_tokens: size }) => size ?? undefined)
      .catch(() => undefined);
    return this.#contextSize;
  }
}
